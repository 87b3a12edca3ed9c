"""Requests from a microphone: sound frames → what is said between two silences."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sayagain.assistant.voice.audio import MOST_SECONDS, RATE, Audio
from sayagain.errors import AudioError
from sayagain.extras import missing

LEAD_IN = 1.5
"""Seconds kept from before speech was found: the wake word's first sounds are soft."""
SILENCE = 0.8
"""Seconds of silence that end a request."""


def requests(frames: Iterable[Audio], speaks: Callable[[Audio], bool]) -> Iterator[Audio]:
    """Yield what is said between silences.

    Args:
        frames: sound as it comes, in pieces of equal length, mono at 16 kHz.
        speaks: whether a frame holds speech.
    """
    kept: deque[Audio] = deque()
    silent: float | None = None
    seconds = 0.0
    for frame in frames:
        length = len(frame) / RATE
        kept.append(frame)
        seconds += length
        if speaks(frame):
            silent = 0.0
        elif silent is not None:
            silent += length
        while silent is None and seconds > LEAD_IN:
            seconds -= len(kept.popleft()) / RATE
        if silent is not None and (silent >= SILENCE or seconds >= MOST_SECONDS):
            yield np.concatenate(kept)
            kept.clear()
            silent, seconds = None, 0.0
    if silent is not None:
        yield np.concatenate(kept)


def microphone(frame: int) -> Iterator[Audio]:
    """Yield frames of so many samples from the default microphone, until interrupted.

    Raises:
        AudioError: there is no microphone, or PortAudio is not installed.
        MissingError: sounddevice is not installed.
    """
    try:
        import sounddevice  # noqa: PLC0415
    except ImportError as error:
        raise missing(error.name) from None
    except OSError:
        raise AudioError("PortAudio is not installed", "On Debian run: apt-get install libportaudio2") from None
    try:
        with sounddevice.InputStream(samplerate=RATE, channels=1, dtype="float32", blocksize=frame) as stream:
            while True:
                yield stream.read(frame)[0][:, 0]
    except sounddevice.PortAudioError as error:
        raise AudioError(f"no microphone can be opened: {error}", "Name a sound file: assistant say FILE") from None
