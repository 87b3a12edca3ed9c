"""What one person's moments count, under the views of the moment that is asked about.

Equal to ``Counts`` of the same moments, newer ones counting more; only of these candidates, in the few cells that are
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.choices.counts import STRENGTH, Facet, Floats
from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.kept import MOST_KEPT, NUMBER, Kept, unpacked
from sayagain.choices.moments import Moment

FADING = 0.85
"""What is left of what was counted at each new observation of the same: after ten a fifth, so that a changed habit is
followed within a few times."""

_LEFT = FADING ** np.arange(2 * MOST_KEPT)
"""What is left after so many newer ones: a table, since powers take long."""

Flags = npt.NDArray[np.bool_]


class _Places:
    """Where facets stand in the tallies; lists that are asked for are known again, for they come cell after cell."""

    def __init__(self, numbers: Mapping[Facet, int]) -> None:
        self.numbers = numbers
        self._of: dict[int, tuple[Sequence[Facet], npt.NDArray[np.intp]]] = {}

    def of(self, facets: Sequence[Facet]) -> npt.NDArray[np.intp]:
        """Return the place of each facet; -1 of what was never met."""
        known = self._of.get(id(facets))
        if known is None:
            known = facets, np.array([self.numbers.get(facet, -1) for facet in facets], dtype=np.intp)
            self._of[id(facets)] = known  # the list is kept, so that its id stays its own
        return known[1]


@dataclass(frozen=True)
class OwnTally:
    """What was seen of each facet in one cell."""

    places: _Places
    _meant: Floats
    """Shape (facets that are asked about + 1,); the last is what was never seen."""
    _offered: Floats

    def share(self, facets: Sequence[Facet], prior: Floats, strength: float = STRENGTH) -> Floats:
        """Return how often each facet was meant where it was offered, leaning on ``prior``; shape (facets,)."""
        places = self.places.of(facets)
        return np.asarray((self._meant[places] + strength * prior) / (self._offered[places] + strength))

    def seen(self, facet: Facet) -> tuple[float, float]:
        """Return how often a facet was meant, and how often it was offered and judged."""
        place = self.places.numbers.get(facet, -1)
        return float(self._meant[place]), float(self._offered[place])


class OwnCounts:
    """The tallies of one person about the candidates of one moment, made when they are asked for.

    All views of that moment are counted at once: one by one, most of the time would go into calling.
    """

    def __init__(self, crosses: Crosses, kept: Kept, moment: Moment) -> None:
        """Count under ``crosses`` what ``kept`` holds of the facets of the moment's candidates, and no other."""
        self.crosses, self._kept, self._asked = crosses, kept, moment.context
        self._tallies: dict[Cell, OwnTally | None] = {}
        rows, numbers = kept.rows, kept.vocabulary.numbers
        facets = dict.fromkeys(facet for each in moment.candidates for facet in each.facets.items())
        known = sorted((number, facet) for facet in facets if (number := numbers.get(facet)) is not None)
        self._places = _Places({facet: place for place, (_, facet) in enumerate(known)})
        place_of = np.full(len(kept.vocabulary.items), -1, dtype=np.intp)
        place_of[[number for number, _ in known]] = np.arange(len(known))
        offered, row, place = _flat([each.offered for each in rows])
        asked = place_of[offered]
        some = np.flatnonzero(asked >= 0)
        some = some[np.argsort(asked[some], kind="stable")]  # by facet, the oldest first
        self._facet, self._row = asked[some], row[some]
        self._sizes = np.bincount(self._facet, minlength=len(known))
        self._weights = np.array([each.weight for each in rows], dtype=np.float64)[self._row]
        self._meant = place[some] < np.array([each.meant for each in rows], dtype=np.intp)[self._row]
        self._context, self._context_row, _ = _flat([each.context for each in rows])

    def tally(self, cell: Cell) -> OwnTally | None:
        """Return what was seen in a cell; None where no moment lies in it."""
        if cell not in self._tallies:
            listed = [each for each in self.crosses.cells(self._asked) if each is not None]
            unlisted = self.crosses.unlisted(self._asked) if cell not in listed else []
            cells = next(cells for cells in (listed, unlisted, [cell]) if cell in cells)
            self._count(cells)
        return self._tallies[cell]

    def _count(self, cells: Sequence[Cell]) -> None:
        inside = self._inside(cells)
        some = inside[:, self._row]
        met = np.zeros((len(cells), len(self._row) + 1), dtype=np.int32)
        some.cumsum(axis=1, out=met[:, 1:])
        later = np.repeat(met[:, np.cumsum(self._sizes)], self._sizes, axis=1) - met[:, 1:]
        left = _LEFT[later] * self._weights * some
        size = len(self._sizes) + 1
        at = np.arange(len(cells))[:, None] * size + self._facet
        whole = len(cells) * size
        flat = ((at[:, of].ravel(), left[:, of].ravel()) for of in (self._meant, slice(None)))
        sums = [
            np.bincount(places, moments, minlength=whole).astype(np.float64, copy=False).reshape(-1, size)
            for places, moments in flat
        ]
        for cell, any_inside, of_meant, of_offered in zip(cells, (inside.sum(axis=1) > 0).tolist(), *sums, strict=True):
            self._tallies[cell] = OwnTally(self._places, of_meant, of_offered) if any_inside else None

    def _inside(self, cells: Sequence[Cell]) -> Flags:
        """Return in which cells the moments lie, shape (cells, moments)."""
        pairs = dict.fromkeys(pair for cell in cells for pair in zip(*cell, strict=True))
        views = {pair: place for place, pair in enumerate(pairs)}
        fitting = np.full(len(self._kept.vocabulary.items), -1, dtype=np.intp)
        for (name, word), place in views.items():
            fitting[self._items(name, word)] = place
        found = np.zeros((len(views), len(self._kept)), dtype=bool)
        view = fitting[self._context]
        some = view >= 0
        found[view[some], self._context_row[some]] = True
        every = np.ones(len(self._kept), dtype=bool)
        return np.array([
            found[[views[view] for view in zip(*cell, strict=True)]].all(axis=0) if cell[0] else every
            for cell in cells
        ])  # fmt: skip

    def _items(self, name: str, word: str) -> list[int]:
        """Return the items of the vocabulary that are a value of a name, as the crosses tell values apart."""
        vocabulary = self._kept.vocabulary
        found = [number] if (number := vocabulary.numbers.get((name, word))) is not None else []
        if name in vocabulary.figures and name in self.crosses.cuts:
            numbers, values = vocabulary.figures[name]
            parts = self.crosses.parts(name, values)
            found += [number for number, part in zip(numbers, parts, strict=True) if part == word]
        return found


def _flat(packed: Sequence[bytes]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return all numbers that were packed, and of each the row and the place in the row in which it stands."""
    sizes = np.array([len(each) // NUMBER.itemsize for each in packed], dtype=np.intp)
    row = np.repeat(np.arange(len(packed)), sizes)
    return unpacked(b"".join(packed)), row, np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
