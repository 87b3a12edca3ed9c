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
from sayagain.bundle.tables import read_table
from sayagain.choices.count_table import SCHEMA, CountTable, table
from sayagain.choices.counts import Counts
from sayagain.choices.features import Design
from sayagain.choices.ranker import Ranker
from sayagain.extras import load_xgboost


def write(ranker: Ranker, folder: Path) -> None:
    """Write a ranker into a folder."""
    (folder / CHOICE_TREES_FILE).write_bytes(ranker.trees.save_raw("ubj"))
    assert isinstance(ranker.everyone, Counts)  # learned, and not read from a file
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
        rows = read_table(folder / CHOICE_COUNTS_FILE, SCHEMA, optional=["facet", "value"])
        counts = CountTable(design.crosses, rows)
    except (pa.ArrowInvalid, ValueError, KeyError) as error:
        raise damaged(folder / CHOICE_COUNTS_FILE, "it is no table of counts") from error
    trees.check(folder / CHOICE_TREES_FILE, len(columns))
    load_xgboost()
    import xgboost as xgb  # noqa: PLC0415 - it loads much, and only who reads trees needs it

    booster = xgb.Booster({"nthread": 1}, model_file=folder / CHOICE_TREES_FILE)
    return Ranker(design, counts, booster, temperature)
