"""The first stages of the chain on one sound file: wake word, voice activity, recognition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sayagain.assistant.stages import Heard
from sayagain.assistant.voice.audio import RATE, load
from sayagain.assistant.voice.moonshine import Moonshine
from sayagain.assistant.voice.vad import speech_span
from sayagain.assistant.voice.wake import WAKE_WORDS, is_awake, wake_end, wake_score


@dataclass(frozen=True, slots=True)
class Sound:
    """What was heard in a file."""

    wake_word: str
    """The one that came nearest."""
    wake_score: float
    awake: bool
    speech: tuple[float, float] | None
    """Seconds of the first and last speech; None without any."""
    heard: tuple[Heard, ...]
    """The n-best of what follows the wake word, or of all when none was heard; empty without speech."""


def hear(path: Path) -> Sound:
    """Hear a sound file. Whether the wake word was in it or not, what was said is recognised: somebody asks to.

    Raises:
        AudioError: the file is no sound, or the extra ``voice`` is not installed.
    """
    audio = load(path)
    score, word = max((wake_score(audio, word), word) for word in WAKE_WORDS)
    awake = is_awake(score, word)
    request = audio[int(wake_end(audio, word) * RATE) :] if awake else audio
    found = Moonshine().recognise([request])[0] if speech_span(request) else []
    return Sound(word, score, awake, speech_span(audio), tuple(Heard(one.text, one.score or 0.0) for one in found))
