"""CSV with a header: our fields by name, or foreign columns with a mapping.

Nested fields have dotted names (``interpretation.intent``); a cell for a list or a record, such as ``asr``,
holds JSON. An empty cell is an absent value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.delimited import Row, rows
from sayagain.log.readers.lines import BROKEN, reason
from sayagain.log.readers.mapping import check_columns, is_structured, nest
from sayagain.schema import Turn


def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Read | Rejected]:
    """Read one turn a row."""
    ours = {theirs: name for name, theirs in mapping.items()}
    table = rows(path, ",")
    header = next(table, None)
    if not isinstance(header, Row):
        return
    check_columns(path, header.cells, mapping)
    structured = {column for column in header.cells if is_structured(ours.get(column, column))}
    for row in table:
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            yield Read(Turn.model_validate(nest(_values(header.cells, row, structured), mapping)))
        except BROKEN as error:
            yield Rejected(str(path), row.line, reason(error))


def _values(columns: list[str], row: Row, structured: set[str]) -> dict[str, Any]:
    return {
        column: from_json(cell) if column in structured else cell
        for column, cell in zip(columns, row.cells, strict=True)
        if cell
    }
