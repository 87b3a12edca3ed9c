"""What trying something may show: where the assistant's own fails, and what else it offers was not tried there yet.

What is meant is one of the candidates, or none. So what the assistant's own loses where it mostly fails goes to those
that were not refused there: the fewer there are, the more may be hoped of each, and most of what is nearest to what was
understood, which the assistant offers first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayagain.choices.counts import Counted, Facet, Floats
from sayagain.choices.crosses import Cell
from sayagain.choices.moments import Moment

LEAST_SEEN = 4.0
"""Moments that how the assistant's own usually fares weighs as much as, where a view of the context tells otherwise."""

REFUSED = 1.5
"""Tries (expected) in vain after which a kind of candidate is hoped for no more."""


def hopes(counts: Sequence[Counted], moment: Moment, p_default: float) -> Floats:
    """Return the probability of each candidate that elimination leaves it, shape (candidates,).

    Args:
        counts: everyone's, and the person's.
        moment: its first candidate is the assistant's own, its last is that none is meant.
        p_default: probability that the assistant's own is meant: no more than the rest is hoped for.
    """
    own = "kind", moment.candidates[0].facets["kind"]
    facets = [own, *(each.apart(own) for each in moment.candidates[1:])]
    found = np.zeros(len(facets))
    cells = [cell for cell in counts[0].crosses.cells(moment.context) if cell is not None and "understood" in cell[0]]
    meant, offered = np.array([_seen(counts, cell, own) for cell in cells]).T
    usual = (meant[0] + 1) / (offered[0] + 1)
    works = (meant + LEAST_SEEN * usual) / (offered + LEAST_SEEN)
    least = int(np.argmin(works))
    untried = [
        facet
        for facet in dict.fromkeys(facets[1:-1])
        if (tried := _seen(counts, cells[least], facet))[1] - tried[0] - meant[least] < REFUSED
    ]
    nearer = 1 / np.arange(1, len(untried) + 1)
    for facet, share in zip(untried, nearer / nearer.sum(), strict=True):
        found[facets.index(facet)] = (1 - max(works[least], p_default)) * share
    return found


def _seen(counts: Sequence[Counted], cell: Cell, facet: Facet) -> tuple[float, float]:
    """Return how often a facet was meant in a cell, and how often it was offered and judged."""
    seen = [told.seen(facet) for each in counts if (told := each.tally(cell)) is not None]
    return sum(meant for meant, _ in seen), sum(offered for _, offered in seen)
