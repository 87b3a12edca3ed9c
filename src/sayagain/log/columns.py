"""What a file's columns are called and what they hold, by its beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.log.readers import delimited
from sayagain.log.readers.lines import json_records, object_of
from sayagain.log.readers.names import paths

MAPPED = ("csv", "jsonl", "parquet")
"""Formats whose names may be others' than ours."""
LOOKED_AT = 50
"""Objects of a file whose names are looked at."""
SAMPLED = 200
"""Rows whose values are looked at."""


def names_of(path: Path, format: str, encoding: str | None = None, share: float = 0.0) -> list[str]:
    """Return the names that a file has: columns, or the paths to the plain values of its objects.

    Args:
        path: the file.
        format: what it is.
        encoding: its encoding; by default it is found.
        share: share of the objects that must have a name.
    """
    if format == "csv":
        header = next(delimited.rows(path, None, encoding), None)
        return header.cells if isinstance(header, delimited.Row) else []
    if format == "parquet":
        return _columns(path)
    found = Counter[str]()
    objects = 0
    for each in _objects(path, encoding, LOOKED_AT):
        found.update(dict.fromkeys(paths(each), 1))
        objects += 1
    return [name for name, count in found.items() if count >= share * objects]


def sample_of(path: Path, format: str, encoding: str | None = None) -> list[dict[str, Any]]:
    """Return the first rows of a file, under its own names."""
    if format == "csv":
        first = islice(delimited.rows(path, None, encoding), SAMPLED + 1)
        rows = [each.cells for each in first if isinstance(each, delimited.Row)]
        return [dict(zip(rows[0], cells, strict=True)) for cells in rows[1:]]
    if format == "parquet":
        return _first_rows(path)
    return list(_objects(path, encoding, SAMPLED))


def _objects(path: Path, encoding: str | None, most: int) -> Iterator[dict[str, Any]]:
    for _, record in islice(json_records(path, encoding=encoding), most):
        try:
            yield object_of(record)
        except ValueError:
            continue


def _columns(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (OSError, pa.ArrowException):
        return []  # the reader says what is wrong


def _first_rows(path: Path) -> list[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            first = next(file.iter_batches(SAMPLED), None)
            return [] if first is None else first.to_pylist(maps_as_pydicts="lossy")
    except (OSError, pa.ArrowException, ValueError, OverflowError):
        return []  # the reader says what is wrong
