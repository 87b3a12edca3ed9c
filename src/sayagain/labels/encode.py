"""From the turns of some households to what the network reads: numbers and text vectors, dialogue by dialogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sayagain.labels.beside import BESIDE_NUMBERS, PLACES, beside_numbers
from sayagain.labels.counts import COUNT_NUMBERS, SOON, count_numbers
from sayagain.labels.exchange import Exchange
from sayagain.labels.own import OWN_NUMBERS, own_numbers
from sayagain.labels.sound import SOUND_NUMBERS, Sound, sound_numbers
from sayagain.text.encoder import DIMENSIONS, Encoder

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]

NUMBERS = (
    *OWN_NUMBERS,
    *SOUND_NUMBERS,
    *(f"{name}_{place:+d}" for place in PLACES for name in BESIDE_NUMBERS),
    *COUNT_NUMBERS,
)
"""Names of all numbers of a turn, in their order."""

TEXTS = ("request", "other", "response")
"""The texts of a turn that are encoded: the request, the likeliest hypothesis that differs from it, the response."""

CORE, MARGIN = 48, 8
"""Turns of a dialogue that are read at once, and turns before and after that are read with them and not judged."""


@dataclass(frozen=True)
class Encoded:
    """Turns as arrays, in order of person and time."""

    turns: list[str]
    """Identifiers."""
    numbers: Floats
    """Shape (turns, ``NUMBERS``); NaN where a log does not tell."""
    texts: Halves
    """Shape (turns, ``TEXTS``, ``DIMENSIONS``); zeros where there is no such text."""
    starts: list[int]
    """Where each person's dialogue begins, and the number of turns at the end."""

    def windows(self) -> list[tuple[int, int, int, int]]:
        """Return (first read, first judged, end of judged, end of read) of each window."""
        found = []
        for begin, end in pairwise(self.starts):
            for first in range(begin, end, CORE):
                last = min(first + CORE, end)
                found.append((max(begin, first - MARGIN), first, last, min(end, last + MARGIN)))
        return found


def encode(turns: Sequence[Exchange], homes: Mapping[str, str], sound: Sound, encoder: Encoder) -> Encoded:
    """Return turns as arrays.

    Args:
        turns: all turns of some people, in order of person and time.
        homes: the household of each user.
        sound: how the recordings sounded.
        encoder: of the texts.
    """
    starts = [i for i, each in enumerate(turns) if not i or turns[i - 1].user != each.user] + [len(turns)]
    rows: list[list[float]] = []
    for begin, end in pairwise(starts):
        dialogue = list(turns[begin:end])
        rows += [
            [*own_numbers(each), *sound_numbers(each, sound), *beside_numbers(dialogue, place)]
            for place, each in enumerate(dialogue)
        ]
    numbers = np.array(rows, dtype=np.float32).reshape(len(turns), -1)
    counted = count_numbers(turns, [homes[each.user] for each in turns], _follows(numbers))
    vectors = _vectors([text for each in turns for text in (each.text, each.other, each.response)], encoder)
    return Encoded(
        [each.turn for each in turns],
        np.concatenate([numbers, counted], axis=1),
        vectors.reshape(len(turns), len(TEXTS), DIMENSIONS),
        starts,
    )


_GAP, _LETTERS, _SOUNDS = (
    len(OWN_NUMBERS) + len(SOUND_NUMBERS) + BESIDE_NUMBERS.index(name) for name in ("gap", "letters", "sounds")
)
"""Columns of the turn that follows."""


def _follows(numbers: Floats) -> list[float]:
    """Return how like the next request is to each, where it comes ``SOON``."""
    alike = np.fmax(numbers[:, _LETTERS], numbers[:, _SOUNDS])
    soon = numbers[:, _GAP] <= np.log1p(SOON)
    return list(np.where(soon, np.nan_to_num(alike), 0.0))


def _vectors(texts: Sequence[str], encoder: Encoder) -> Halves:
    """Return the vectors of texts, shape (texts, ``DIMENSIONS``); each text is encoded once, an empty one is zeros."""
    known = {text: place for place, text in enumerate(dict.fromkeys(text for text in texts if text))}
    table = np.zeros((len(known) + 1, DIMENSIONS), dtype=np.float16)
    if known:
        table[:-1] = encoder.encode(list(known))
    return table[[known.get(text, len(known)) for text in texts]]
