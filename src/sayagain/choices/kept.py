"""A person's last moments, packed: what each offered and what was meant, by its number in a vocabulary of their own.

A few hundred bytes a moment, so that ten thousand people fit in memory; all counts are made from them when asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from sayagain.choices.moments import Example, Value

MOST_KEPT = 150
"""Moments that are kept of a person; up to twice as many until they are packed anew."""

MOST_JUDGED = 6
"""Candidates of a moment that are counted for a person, beside what was meant: those that come first."""

COUNTED = ("kind", "meaning", "exact", "relation")
"""Facets that a person's moments are kept by, where there are such."""

NUMBER = np.dtype("<u4")
"""Of an item in the vocabulary."""

Item = tuple[str, Value]
"""A name and its value: of a context, or a facet of a candidate."""


class Row(NamedTuple):
    """One moment and what is known of what was meant."""

    number: int
    """Among all of this person's."""
    context: bytes
    """Numbers of what was known of it."""
    offered: bytes
    """Numbers of the facets of the candidates that it says something of, each once, first those of what was meant."""
    meant: int
    """How many of them are of what was meant; 0 where it is not known."""
    weight: float


@dataclass
class Vocabulary:
    """The items of a person's moments, numbered in the order in which they were met."""

    items: list[Item] = field(default_factory=list)

    @cached_property
    def numbers(self) -> dict[Item, int]:
        """The number of each item."""
        return {item: number for number, item in enumerate(self.items)}

    @cached_property
    def figures(self) -> dict[str, tuple[list[int], list[float]]]:
        """Numbers and values of the items that are figures, by name."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for number, (name, value) in enumerate(self.items):
            _add_figure(found, number, name, value)
        return found

    def packed(self, items: Iterable[Item]) -> bytes:
        """Return the numbers of items, new ones added."""
        return np.array([self._number(item) for item in items], dtype=NUMBER).tobytes()

    def _number(self, item: Item) -> int:
        number = self.numbers.setdefault(item, len(self.items))
        if number == len(self.items):
            _add_figure(self.figures, number, *item)
            self.items.append(item)
        return number


def _add_figure(figures: dict[str, tuple[list[int], list[float]]], number: int, name: str, value: Value) -> None:
    if not isinstance(value, str):
        numbers, values = figures.setdefault(name, ([], []))
        numbers.append(number)
        values.append(value)


def unpacked(packed: bytes) -> npt.NDArray[np.uint32]:
    """Return numbers that were packed."""
    return np.frombuffer(packed, dtype=NUMBER)


@dataclass(frozen=True)
class Kept:
    """The last moments of a person, the newest last. Its vocabulary grows; those of copies are one."""

    rows: tuple[Row, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary, compare=False)
    seen: int = 0
    """Moments that there ever were."""

    def __len__(self) -> int:
        return len(self.rows)

    def with_newer(self, examples: Sequence[Example]) -> Self:
        """Return these moments and newer ones."""
        added = [self._row(self.seen + place, each) for place, each in enumerate(examples)]
        more = replace(self, rows=(*self.rows, *added), seen=self.seen + len(added))
        return more if len(more.rows) <= 2 * MOST_KEPT else more.newest()

    def without(self, numbers: Set[int]) -> Self:
        """Return these moments without some, by their number."""
        return replace(self, rows=tuple(row for row in self.rows if row.number not in numbers))

    def newest(self) -> Self:
        """Return the ``MOST_KEPT`` newest, with a vocabulary of theirs alone."""
        rows = self.rows[-MOST_KEPT:]
        parts = [part for row in rows for part in (row.context, row.offered)]
        met, first, place = np.unique(unpacked(b"".join(parts)), return_index=True, return_inverse=True)
        order = np.argsort(first)  # numbered in the order in which they are met
        items = [self.vocabulary.items[number] for number in met[order].tolist()]
        number = np.empty(len(order), dtype=NUMBER)
        number[order] = np.arange(len(order))
        packed, ends = number[place].tobytes(), np.cumsum([len(part) for part in parts]).tolist()
        anew = [packed[end - len(part) : end] for part, end in zip(parts, ends, strict=True)]
        pairs = zip(anew[::2], anew[1::2], strict=True)
        renewed = (row._replace(context=known, offered=of) for row, (known, of) in zip(rows, pairs, strict=True))
        return replace(self, rows=tuple(renewed), vocabulary=Vocabulary(items))

    def _row(self, number: int, example: Example) -> Row:
        meant = example.meant
        judged = [each for each in example.judged[:MOST_JUDGED] if each is not meant]
        of_meant = [] if meant is None else _facets(meant.facets)
        others = (facet for each in judged for facet in _facets(each.facets))
        offered = self.vocabulary.packed(dict.fromkeys([*of_meant, *others]))
        context = self.vocabulary.packed(example.moment.context.items())
        return Row(number, context, offered, len(of_meant), example.weight)

    def to_json(self) -> dict[str, Any]:
        """Return plain values of the newest."""
        newest = self.newest()
        rows = [
            [unpacked(row.context).tolist(), unpacked(row.offered).tolist(), row.meant, round(row.weight, 3)]
            for row in newest.rows
        ]
        return {"items": [list(item) for item in newest.vocabulary.items], "rows": rows}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` gave."""
        rows = tuple(
            Row(number, np.array(context, NUMBER).tobytes(), np.array(offered, NUMBER).tobytes(), meant, weight)
            for number, (context, offered, meant, weight) in enumerate(plain["rows"])
        )
        return cls(rows, Vocabulary([(name, value) for name, value in plain["items"]]), len(rows))


def _facets(facets: Mapping[str, str]) -> list[Item]:
    return [(name, facets[name]) for name in COUNTED if name in facets]
