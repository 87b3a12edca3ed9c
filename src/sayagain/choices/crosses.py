"""Crosses: the named views of a context under which choices are counted, each with the coarser one behind it.

``("last", "hour")`` counts what is meant after that action at that hour; behind it stands ``("last",)``, and behind
that what is meant at all. A name that nobody listed (a new sensor) is a cross of its own: :meth:`Crosses.unlisted`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan

import numpy as np

from sayagain.choices.moments import Moment, Value

Names = tuple[str, ...]
Cell = tuple[Names, tuple[str, ...]]
"""A cross, and a value of each of its names."""

PARTS = 4
"""Parts that the numbers of a name are cut into, each with as many moments."""


@dataclass(frozen=True)
class Crosses:
    """The crosses of a model, each after those behind it."""

    names: tuple[Names, ...]
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Where the numbers of a name are cut."""

    @classmethod
    def of(cls, finest: Sequence[Names], moments: Iterable[Moment] = ()) -> Crosses:
        """Return the crosses with all that stand behind them; numbers are cut at the quartiles of the moments.

        >>> Crosses.of([("last", "hour"), ("day",)]).names
        ((), ('day',), ('last',), ('last', 'hour'))
        """
        every = {cross[:size] for cross in finest for size in range(len(cross) + 1)} | {()}
        numbers: dict[str, list[float]] = {}
        for moment in moments:
            for name, value in moment.context.items():
                if not isinstance(value, str) and not isnan(value):
                    numbers.setdefault(name, []).append(value)
        ends = np.arange(1, PARTS) / PARTS
        cuts = {name: tuple(np.unique(np.quantile(seen, ends)).tolist()) for name, seen in numbers.items()}
        return cls(tuple(sorted(every, key=lambda cross: (len(cross), cross))), cuts)

    @cached_property
    def behind(self) -> tuple[int, ...]:
        """The place of the cross behind each; the first, which has none, stands behind itself."""
        return tuple(self.names.index(cross[:-1]) for cross in self.names)

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(name for cross in self.names for name in cross)

    def cells(self, context: Mapping[str, Value]) -> list[Cell | None]:
        """Return the cell of each cross that a context lies in; None where a name is not known."""
        words = {name: self.word(name, context[name]) for name in self._listed if name in context}
        found: list[Cell | None] = []
        for cross in self.names:
            values = tuple([word for name in cross if (word := words.get(name)) is not None])
            found.append((cross, values) if len(values) == len(cross) else None)
        return found

    def unlisted(self, context: Mapping[str, Value]) -> list[Cell]:
        """Return the cells of the names that stand in no cross, each by itself."""
        words = ((name, self.word(name, value)) for name, value in context.items() if name not in self._listed)
        return [((name,), (word,)) for name, word in words if word is not None]

    def word(self, name: str, value: Value) -> str | None:
        """Return a value as a word, a number by the part that it lies in; None where that is not known.

        It is not where the number is none, or nobody has seen enough numbers of this name to cut them.
        """
        if isinstance(value, str):
            return value
        return self.parts(name, [value])[0] if name in self.cuts else None

    def parts(self, name: str, values: Sequence[float]) -> list[str | None]:
        """Return the part that each number of a name which is cut lies in; None of what is no number."""
        cuts = self.cuts[name]
        return [None if isnan(value) else str(bisect_right(cuts, value)) for value in values]
