"""P(meant) from one person's own moments alone: for a household that learns from nobody else.

Naive Bayes with partial pooling: how often each candidate was meant for such requests, moved by how much more or less
often it was under each thing that is known of the moment. A share leans on the one behind it (``counts``), what exactly
it does on its kind, and everything on the assistant's own order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.choices.counts import NOBODY, Counted, Counts, Facet, Floats
from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.moments import Candidate, Moment

FIRST = 0.8
"""Share that the assistant's own interpretation is meant before anything is known; the others share the rest."""

DAMPING = 0.8
"""Weight of each thing that is known of the moment: they say partly the same (the hour, the day, what is on)."""

LEAST_NONE = 0.02
"""Probability that none of the candidates is meant, at the least."""

LEAST_SHOWN = 1.2
"""Times (expected) that something must have been meant by the same words: once may have been another wish."""


@dataclass(frozen=True)
class OwnHabits:
    """The model of people who have nobody else to learn from."""

    crosses: Crosses

    @property
    def everyone(self) -> Counts:
        """Return what is counted of everyone: nothing."""
        return Counts(self.crosses)

    def probabilities(self, moment: Moment, own: Mapping[str, Counted]) -> Floats:
        """Return how likely each candidate is what is meant, shape (candidates,); they add up to 1.

        The last candidate is that none of them is: what the others leave.
        """
        counts = own.get(moment.people.get("person", ""), NOBODY)
        candidates = moment.candidates[:-1]
        facets = _apart(candidates)
        of = [each[0] for each in facets], [each[-1] for each in facets]
        base = _order(len(candidates))
        for names in ((), ("understood",), ("understood", "request")):
            base = _share(counts, (names, tuple(str(moment.context[name]) for name in names)), of, base)
        base = base / max(1.0, float(base.sum()))
        moved = np.zeros(len(candidates))
        for cell in self._known(moment):
            moved += DAMPING * (np.log(_share(counts, cell, of, base)) - np.log(base))
        raised = base * np.exp(moved) * self._shown(counts, moment, facets)
        none = max(LEAST_NONE, 1 - float(base.sum()))
        return np.asarray(np.append(raised, none) / (raised.sum() + none))

    def _shown(self, counts: Counted, moment: Moment, facets: Sequence[Sequence[Facet]]) -> npt.NDArray[np.bool_]:
        """Return which candidates were meant often enough by the same words, beside the assistant's own."""
        names = ("understood", "request")
        cell = names, tuple(str(moment.context[name]) for name in names)
        told = counts.tally(cell)
        often = [told is not None and max(told.seen(facet)[0] for facet in each) >= LEAST_SHOWN for each in facets[1:]]
        return np.array([True, *often])

    def _known(self, moment: Moment) -> list[Cell]:
        """Return the views that tell of the moment: listed ones for such requests, others by themselves."""
        found = [cell for cell in self.crosses.cells(moment.context) if cell is not None and len(cell[0]) == 2]
        own = [cell for cell in found if cell[0][0] == "understood" and cell[0][1] != "request"]
        return [*own, *self.crosses.unlisted(moment.context)]


def _order(count: int) -> Floats:
    """Return what the assistant's own order says."""
    return np.array([FIRST, *[(1 - FIRST) / count] * (count - 1)])


def _apart(candidates: Sequence[Candidate]) -> list[list[Facet]]:
    """Return what tells each candidate from the others: its kind, where no other is of it, and what exactly it does."""
    kinds = [each.facets["kind"] for each in candidates]
    return [
        [("kind", kind)] * (kinds.count(kind) == 1) + [("exact", each.facets["exact"])]
        for kind, each in zip(kinds, candidates, strict=True)
    ]


def _share(counts: Counted, cell: Cell, of: tuple[Sequence[Facet], Sequence[Facet]], prior: Floats) -> Floats:
    """Return how often each candidate was meant in a cell where it was offered, leaning on ``prior``.

    ``of`` has a facet of each candidate, and one that is finer, or the same.
    """
    tally = counts.tally(cell)
    if tally is None:
        return prior
    coarse, fine = of
    return np.asarray(tally.share(fine, tally.share(coarse, prior)))
