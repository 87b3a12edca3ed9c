"""Traffic over real recordings: simulated people, real recogniser output, real interpretations, known truth.

``people`` holds what people do after an outcome (``fit`` measures it in real logs), ``recordings`` what the
assistant really made of each recording, ``pursuits`` and ``traffic`` let people talk, ``write`` puts log and
truth on disk.
"""

from sayagain.evaluation.replay.people import PEOPLE_PRESETS, People
from sayagain.evaluation.replay.recordings import Recordings
from sayagain.evaluation.replay.traffic import LEARNING, REPLAY_WEEKS, Traffic, World
from sayagain.evaluation.replay.write import replay, write_log, write_truth

__all__ = [
    "LEARNING",
    "PEOPLE_PRESETS",
    "REPLAY_WEEKS",
    "People",
    "Recordings",
    "Traffic",
    "World",
    "replay",
    "write_log",
    "write_truth",
]
