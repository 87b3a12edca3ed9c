"""Association: how much oftener than by chance people follow one request with another.

People who are misunderstood also say it in quite other words, and no likeness shows that; that many people go the same
way does. Other words with the same meaning are the same way: requests that the assistant understands alike (same
intent, same slots) are counted together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]

BOND_DOUBT = 1.0
"""Standard errors by which the count of people is lowered first, so that three people by chance weigh little."""

BOND_MOST = 4.0
"""The log ratio counts up to here: fifty times chance is as good as proven, more adds nothing."""


def association(source: Ints, target: Ints, people: Ints, meaning: Ints) -> Floats:
    """Return, for each pair of consecutive requests, the log of how much oftener than by chance people go that way.

    A lower bound of pointwise mutual information over people, between 0 and ``BOND_MOST``. By chance, what follows
    does not depend on what was said: people(source) × people(meaning) / people(any pair).

    Args:
        source: numbers of the first requests, shape (pairs,).
        target: numbers of the second requests, shape (pairs,).
        people: distinct people who went each way, shape (pairs,).
        meaning: number of the meaning of each request, shape (requests,).
    """
    to = meaning[target]
    counts = people.astype(np.float64)
    way = source.astype(np.int64) * (int(meaning.max(initial=0)) + 1) + to
    _, which = np.unique(way, return_inverse=True)
    together = np.bincount(which, counts)[which]
    chance = np.bincount(source, counts)[source] * np.bincount(to, counts)[to] / max(counts.sum(), 1)
    surely = np.maximum(together - BOND_DOUBT * np.sqrt(together), 0)
    chance = np.maximum(chance, np.finfo(np.float64).tiny)  # pairs that nobody goes without the layer
    return np.asarray(np.clip(np.log(np.maximum(surely / chance, 1)), 0, BOND_MOST))
