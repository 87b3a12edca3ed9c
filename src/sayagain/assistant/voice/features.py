"""A compact stand-in for raw audio: what later models may see of how a request sounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, stft

from sayagain.assistant.voice.audio import RATE, Audio

BANDS = 20
"""Mel bands: half of what recognisers use, enough to tell voices and noises apart."""

_WINDOW, _STEP = 400, 160
_FLOOR = 1e-10
_SYLLABLE = 0.1
"""Seconds between two syllables at least."""


@dataclass(frozen=True)
class Features:
    """Statistics of one clip."""

    mel_mean: NDArray[np.float16]
    """Mean log10 energy of each of the :data:`BANDS` bands."""
    mel_std: NDArray[np.float16]
    energy_db: float
    """Mean power relative to full scale."""
    snr_db: float
    """Estimated: loud frames (95th percentile) against quiet ones (10th)."""
    syllables_a_second: float
    """Estimated: peaks of the loudness."""


def features(audio: Audio) -> Features:
    """Measure a clip; one shorter than a window is padded with silence."""
    padded = np.pad(audio, (0, max(0, 2 * _WINDOW - len(audio))))
    power = np.abs(stft(padded, RATE, nperseg=_WINDOW, noverlap=_WINDOW - _STEP, boundary=None)[2]) ** 2
    mel = np.log10(_filters() @ power + _FLOOR)
    loud = 10 * np.log10(power.sum(axis=0) + _FLOOR)
    quiet, high = np.percentile(loud, [10, 95])
    smooth = np.convolve(loud, np.hanning(9) / np.hanning(9).sum(), mode="same")
    peaks, _ = find_peaks(smooth, distance=int(_SYLLABLE * RATE / _STEP), prominence=2, height=quiet + 3)
    return Features(
        mel_mean=mel.mean(axis=1).astype(np.float16),
        mel_std=mel.std(axis=1).astype(np.float16),
        energy_db=float(10 * np.log10(np.square(padded).mean() + _FLOOR)),
        snr_db=float(high - quiet),
        syllables_a_second=float(len(peaks) / (len(padded) / RATE)),
    )


def _filters() -> NDArray[np.float64]:
    """Triangular filters (bands, frequencies), evenly spaced on the mel scale (O'Shaughnessy 1987)."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    hertz = np.linspace(0, RATE / 2, _WINDOW // 2 + 1)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))
