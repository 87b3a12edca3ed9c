"""CSV with a header: our fields by name, or foreign columns with a mapping.

Nested fields have dotted names (``interpretation.intent``); a cell for a list or a record, such as ``asr``,
holds JSON. An empty cell is an absent value.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from sayagain.log.readers import delimited
from sayagain.log.readers.contract import Hints, Read, Rejected
from sayagain.log.readers.lines import BROKEN, reason
from sayagain.log.readers.mapping import check_columns, is_structured
from sayagain.log.readers.rows import Row, turns


def read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    """Read one turn, or one message, a row."""
    table = delimited.rows(path, None, hints.encoding)
    header = next(table, None)
    if not isinstance(header, delimited.Row):
        return
    columns = header.cells
    check_columns(path, columns, hints.mapping)
    named = [(theirs, ours) for ours, theirs in hints.mapping.items()]
    inside = {theirs.partition(".")[0] for theirs, _ in named if theirs not in columns}
    ours = {theirs for theirs, name in named if is_structured(name)}
    structured = inside | ours | {column for column in columns if is_structured(column)}
    yield from turns(path, _rows(path, columns, table, structured), hints, columns)


def _rows(
    path: Path, columns: list[str], table: Iterator[delimited.Row | Rejected], structured: set[str]
) -> Iterator[Row | Rejected]:
    for row in table:
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            yield Row(row.line, _values(columns, row, structured))
        except BROKEN as error:
            yield Rejected(str(path), row.line, reason(error))


def _values(columns: list[str], row: delimited.Row, structured: set[str]) -> dict[str, Any]:
    return {
        column: from_json(cell) if column in structured else cell
        for column, cell in zip(columns, row.cells, strict=True)
        if cell
    }
