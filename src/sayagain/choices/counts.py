"""Smoothed counts: how often a facet was meant where it was offered, at all and under each cross, and by whom.

Partial pooling, as the mean of a Beta posterior (Gelman and Hill, 2007, ch. 12): a share leans on the one behind it
with the weight of ``STRENGTH`` moments, so that few observations say little and many speak for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.moments import Example

Floats = npt.NDArray[np.float64]
Facet = tuple[str, str]
"""The name of a facet and its value."""

STRENGTH = 3.0
"""Moments that what stands behind a share weighs as much as."""


@dataclass
class Tally:
    """What was seen in one cell, in moments (weighted)."""

    meant: dict[Facet, float] = field(default_factory=dict)
    offered: dict[Facet, float] = field(default_factory=dict)
    """Without the open moments, which offer everything."""
    open: float = 0.0

    def share(self, facets: Sequence[Facet], prior: Floats, strength: float = STRENGTH) -> Floats:
        """Return how often each facet is meant where it is offered, leaning on ``prior``; shape (facets,)."""
        meant = np.array([self.meant.get(facet, 0.0) for facet in facets])
        offered = np.array([self.offered.get(facet, 0.0) for facet in facets]) + self.open
        return np.asarray((meant + strength * prior) / (offered + strength))

    def seen(self, facet: Facet) -> tuple[float, float]:
        """Return how often a facet was meant, and how often it was offered and judged."""
        return self.meant.get(facet, 0.0), self.offered.get(facet, 0.0)

    def add(self, other: Tally, times: float = 1.0) -> None:
        """Add what another saw; take it away with ``times`` -1."""
        self.open += times * other.open
        for mine, theirs in ((self.meant, other.meant), (self.offered, other.offered)):
            for facet, moments in theirs.items():
                mine[facet] = mine.get(facet, 0.0) + times * moments

    def fade(self, facets: Iterable[Facet], left: float) -> None:
        """Leave a share of what was seen of some facets."""
        if left < 1:
            for facet in facets:
                for seen in (self.meant, self.offered):
                    if facet in seen:
                        seen[facet] *= left


@dataclass
class Counts:
    """The tallies of everyone, or of one household or person."""

    crosses: Crosses
    tallies: dict[Cell, Tally] = field(default_factory=dict)

    @classmethod
    def fit(cls, crosses: Crosses, examples: Iterable[Example]) -> Counts:
        """Count examples."""
        counts = cls(crosses)
        for example in examples:
            counts.add(example)
        return counts

    def add(self, example: Example, fading: float = 1.0) -> None:
        """Count one more; ``fading`` is what is left of what was counted of the same facets in its cells before."""
        context, meant = example.moment.context, example.meant
        seen = Tally(open=example.open * example.weight)
        if not example.open:
            seen.offered = {facet: example.weight for each in example.judged for facet in each.facets.items()}
        if meant:
            seen.meant = dict.fromkeys(meant.facets.items(), example.weight)
        for cell in (*self.crosses.cells(context), *self.crosses.unlisted(context)):
            if cell is not None:
                tally = self.tallies.setdefault(cell, Tally())
                tally.fade(seen.offered, fading)
                tally.add(seen)

    def tally(self, cell: Cell) -> Tally | None:
        """Return what was seen in a cell; None where nothing was."""
        return self.tallies.get(cell)

    def without(self, part: Counts) -> Counts:
        """Return these counts without those of a part of the examples."""
        left = Counts(self.crosses)
        for cell, tally in self.tallies.items():
            copy = left.tallies[cell] = Tally(dict(tally.meant), dict(tally.offered), tally.open)
            if cell in part.tallies:
                copy.add(part.tallies[cell], -1.0)
        return left

    @classmethod
    def total(cls, parts: Sequence[Counts]) -> Counts:
        """Return the sum of counts under the same crosses."""
        whole = cls(parts[0].crosses)
        for part in parts:
            for cell, tally in part.tallies.items():
                whole.tallies.setdefault(cell, Tally()).add(tally)
        return whole


class Told(Protocol):
    """What is told of one cell."""

    def share(self, facets: Sequence[Facet], prior: Floats, strength: float = STRENGTH) -> Floats:
        """Return how often each facet is meant where it is offered, leaning on ``prior``; shape (facets,)."""

    def seen(self, facet: Facet) -> tuple[float, float]:
        """Return how often a facet was meant, and how often it was offered and judged."""


class Counted(Protocol):
    """Whatever tells how often things were meant: counts that grow, or those of a person's last moments."""

    @property
    def crosses(self) -> Crosses:
        """What is counted under."""

    def tally(self, cell: Cell) -> Told | None:
        """Return what was seen in a cell; None where nothing was."""


NOBODY = Counts(Crosses(((),)))
"""The counts of people of whom nothing is known."""
