"""The files of a model of choices: the trees, the counts as a table, and what stands beside them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from sayagain.bundle import trees
from sayagain.bundle.damage import damaged
from sayagain.bundle.layout import CHOICE_COUNTS_FILE, CHOICE_DESIGN_FILE, CHOICE_TREES_FILE
from sayagain.choices.counts import Counts, Facet, Tally
from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.features import Design
from sayagain.choices.ranker import Ranker

SCHEMA = pa.schema([
    pa.field("cross", pa.list_(pa.string())), pa.field("cell", pa.list_(pa.string())),
    pa.field("facet", pa.string()), pa.field("value", pa.string()),
    pa.field("meant", pa.float64()), pa.field("offered", pa.float64()),
])  # fmt: skip
"""A row a facet in a cell; a row without a facet holds, as offered, the open moments of the cell."""


def write(ranker: Ranker, folder: Path) -> None:
    """Write a ranker into a folder."""
    (folder / CHOICE_TREES_FILE).write_bytes(ranker.trees.save_raw("ubj"))
    pq.write_table(table(ranker.everyone), folder / CHOICE_COUNTS_FILE)
    plain = {"design": asdict(ranker.design), "columns": ranker.design.columns, "temperature": ranker.temperature}
    (folder / CHOICE_DESIGN_FILE).write_text(json.dumps(plain, indent=1) + "\n", encoding="utf8")


def read(folder: Path) -> Ranker:
    """Read what :func:`write` wrote.

    Raises:
        BundleError: a file is damaged.
    """
    try:
        plain = json.loads((folder / CHOICE_DESIGN_FILE).read_bytes())
        design = TypeAdapter(Design).validate_python(plain["design"])
        temperature = float(plain["temperature"])
        columns = tuple(plain["columns"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(folder / CHOICE_DESIGN_FILE, "it describes no model of choices") from error
    if columns != design.columns:
        raise damaged(folder / CHOICE_DESIGN_FILE, "its model reads other columns than this release gives")
    try:
        counts = counts_of(pq.read_table(folder / CHOICE_COUNTS_FILE, schema=SCHEMA), design.crosses)
    except pa.ArrowInvalid as error:
        raise damaged(folder / CHOICE_COUNTS_FILE, "it is no table of counts") from error
    trees.check(folder / CHOICE_TREES_FILE, len(columns))
    import xgboost as xgb  # noqa: PLC0415 - it loads much, and only who reads trees needs it

    booster = xgb.Booster({"nthread": 1}, model_file=folder / CHOICE_TREES_FILE)
    return Ranker(design, counts, booster, temperature)


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


def counts_of(rows: pa.Table, crosses: Crosses) -> Counts:
    """Return the counts of a table."""
    counts = Counts(crosses)
    for row in rows.to_pylist():
        cell: Cell = (tuple(row["cross"]), tuple(row["cell"]))
        tally = counts.tallies.setdefault(cell, Tally())
        if row["facet"] is None:
            tally.open = row["offered"]
        else:
            facet = row["facet"], row["value"]
            for moments, name in ((tally.meant, "meant"), (tally.offered, "offered")):
                if row[name]:
                    moments[facet] = row[name]
    return counts
