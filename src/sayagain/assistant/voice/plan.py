"""The recording plan: which text in which voice, under which conditions. Seeded, and the same on every machine.

Three kinds of clips. *Active* texts are said in a few voices, several times each, so that one person can say the same
again and be heard otherwise. All other requests (the long tail) are said in one voice, twice. Speech *not meant* for
the assistant is said in several voices without a wake word. A tenth of the texts and some voices are kept for
evaluation.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayagain.assistant.recordings import NOISES
from sayagain.assistant.voice.acoustics import SNRS, Condition
from sayagain.assistant.voice.speakers import VOICES
from sayagain.assistant.voice.wake import WAKE_DETECTORS

ACTIVE_VOICES = (
    "kokoro:af_heart", "kokoro:am_michael", "kokoro:bf_emma", "kokoro:bm_george", "flite:slt",
    "kokoro:af_nova", "kokoro:am_liam",
)  # fmt: skip
"""Voices that say all active texts; the last two are for evaluation only."""

TAKES = 4
"""Takes of an active text in a voice, from a quiet room to a loud one."""

TAIL_TAKES = 2
NOT_MEANT_VOICES, NOT_MEANT_TAKES = 4, 2

HELD_OUT_TEXTS = 10
"""One text in so many is for evaluation only."""

_NOISE_SHARES = (0.25, 0.15, 0.25, 0.2, 0.15)
"""Of :data:`NOISES`: what goes on in a home while people talk to it (an assumption)."""

_FAR_SHARE = 0.4
_PACE = (0.88, 1.12)


@dataclass(frozen=True)
class Take:
    """One clip to be recorded."""

    clip: int
    text: str
    voice: str
    take: int
    condition: Condition
    pace: float
    wake_word: str | None
    """Spoken first; None for speech that is not meant for the assistant."""
    held_out: bool


def plan(
    active: Sequence[str], tail: Sequence[str], not_meant: Sequence[str], seed: int = 1, first: int = 0
) -> list[Take]:
    """Return all takes, in an order in which every beginning is a fair sample; takes of one sentence are neighbours.

    They are numbered from ``first`` on.
    """
    rng = np.random.default_rng(seed)
    names = list(VOICES)
    said = [(text, voice, TAKES, True) for text in active for voice in ACTIVE_VOICES]
    said += [(text, names[int(rng.integers(len(names)))], TAIL_TAKES, True) for text in tail]
    for text in not_meant:
        said += [
            (text, str(name), NOT_MEANT_TAKES, False) for name in rng.choice(names, NOT_MEANT_VOICES, replace=False)
        ]
    takes: list[Take] = []
    for place in rng.permutation(len(said)):
        text, voice, count, addressed = said[place]
        held_out = VOICES[voice].held_out or is_held_out(text)
        wake_word = list(WAKE_DETECTORS)[int(rng.integers(len(WAKE_DETECTORS)))] if addressed else None
        pace = round(float(rng.uniform(*_PACE)), 2)
        for number in range(count):
            condition = _graded(number, rng) if count == TAKES else _any(rng)
            takes.append(Take(first + len(takes), text, voice, number, condition, pace, wake_word, held_out))
    return takes


def is_held_out(text: str) -> bool:
    """Whether a text is for evaluation only: by a checksum, so that it stays so when texts come and go."""
    return zlib.crc32(text.encode()) % HELD_OUT_TEXTS == 0


def _graded(number: int, rng: np.random.Generator) -> Condition:
    """Return a condition for the first (quiet and near), second, third or last (loud) take."""
    if number == 0:
        return Condition()
    noise = NOISES[1 + int(rng.choice(4, p=np.array(_NOISE_SHARES[1:]) / sum(_NOISE_SHARES[1:])))]
    snrs = (SNRS[:2], SNRS[1:4], SNRS[3:])[number - 1]
    return Condition(noise, snrs[int(rng.integers(len(snrs)))], bool(rng.random() < _FAR_SHARE))


def _any(rng: np.random.Generator) -> Condition:
    noise = NOISES[int(rng.choice(len(NOISES), p=_NOISE_SHARES))]
    snr = None if noise == "clean" else SNRS[int(rng.integers(len(SNRS)))]
    return Condition(noise, snr, bool(rng.random() < _FAR_SHARE))
