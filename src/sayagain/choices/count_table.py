"""Everyone's counts as a bundle has them: the same as ``counts.Counts``, in arrays, to be read and not added to.

Of twenty simulated homes they are a hundred and forty thousand rows: as dictionaries they took six times the memory,
and a second to load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sayagain.bundle.tables import numbers
from sayagain.choices.counts import Counts, Facet, Tally
from sayagain.choices.crosses import Cell, Crosses

SCHEMA = pa.schema([
    pa.field("cross", pa.list_(pa.string())), pa.field("cell", pa.list_(pa.string())),
    pa.field("facet", pa.string()), pa.field("value", pa.string()),
    pa.field("meant", pa.float64()), pa.field("offered", pa.float64()),
])  # fmt: skip
"""A row a facet in a cell; before those of a cell, a row without a facet, which holds its open moments as offered."""

RECENT = 1 << 10
"""Cells that are kept as tallies: those of every moment ("always") and of the requests that are said now."""


MOST_AT_ONCE = 1 << 12
"""Rows that are looked at together: as Python's objects they take much room."""


class CountTable:
    """Counts that were learned."""

    def __init__(self, crosses: Crosses, rows: pa.Table) -> None:
        """Take a table (``SCHEMA``) as :func:`table` gives it.

        Raises:
            ValueError: it begins without a cell, or a value is missing.
        """
        self.crosses = crosses
        first = pc.indices_nonzero(rows["facet"].is_null().combine_chunks())
        starts = np.from_dlpack(first).astype(np.int64)
        if rows.num_rows and (not len(starts) or starts[0]):
            raise ValueError("the first row has no cell")
        heads = rows.take(first)
        names = zip(heads["cross"].to_pylist(), heads["cell"].to_pylist(), strict=True)
        self._places: Mapping[Cell, int] = {(tuple(cross), tuple(cell)): i for i, (cross, cell) in enumerate(names)}
        self._bounds = np.append(starts, rows.num_rows)
        self._facets, self._facet = _distinct(rows)
        self._meant, self._offered = (numbers(rows[name]) for name in ("meant", "offered"))
        self._recent = lru_cache(maxsize=RECENT)(self._read)

    def tally(self, cell: Cell) -> Tally | None:
        """Return what was seen in a cell, not to be changed; None where nothing was."""
        place = self._places.get(cell)
        return None if place is None else self._recent(place)

    def _read(self, place: int) -> Tally:
        start, end = self._bounds[place : place + 2].tolist()
        facets = [self._facets[number] for number in self._facet[start + 1 : end].tolist()]
        meant, offered = (
            {facet: moments for facet, moments in zip(facets, column[start + 1 : end].tolist(), strict=True) if moments}
            for column in (self._meant, self._offered)
        )
        return Tally(meant, offered, float(self._offered[start]))

    def counts(self) -> Counts:
        """Return the same as counts that can be added to."""
        return Counts(self.crosses, {cell: self._read(place) for cell, place in self._places.items()})


def table(counts: Counts) -> pa.Table:
    """Return counts as a table (``SCHEMA``), in an order that does not depend on that of the examples."""
    rows = [
        (*map(list, cell), *(facet or (None, None)), tally.meant.get(facet, 0.0) if facet else 0.0, offered)
        for cell, tally in sorted(counts.tallies.items())
        for facet, offered in _offered(tally)
    ]
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


def _offered(tally: Tally) -> list[tuple[Facet | None, float]]:
    facets = sorted(tally.meant.keys() | tally.offered.keys())
    return [(None, tally.open), *((facet, tally.offered.get(facet, 0.0)) for facet in facets)]


def _distinct(rows: pa.Table) -> tuple[Sequence[Facet], npt.NDArray[np.int32]]:
    """Return the distinct facets of a table, and which one each row has."""
    numbers: dict[Facet, int] = {}
    batches = rows.select(["facet", "value"]).to_batches(MOST_AT_ONCE)
    pairs = (pair for batch in batches for pair in zip(*(column.to_pylist() for column in batch), strict=True))
    each = np.fromiter((numbers.setdefault(pair, len(numbers)) for pair in pairs), np.int32, rows.num_rows)
    return list(numbers), each
