"""What the trees read of a candidate: how often it is meant at such moments, by everyone and by these people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayagain.choices.counts import STRENGTH, Counted, Facet, Floats
from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.moments import Moment

Habits = Mapping[str, Counted]
"""The counts of households and persons, by who they are."""

EVERYONE = "everyone"
UNLISTED = ("most", "least", "sum")
"""What is read of the names that stand in no cross, however many: their strongest say for a candidate, their
strongest against it, and all together. Everyone's alone: with people's own beside, hit rates on real routines were
0.01 to 0.03 lower (docs/choices.md)."""

MOST = 0.99
"""The most that a prior may be, so that no share reaches 1."""


@dataclass(frozen=True)
class Design:
    """What a model reads."""

    crosses: Crosses
    facets: tuple[str, ...]
    """Facets of the candidates, each counted under every cross."""
    levels: tuple[str, ...] = ()
    """Levels of people whose own counts are read, from wide to narrow."""
    values: tuple[str, ...] = ()
    """Numbers of the candidates."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what each column is called."""
        views = [" × ".join(names) or "always" for names in self.crosses.names]
        return (
            *(
                f"{facet}: {level}, {view}"
                for facet in self.facets
                for level in (EVERYONE, *self.levels)
                for view in views
            ),
            *(f"{facet}: unlisted, {what}" for facet in self.facets for what in UNLISTED),
            *self.values,
        )

    def rows(self, moment: Moment, everyone: Counted, habits: Habits, strength: float = STRENGTH) -> Floats:
        """Return what is read of each candidate of a moment, shape (candidates, columns).

        Everyone's shares are logarithms; those of people say how far they differ from the level above them.
        ``strength`` is that of what stands behind everyone's shares.
        """
        of_each = [(name, each.facets.get(name, "")) for name in self.facets for each in moment.candidates]
        place = {facet: number for number, facet in enumerate(dict.fromkeys(of_each))}
        facets = list(place)  # many are of several candidates
        people = [habits.get(moment.people.get(level, "")) for level in self.levels]
        cells = self.crosses.cells(moment.context)
        shares = self._everyone(facets, 1 / len(moment.candidates), cells, everyone, strength)
        columns, wide = [np.log(shares)], shares
        for counts in people:
            own = wide if counts is None else self._own(facets, cells, counts, wide)
            columns.append(np.log(own) - np.log(wide))
            wide = own
        size = len(moment.candidates)
        read = np.hstack(columns), _unlisted(facets, moment, everyone, shares[:, 0], strength)
        of_facets = [block[[place[facet] for facet in of_each]] for block in read]
        values = np.array([[each.values.get(name, np.nan) for name in self.values] for each in moment.candidates])
        return np.hstack([
            *(block[at : at + size] for block in of_facets for at in range(0, len(of_each), size)),
            values.reshape(size, len(self.values)),
        ])  # fmt: skip

    def _everyone(
        self, facets: Sequence[Facet], even: float, cells: Sequence[Cell | None], counts: Counted, strength: float
    ) -> Floats:
        """Return shares under each cross; behind each stands the coarser cross. Shape (facets, crosses)."""
        shares = np.empty((len(facets), len(self.crosses.names)))
        prior = np.full(len(facets), even)
        for place, cell in enumerate(cells):
            if place:
                prior = shares[:, self.crosses.behind[place]]
            tally = None if cell is None else counts.tally(cell)
            shares[:, place] = prior if tally is None else tally.share(facets, prior, strength)
        return shares

    def _own(self, facets: Sequence[Facet], cells: Sequence[Cell | None], counts: Counted, wide: Floats) -> Floats:
        """Return shares of some people under each cross, shape (facets, crosses).

        Behind each stands the share of the level above, moved as far as these people differ under the coarser cross.
        """
        shares = np.empty_like(wide)
        for place, cell in enumerate(cells):
            behind = self.crosses.behind[place]
            moved = shares[:, behind] / wide[:, behind] if place else 1.0
            prior = np.minimum(wide[:, place] * moved, MOST)
            tally = None if cell is None else counts.tally(cell)
            shares[:, place] = prior if tally is None else tally.share(facets, prior)
        return shares


def _unlisted(facets: Sequence[Facet], moment: Moment, counts: Counted, always: Floats, strength: float) -> Floats:
    """Return how far the names that stand in no cross move the shares (``UNLISTED``), shape (facets, 3)."""
    found = [told for cell in counts.crosses.unlisted(moment.context) if (told := counts.tally(cell)) is not None]
    moved = np.array([np.log(tally.share(facets, always, strength) / always) for tally in found]).reshape(
        -1, len(facets)
    )
    return np.column_stack([moved.max(0, initial=0.0), moved.min(0, initial=0.0), moved.sum(0)])
