"""Sound files in and out: whatever a person brings becomes mono float32 at 16 kHz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayagain.errors import AudioError

RATE = 16_000
"""Samples a second of all audio inside the assistant."""

MOST_SECONDS = 60.0
"""Seconds of a request. A microphone that stays open for longer heard no request, and recognising it would take
minutes."""

Audio = NDArray[np.float32]
"""Mono samples in [-1, 1] at :data:`RATE`."""


def load(path: Path) -> Audio:
    """Read a sound file of any rate and number of channels.

    Raises:
        AudioError: the file is missing, no sound file, empty, or longer than :data:`MOST_SECONDS`.
    """
    if not path.is_file():
        raise AudioError(f"There is no sound file at {path}", "Check the name")
    import soundfile  # noqa: PLC0415  (only the voice extra has it)

    try:
        with soundfile.SoundFile(path) as file:
            seconds = file.frames / file.samplerate
            if seconds > MOST_SECONDS:
                raise AudioError(
                    f"{path} lasts {seconds:.0f} s", f"Cut it to one request of at most {MOST_SECONDS:.0f} s"
                )
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (OSError, soundfile.SoundFileError):
        raise AudioError(f"{path} cannot be read as sound", "Name a WAV, FLAC or OGG file") from None
    if not len(samples):
        raise AudioError(f"{path} holds no sound", "Record the request again")
    return resample(samples.mean(axis=1), rate)


def save(path: Path, audio: Audio) -> None:
    """Write 16-bit samples at :data:`RATE`; the ending of the name tells the format."""
    import soundfile  # noqa: PLC0415

    soundfile.write(path, audio, RATE, subtype="PCM_16")


def resample(samples: Audio, rate: int) -> Audio:
    """Return the samples at :data:`RATE`."""
    import soxr  # noqa: PLC0415

    return np.asarray(soxr.resample(samples, rate, RATE) if rate != RATE else samples, dtype=np.float32)


def pcm(audio: Audio) -> bytes:
    """Return 16-bit little-endian samples; what exceeds [-1, 1] is clipped, as a converter does."""
    return (np.clip(audio, -1.0, 1.0) * 32767).astype("<i2").tobytes()
