"""Room acoustics for speech: noise of a kind and strength, and distance. Synthetic, seeded, and simple on purpose.

Clean speech → the room (distance) → noise at a stated ratio → what the microphone gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve, lfilter

from sayagain.assistant.voice.audio import RATE, Audio

SNRS = (20.0, 15.0, 10.0, 5.0, 0.0)
"""Signal-to-noise ratios in dB at which noises are heard."""

_FAR_DECAY, _NEAR_DECAY = 0.45, 0.2
"""Seconds until the room's echo has fallen by 60 dB: a furnished living room, and a corner near the microphone."""

_FAR_ECHO, _NEAR_ECHO = 1.0, 0.15
"""Energy of the echo relative to the direct sound: at the critical distance, and well inside it."""

_FAR_LEVEL, _NEAR_LEVEL = 0.02, 0.1
"""Root mean square of speech at the microphone, three metres and half a metre away."""

_CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (164.8, 207.7, 246.9))
"""Hz: four chords that anyone has heard."""


@dataclass(frozen=True)
class Condition:
    """The sound around one request."""

    noise: str = "clean"
    snr_db: float | None = None
    """Speech to noise in dB at the microphone; None when clean."""
    far: bool = False

    def __str__(self) -> str:
        place = "far" if self.far else "near"
        return f"{self.noise}, {place}" if self.snr_db is None else f"{self.noise} {self.snr_db:.0f} dB, {place}"


def spoil(speech: Audio, condition: Condition, rng: np.random.Generator, babble: Audio) -> Audio:
    """Return the speech as a microphone in that condition gives it; ``babble`` is a long mix of other voices."""
    heard = in_room(speech, condition.far, rng)
    if condition.snr_db is None:
        return heard
    sound = noise(condition.noise, len(heard), rng, babble)
    return (heard + sound * noise_gain(heard, sound, condition.snr_db)).astype(np.float32)


def in_room(speech: Audio, far: bool, rng: np.random.Generator) -> Audio:
    """Return the speech with a decaying echo, at the level that the distance leaves of it."""
    decay, echo, level = (_FAR_DECAY, _FAR_ECHO, _FAR_LEVEL) if far else (_NEAR_DECAY, _NEAR_ECHO, _NEAR_LEVEL)
    times = np.arange(int(decay * RATE)) / RATE
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / decay)
    tail *= np.sqrt(echo / np.square(tail).sum())
    tail[0] = 1.0
    wet = np.asarray(fftconvolve(speech, tail)[: len(speech)], dtype=np.float32)
    return np.asarray(wet * (level / (_rms(wet) or 1.0)), dtype=np.float32)


def noise(kind: str, samples: int, rng: np.random.Generator, babble: Audio) -> Audio:
    """Return that many samples of a kind of noise, of no particular level."""
    made = {"white": _white, "music": _music, "hum": _hum}
    return made[kind](samples, rng) if kind in made else _excerpt(babble, samples, rng)


def noise_gain(speech: Audio, sound: Audio, snr_db: float) -> float:
    """Return the factor that puts the noise ``snr_db`` below the speech in mean power."""
    return _rms(speech) / (_rms(sound) or 1.0) * float(10 ** (-snr_db / 20))


def _rms(samples: Audio) -> float:
    return float(np.sqrt(np.square(samples, dtype=np.float64).mean())) if len(samples) else 0.0


def _white(samples: int, rng: np.random.Generator) -> Audio:
    return rng.standard_normal(samples).astype(np.float32)


def _hum(samples: int, rng: np.random.Generator) -> Audio:
    """Mains and its harmonics, and a fan: noise without its high frequencies."""
    times = np.arange(samples) / RATE
    mains = sum(np.sin(2 * np.pi * 50 * k * times + rng.uniform(0, 6.28)) / k for k in range(1, 8))
    fan = lfilter([0.05], [1, -0.95], rng.standard_normal(samples))
    return np.asarray(mains + 4 * fan, dtype=np.float32)


def _music(samples: int, rng: np.random.Generator) -> Audio:
    """Plucked chords over a beat, from a random place in the song."""
    beat = RATE // 2
    times = np.arange(samples) + int(rng.integers(0, 16 * beat))
    since = (times % beat) / RATE
    chords = np.array(_CHORDS)[(times // (4 * beat)) % len(_CHORDS)]
    tones = sum(np.sin(2 * np.pi * chords[:, voice] * k * times / RATE) / k for voice in range(3) for k in (1, 2, 3))
    drums = rng.standard_normal(samples) * np.exp(-since * 30) * 1.5
    return np.asarray(tones * np.exp(-since * 3) + drums, dtype=np.float32)


def _excerpt(babble: Audio, samples: int, rng: np.random.Generator) -> Audio:
    start = int(rng.integers(0, len(babble)))
    return np.asarray(np.take(babble, np.arange(start, start + samples), mode="wrap"), dtype=np.float32)
