"""What the nearest known requests were understood as, and how they went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayagain.evaluation.failures.labelled import Block, Floats, Ints
from sayagain.text.similarity import likeness

NEAREST = 10
"""Known requests that are looked at: enough for a share, few enough to be near."""


def neighbours(vectors: Floats, texts: Sequence[str], understood: Sequence[str], right: Sequence[bool]) -> Block:
    """Return the block of what the ``NEAREST`` known requests say of a request.

    Args:
        vectors: of the requests, each of length 1; shape (turns, numbers).
        texts: the requests, in normal form.
        understood: what each was taken for (an intent).
        right: whether each went right: that of a known request is used.
    """
    meant = np.array(understood)
    went = np.array(right, dtype=np.float64)

    def block(rows: Ints, known: Ints) -> Floats:
        near = vectors[rows] @ vectors[known].T
        most = min(NEAREST, len(known))
        found = np.argpartition(-near, most - 1, axis=1)[:, :most]
        return np.array([
            _of_one(int(row), known[found[at]], near[at, found[at]]) for at, row in enumerate(rows)
        ]).reshape(len(rows), -1)  # fmt: skip

    def _of_one(row: int, nearest: Ints, closeness: Floats) -> list[float]:
        order = np.argsort(-closeness, kind="stable")
        nearest, closeness = nearest[order], closeness[order]
        weight = np.exp(10 * (closeness - closeness[0]))
        weight = weight / weight.sum()
        same = (meant[nearest] == meant[row]).astype(np.float64)
        worked = went[nearest]
        of_worked = weight * worked / max(float((weight * worked).sum()), 1e-9)
        first = next((at for at, each in enumerate(worked) if each), None)
        nearest_that_worked = [0.0, 0.0, 0.0]
        if first is not None:
            other = int(nearest[first])
            nearest_that_worked = [closeness[first], same[first], likeness(texts[row], texts[other])]
        return [
            closeness[0],
            closeness.mean(),
            same[0],
            float(weight @ same),
            float(of_worked @ same),
            float(weight @ worked),
            float((weight * same) @ worked),
            max(likeness(texts[row], texts[int(other)]) for other in nearest),
            *nearest_that_worked,
        ]

    return block
