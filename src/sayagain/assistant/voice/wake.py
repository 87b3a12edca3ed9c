"""How sure the wake word detectors are, over a whole clip (microWakeWord, as in Home Assistant's satellites)."""

from __future__ import annotations

from functools import cache
from typing import Any

from sayagain.assistant.stages import Woken
from sayagain.assistant.voice.audio import Audio, pcm

WAKE_DETECTORS = {"okay_nabu": "okay nabu", "hey_jarvis": "hey jarvis", "alexa": "alexa"}
"""The detectors at hand, and how each is spoken."""

_STEP = 0.01
"""Seconds between two probabilities."""


class MicroWake:
    """The first stage: all detectors at hand."""

    def listen(self, audio: Audio) -> Woken:
        """Return the wake word that came nearest in ``audio`` (samples,), and whether it passes its cutoff."""
        score, word = max((wake_score(audio, word), word) for word in WAKE_DETECTORS)
        return Woken(word, score, is_awake(score, word), wake_end(audio, word))


def wake_score(audio: Audio, wake_word: str) -> float:
    """Return the highest probability in [0, 1] that the wake word was heard anywhere in the clip."""
    return max(_probabilities(audio, wake_word), default=0.0)


def wake_end(audio: Audio, wake_word: str) -> float:
    """Return the second at which the wake word was surest to have been heard: the request begins about there."""
    probabilities = _probabilities(audio, wake_word)
    return probabilities.index(max(probabilities)) * _STEP if probabilities else 0.0


def _probabilities(audio: Audio, wake_word: str) -> list[float]:
    from pymicro_wakeword import MicroWakeWordFeatures  # noqa: PLC0415

    detector = _detector(wake_word)
    detector.reset()
    windows = MicroWakeWordFeatures().process_streaming(pcm(audio))
    return [detector.process_streaming_prob(window) or 0.0 for window in windows]


def is_awake(score: float, wake_word: str) -> bool:
    """Whether a score passes the cutoff that the detector's makers set."""
    return score > float(_detector(wake_word).probability_cutoff)


@cache
def _detector(wake_word: str) -> Any:
    from pymicro_wakeword import MicroWakeWord, Model  # noqa: PLC0415

    return MicroWakeWord.from_builtin(Model(wake_word))
