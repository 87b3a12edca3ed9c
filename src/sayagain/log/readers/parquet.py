"""Parquet: files of a SayAgain log as they are, or foreign tables with a mapping of column names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import to_jsonable_python

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.lines import BROKEN, reason
from sayagain.log.readers.mapping import check_columns, nest
from sayagain.schema import Turn

ROWS = 10_000
"""Rows held in memory at a time."""


def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Read | Rejected]:
    """Read one turn a row; ``line`` of a rejection is the number of the row.

    Raises:
        FormatError: the file is missing, is not Parquet, or lacks a required column.
    """
    try:
        with pq.ParquetFile(path) as file:
            check_columns(path, file.schema_arrow.names, mapping)
            turn = _turn_reader(file.schema_arrow, mapping)
            number = 0
            for batch in file.iter_batches(ROWS):
                for row in batch.to_pylist(maps_as_pydicts="lossy"):
                    number += 1
                    try:
                        yield Read(turn(row))
                    except BROKEN as error:
                        yield Rejected(str(path), number, reason(error))
    except FileNotFoundError as error:
        raise FormatError(f"There is no file {path}", "Check the path") from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not a whole Parquet file", "Check --format, or write it again") from error


def _turn_reader(schema: pa.Schema, mapping: Mapping[str, str]) -> Callable[[dict[str, Any]], Turn]:
    """Rows of our own files hold unknown fields as JSON; rows of others any values, of which JSON is made."""
    if not mapping and set(Turn.arrow_schema().names) <= set(schema.names):
        return Turn.from_row
    return lambda row: Turn.model_validate(nest(to_jsonable_python(row, inf_nan_mode="null"), mapping))
