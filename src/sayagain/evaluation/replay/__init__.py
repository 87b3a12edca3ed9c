"""Traffic over real recordings: simulated people, real recogniser output, real interpretations, known truth.

``people`` holds what people do after an outcome (``fit`` measures it in real logs), ``recordings`` what the
assistant really made of each recording, ``pursuits`` and ``traffic`` let people talk, ``write`` puts log and
truth on disk.
"""

from sayagain.evaluation.replay.people import PRESETS, People
from sayagain.evaluation.replay.recordings import Recordings
from sayagain.evaluation.replay.traffic import LEARNING, WEEKS, Traffic, World
from sayagain.evaluation.replay.write import replay, write_log, write_truth

__all__ = [
    "LEARNING",
    "PRESETS",
    "WEEKS",
    "People",
    "Recordings",
    "Traffic",
    "World",
    "replay",
    "write_log",
    "write_truth",
]
