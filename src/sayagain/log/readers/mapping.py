"""Foreign names for our fields: ``--map text=utterance --map interpretation.intent=message.nlu.0.label``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from sayagain.errors import FormatError
from sayagain.log.readers.names import ROLE, map_options, proposed
from sayagain.schema import Turn

REQUIRED = ("time", "text")
"""What a turn cannot do without; a log without users is one user's."""

TOGETHER = "+"
"""Between the names of two columns that hold one time: ``--map time=DAY+CLOCK``."""
ABSENT = object()
"""Stands for what is not there."""

_NO_NAME = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|^\d+$|(?:\S+\s+){4}\S")
"""What a first row has where it is no header: a date, a number, five words."""

MOST_NAMES = 30
"""Names of a file that a message lists."""


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """Return the value of a name, or of a path with dots into lists and objects; ``ABSENT`` where there is none.

    >>> value_at({"message": {"content": [{"text": "stop"}]}}, "message.content.0.text")
    'stop'
    """
    if path in row:
        return row[path]
    place: Any = row
    for part in path.split("."):
        if isinstance(place, Mapping) and part in place:
            place = place[part]
        elif isinstance(place, list) and part.isdecimal() and int(part) < len(place):
            place = place[int(part)]
        else:
            return ABSENT
    return place


def nest(row: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return a row under our names, with dotted names as nested records and absent values left out.

    >>> nest({"said": "stop", "intent": "halt"}, {"text": "said", "interpretation.intent": "intent"})
    {'text': 'stop', 'interpretation': {'intent': 'halt'}}
    """
    theirs = set(mapping.values())
    named = [(ours, value_at(row, path)) for ours, path in mapping.items()]
    others = [(name, value) for name, value in row.items() if name not in theirs and name not in mapping]
    nested: dict[str, Any] = {}
    for name, value in (*others, *named):
        if value is None or value is ABSENT:
            continue
        *parents, leaf = name.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return nested


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping onto a field that a turn does not have."""
    for name in mapping:
        if name != ROLE and _field(name) is None:
            known = ", ".join(Turn.model_fields)
            raise FormatError(f"A turn has no field {name}", f"--map takes OURS=THEIRS; OURS is one of {known}, {ROLE}")


def check_columns(path: Path, columns: list[str], mapping: Mapping[str, str]) -> None:
    """Refuse a table that lacks a required column, or one that the mapping names."""
    check_mapping(mapping)
    wanted = {name: name for name in REQUIRED} | dict(mapping)
    lacking = {name: theirs for name, theirs in wanted.items() if not is_there(theirs, columns)}
    if lacking:
        if len(columns) < 2 or any(map(_NO_NAME.search, columns)):  # what stands there may be what somebody said
            raise FormatError(f"{path} is not a table with a header", "Begin it with a line that names the columns")
        likely = proposed(columns, {name: theirs for name, theirs in mapping.items() if name not in lacking}, lacking)
        maps = map_options(dict.fromkeys(lacking, "COLUMN") | likely)
        raise FormatError(
            f"{path} has no column {' and no column '.join(lacking.values())}; it has {listed(columns)}",
            f"Say which of its columns holds what: {maps}",
        )


def is_there(theirs: str, columns: Iterable[str]) -> bool:
    """Return whether a table has a column, the one that a path begins in, or both that hold one time together."""
    columns = {*columns}
    return not columns.isdisjoint([theirs, theirs.partition(".")[0]]) or columns.issuperset(theirs.split(TOGETHER))


def listed(names: Iterable[str]) -> str:
    """Return the names of a file for a message."""
    names = list(names)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more or "none"


def is_structured(name: str) -> bool:
    """Return whether a field of Turn holds a list or a record rather than one value.

    >>> is_structured("interpretation.slots"), is_structured("text")
    (True, False)
    """
    kind = _field(name)
    return kind is not None and pa.types.is_nested(kind)


def _field(name: str) -> pa.DataType | None:
    """Return the Arrow type of a field of Turn, given by its dotted name; None where there is none."""
    kind: pa.DataType = pa.struct(list(Turn.arrow_schema()))
    for part in name.split("."):
        index = kind.get_field_index(part) if pa.types.is_struct(kind) else -1
        if index < 0:
            return None
        kind = kind.field(index).type
    return kind
