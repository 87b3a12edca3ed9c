"""Hugging Face ``datasets``: a directory with Parquet files and a README whose head names them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.labels.exports.examples import rows

SCHEMA = pa.schema(
    [
        ("turn", pa.string()),
        ("heard", pa.string()),
        ("transcript", pa.string()),
        ("domain", pa.string()),
        ("intent", pa.string()),
        ("slots", pa.list_(pa.struct([("name", pa.string()), ("value", pa.string()), ("entity", pa.string())]))),
        ("action", pa.string()),
        ("confidence", pa.float64()),
        ("source", pa.string()),
    ]
)

README = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---

# Labels without annotators

Written by `sayagain label`; each row is a request with what was probably said and meant, and how sure that is.
"""

GROUP = 10_000
"""Rows that are held and written at a time."""


def write(labels: Path, to: Path) -> None:
    """Write the directory ``dataset``: ``datasets.load_dataset("DIR/dataset")`` reads it."""
    data = to / "dataset" / "data"
    data.mkdir(parents=True, exist_ok=True)
    (to / "dataset" / "README.md").write_text(README, encoding="utf8")
    with pq.ParquetWriter(data / "train-00000-of-00001.parquet", SCHEMA) as file:
        for batch in _batches(rows(labels)):
            file.write_table(pa.Table.from_pylist(batch, SCHEMA))


def _batches(found: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(found, GROUP)):
        yield [{name: row[name] for name in SCHEMA.names} for row in batch]
