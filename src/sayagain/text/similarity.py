"""How alike two requests look and sound, for whole columns of pairs at a time.

Look: the normalised indel similarity of the words in order, and of the words sorted (rapidfuzz's ``ratio`` and
``token_sort_ratio``). Sound: the same ratio over Metaphone codes, so that "play pink" and "play ping" are near.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from sayagain.text.phonetics import sound

Numbers = npt.NDArray[np.integer]
Scores = npt.NDArray[np.float32]
"""One number for each pair, between 0 and 1."""

SAME_NAME = 85
"""Names at least this alike (0 to 100) are one entry in two spellings: "this week" and "this weeks"."""

MOST_PAIRS = 1 << 18
"""Pairs compared at a time: bounds the memory that their texts take."""


def alike(forms: Sequence[str], source: Numbers, target: Numbers) -> Scores:
    """Return how alike pairs of normalised requests are: the largest of look, in order and sorted, and sound.

    Args:
        forms: the normal forms that ``source`` and ``target`` number.
        source: shape (pairs,).
        target: shape (pairs,).

    Returns:
        Shape (pairs,); 0 where either form is empty.
    """
    views = (forms, [" ".join(sorted(form.split())) for form in forms], [sound(form) for form in forms])
    best = np.zeros(len(source), dtype=np.float32)
    for view in views:
        texts = np.array(view, dtype=object)
        for start in range(0, len(source), MOST_PAIRS):
            part = slice(start, start + MOST_PAIRS)
            ratios = process.cpdist(
                texts[source[part]], texts[target[part]], scorer=fuzz.ratio, dtype=np.float32, workers=-1
            )
            np.maximum(best[part], ratios / 100, out=best[part])
    spoken = np.array([bool(form) for form in forms])
    return np.where(spoken[source] & spoken[target], best, 0).astype(np.float32)


@lru_cache(maxsize=1 << 16)
def likeness(one: str, other: str) -> float:
    """Return how alike two normal forms are, as :func:`alike` does for whole columns.

    >>> likeness("play pinc", "play pink"), likeness("", "play")
    (1.0, 0.0)
    """
    if not (one and other):
        return 0.0
    sorted_one, sorted_other = (" ".join(sorted(form.split())) for form in (one, other))
    views = ((one, other), (sorted_one, sorted_other), (sound(one), sound(other)))
    return max(fuzz.ratio(a, b) for a, b in views) / 100
