"""Parquet: files of a SayAgain log as they are, or foreign tables with a mapping of column names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import to_jsonable_python

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Hints, Read, Rejected
from sayagain.log.readers.lines import BROKEN, reason
from sayagain.log.readers.mapping import check_columns
from sayagain.log.readers.rows import TIMES, Row, turns
from sayagain.schema import Turn

ROWS = 10_000
"""Rows held in memory at a time."""


SINCE = frozenset({"sequence"}) | Turn.promoted
"""Columns that logs of earlier releases lack."""


def read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    """Read one turn, or one message, a row; ``line`` of a rejection is the number of the row.

    Raises:
        FormatError: the file is missing, is not Parquet, or lacks a required column.
    """
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            check_columns(path, columns, hints.mapping)
            ours = not hints.mapping and set(Turn.arrow_schema().names) - SINCE <= set(columns)
            yield from (
                _of_a_log(path, _rows(file)) if ours else turns(path, _plain(path, _rows(file), hints), hints, columns)
            )
    except FileNotFoundError as error:
        raise FormatError(f"There is no file {path}", "Check the path") from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not a whole Parquet file", "Check --format, or write it again") from error


def _rows(file: pq.ParquetFile) -> Iterator[Row]:
    number = 0
    for batch in file.iter_batches(ROWS):
        for row in batch.to_pylist(maps_as_pydicts="lossy"):
            number += 1
            yield Row(number, row)


def _of_a_log(path: Path, rows: Iterator[Row]) -> Iterator[Read | Rejected]:
    """Yield the turns of a file of a log, where unknown fields are JSON in a column of their own."""
    for row in rows:
        try:
            yield Read(Turn.from_row(row.values))
        except BROKEN as error:
            yield Rejected(str(path), row.line, reason(error))


def _plain(path: Path, rows: Iterator[Row], hints: Hints) -> Iterator[Row | Rejected]:
    """Make JSON of the values of foreign rows; their times stay what they are, for what reads times."""
    times = {hints.mapping.get(name, name) for name in TIMES}
    for row in rows:
        try:
            yield Row(row.line, {name: _json(value, name in times) for name, value in row.values.items()})
        except BROKEN as error:
            yield Rejected(str(path), row.line, reason(error))


def _json(value: Any, is_time: bool) -> Any:
    return value if is_time else to_jsonable_python(value, inf_nan_mode="null")
