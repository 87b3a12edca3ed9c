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
from sayagain.choices.kept import MOST_KEPT, NUMBER, Item, Kept, unpacked
from sayagain.choices.moments import Moment

FADING = 0.85
"""What is left of what was counted at each new observation of the same: after ten a fifth, so that a changed habit is
followed within a few times."""

_LEFT = FADING ** np.arange(2 * MOST_KEPT)
"""What is left after so many newer ones: a table, since powers take long."""

Flags = npt.NDArray[np.bool_]


class _Places:
    """Where facets stand in the vocabulary; those asked for last are known, for they are asked for cell after cell."""

    def __init__(self, numbers: Mapping[Item, int]) -> None:
        self.numbers = numbers
        self._last: tuple[Sequence[Facet], npt.NDArray[np.intp]] = ((), np.empty(0, dtype=np.intp))

    def of(self, facets: Sequence[Facet]) -> npt.NDArray[np.intp]:
        """Return the place of each facet; -1 of what was never met."""
        if self._last[0] is not facets:
            self._last = facets, np.array([self.numbers.get(facet, -1) for facet in facets], dtype=np.intp)
        return self._last[1]


@dataclass(frozen=True)
class OwnTally:
    """What was seen of each facet in one cell."""

    places: _Places
    _meant: Floats
    """Shape (items of the vocabulary + 1,); the last is what was never seen."""
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
    """The tallies of one person about the candidates of one moment, made when they are asked for."""

    def __init__(self, crosses: Crosses, kept: Kept, moment: Moment) -> None:
        """Count under ``crosses`` what ``kept`` holds of the facets of the moment's candidates, and no other."""
        self.crosses, self._kept, self._places = crosses, kept, _Places(kept.vocabulary.numbers)
        self._tallies: dict[Cell, OwnTally | None] = {}
        self._known: dict[tuple[str, str], Flags] = {}
        rows = kept.rows
        offered, row, place = _flat([each.offered for each in rows])
        numbers = kept.vocabulary.numbers
        asked = np.zeros(len(kept.vocabulary.items), dtype=bool)
        facets = {facet for each in moment.candidates for facet in each.facets.items()}
        asked[[number for facet in facets if (number := numbers.get(facet)) is not None]] = True
        some = np.flatnonzero(asked[offered])
        some = some[np.argsort(offered[some], kind="stable")]  # by facet, the oldest first
        self._offered, self._row = offered[some], row[some]
        self._weights = np.array([each.weight for each in rows], dtype=np.float64)[self._row]
        self._meant = place[some] < np.array([each.meant for each in rows], dtype=np.intp)[self._row]
        self._context, self._context_row, _ = _flat([each.context for each in rows])

    def tally(self, cell: Cell) -> OwnTally | None:
        """Return what was seen in a cell; None where no moment lies in it."""
        if cell not in self._tallies:
            self._tallies[cell] = self._made(cell)
        return self._tallies[cell]

    def _made(self, cell: Cell) -> OwnTally | None:
        inside = np.ones(len(self._kept), dtype=bool)
        for name, word in zip(*cell, strict=True):
            inside = inside & self._where(name, word)
        if not inside.any():
            return None
        some = inside[self._row]
        offered, weights, meant = self._offered[some], self._weights[some], self._meant[some]
        left = weights * _LEFT[_later(offered)]
        size = len(self._kept.vocabulary.items) + 1
        sums = [np.bincount(offered[of], left[of], minlength=size).astype(np.float64) for of in (meant, slice(None))]
        return OwnTally(self._places, *sums)

    def _where(self, name: str, word: str) -> Flags:
        """Return in which moments a name had a value, as the crosses tell values apart."""
        if (name, word) not in self._known:
            vocabulary = self._kept.vocabulary
            figures = vocabulary.figures.get(name, ())
            fits = [number for number, value in figures if self.crosses.word(name, value) == word]
            fits += [number] if (number := vocabulary.numbers.get((name, word))) is not None else []
            fitting = np.zeros(len(vocabulary.items), dtype=bool)
            fitting[fits] = True
            found = np.zeros(len(self._kept), dtype=bool)
            found[self._context_row[fitting[self._context]]] = True
            self._known[name, word] = found
        return self._known[name, word]


def _flat(packed: Sequence[bytes]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return all numbers that were packed, and of each the row and the place in the row in which it stands."""
    sizes = np.array([len(each) // NUMBER.itemsize for each in packed], dtype=np.intp)
    row = np.repeat(np.arange(len(packed)), sizes)
    return unpacked(b"".join(packed)), row, np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]


def _later(numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """Return of each of some numbers in ascending order how often it comes again after it."""
    ends = np.flatnonzero(np.append(numbers[1:] != numbers[:-1], True))
    return np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(numbers))
