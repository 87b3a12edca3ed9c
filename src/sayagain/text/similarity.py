"""How alike two requests look and sound, for whole columns of pairs at a time.

Look: the normalised indel similarity of the words in order, and of the words sorted (rapidfuzz ``ratio`` and
``token_sort_ratio``). Sound: the same ratio over Metaphone codes, so that "play pink" and "play ping" are near.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from jellyfish import metaphone
from rapidfuzz import fuzz, process

Scores = npt.NDArray[np.float32]
"""One number for each pair, between 0 and 1."""


@lru_cache(maxsize=1 << 18)
def _word_sound(word: str) -> str:
    return metaphone(word) or word


def sound(text: str) -> str:
    """Return the Metaphone codes of a normalised request, run together as speech is."""
    return "".join(map(_word_sound, text.split()))


def look(sources: list[str], targets: list[str]) -> Scores:
    """Return how alike each pair of normalised requests looks, whatever the order of the words."""
    in_order = process.cpdist(sources, targets, scorer=fuzz.ratio, dtype=np.float32, workers=-1)
    sorted_words = process.cpdist(
        sources, targets, scorer=fuzz.token_sort_ratio, dtype=np.float32, workers=-1
    )
    return np.asarray(np.maximum(in_order, sorted_words) / 100, dtype=np.float32)


def alike(sources: list[str], targets: list[str]) -> Scores:
    """Return the larger of look and sound for each pair of normalised requests; 0 where either is empty."""
    sounds = process.cpdist(
        [sound(text) for text in sources],
        [sound(text) for text in targets],
        scorer=fuzz.ratio,
        dtype=np.float32,
        workers=-1,
    )
    spoken = np.array([bool(a) and bool(b) for a, b in zip(sources, targets, strict=True)])
    best = np.maximum(look(sources, targets), np.asarray(sounds) / 100)
    return np.asarray(np.where(spoken, best, 0), dtype=np.float32)
