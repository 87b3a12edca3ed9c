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

from sayagain.choices.counts import NOBODY, Counts, Floats
from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.moments import Candidate, Moment

FIRST = 0.8
"""Share that the assistant's own interpretation is meant before anything is known; the others share the rest."""

DAMPING = 0.8
"""Weight of each thing that is known of the moment: they say partly the same (the hour, the day, what is on)."""

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

    def probabilities(self, moment: Moment, own: Mapping[str, Counts]) -> Floats:
        """Return how likely each candidate is what is meant, shape (candidates,); they add up to 1."""
        counts = own.get(moment.people.get("person", ""), NOBODY)
        base = self._shares(counts, ((), ("understood",), ("understood", "request")), moment, _order(moment.candidates))
        score = np.log(base)
        for cell in self._known(moment):
            score = score + DAMPING * (np.log(_share(counts, cell, moment.candidates, base)) - np.log(base))
        raised = np.exp(score - score.max()) * self._shown(counts, moment)
        return np.asarray(raised / raised.sum())

    def _shares(self, counts: Counts, names: Sequence[tuple[str, ...]], moment: Moment, prior: Floats) -> Floats:
        """Return shares under ever finer views, each leaning on the one before, the first on ``prior``."""
        for each in names:
            values = [str(moment.context.get(name, "")) for name in each]
            prior = _share(counts, (each, tuple(values)), moment.candidates, prior)
        return prior

    def _shown(self, counts: Counts, moment: Moment) -> npt.NDArray[np.bool_]:
        """Return which candidates were meant often enough by the same words, beside the assistant's own."""
        names = ("understood", "request")
        cell = names, tuple(str(moment.context[name]) for name in names)
        meant = counts.tallies[cell].meant if cell in counts.tallies else {}
        first = moment.candidates[0].facets
        often = [
            any(meant.get(facet, 0.0) >= LEAST_SHOWN for facet in each.facets.items() if facet not in first.items())
            for each in moment.candidates[1:]
        ]
        return np.array([True, *often])

    def _known(self, moment: Moment) -> list[Cell]:
        """Return the views that tell of the moment: listed ones for such requests, others by themselves."""
        found = [cell for cell in self.crosses.cells(moment.context) if cell is not None and len(cell[0]) == 2]
        own = [cell for cell in found if cell[0][0] == "understood" and cell[0][1] != "request"]
        return [*own, *self.crosses.unlisted(moment.context)]


def _order(candidates: Sequence[Candidate]) -> Floats:
    """Return what the assistant's own order says."""
    rest = (1 - FIRST) / max(len(candidates) - 1, 1)
    return np.array([FIRST, *[rest] * (len(candidates) - 1)])


def _share(counts: Counts, cell: Cell, candidates: Sequence[Candidate], prior: Floats) -> Floats:
    """Return how often each candidate was meant in a cell, by its kind and then by what exactly it does; sums to 1."""
    tally = counts.tallies.get(cell)
    if tally is None:
        return prior
    for facet in ("kind", "exact"):
        shares = tally.share([(facet, each.facets[facet]) for each in candidates], prior)
        prior = shares / shares.sum()  # of one kind may be several
    return np.asarray(prior)
