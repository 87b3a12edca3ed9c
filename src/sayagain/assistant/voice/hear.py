"""The first stages of the chain on a sound: wake word, voice activity, recognition."""

from __future__ import annotations

from dataclasses import dataclass

from sayagain.assistant.stages import Heard, Recogniser, VoiceActivity, Wake, Woken
from sayagain.assistant.voice.audio import RATE, Audio
from sayagain.assistant.voice.moonshine import Moonshine
from sayagain.assistant.voice.vad import Silero
from sayagain.assistant.voice.wake import MicroWake
from sayagain.extras import missing


@dataclass(frozen=True, slots=True)
class Sound:
    """The result of listening to a sound: the wake word, the span of speech and the n-best hypotheses."""

    woken: Woken
    speech: tuple[float, float] | None
    """Seconds of the first and last speech; None without any."""
    heard: tuple[Heard, ...]
    """The n-best of what follows the wake word, or of all when none was heard; empty without speech."""


class Ears:
    """The stages that need sound."""

    def __init__(self, wake: Wake, activity: VoiceActivity, recogniser: Recogniser) -> None:
        """Put the stages together."""
        self._wake, self._activity, self._recogniser = wake, activity, recogniser

    def hear(self, audio: Audio) -> Sound:
        """Hear a sound. Whether the wake word was in it or not, what was said is recognised: somebody asks to."""
        woken = self._wake.listen(audio)
        request = audio[int(woken.end * RATE) :] if woken.awake else audio
        found = self._recogniser.recognise([request])[0] if self._activity.span(request) else []
        heard = tuple(Heard(one.text, one.score or 0.0) for one in found)
        return Sound(woken, self._activity.span(audio), heard)


def ears() -> Ears:
    """Return the ears of the reference assistant.

    Raises:
        MissingError: the extra ``voice`` is not installed.
    """
    try:
        return Ears(MicroWake(), Silero(), Moonshine())
    except ImportError as error:
        raise missing(error.name) from None
