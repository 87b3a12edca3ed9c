"""Foreign names for our fields: ``--map text=utterance --map interpretation.intent=intent_name``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from sayagain.errors import FormatError
from sayagain.schema import Turn

REQUIRED = ("time", "text")
"""What a turn cannot do without; a log without users is one user's."""


def nest(row: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return a row under our names, with dotted names as nested records and absent values left out.

    >>> nest({"utterance": "stop", "intent": "halt"}, {"text": "utterance", "interpretation.intent": "intent"})
    {'text': 'stop', 'interpretation': {'intent': 'halt'}}
    """
    ours = {theirs: name for name, theirs in mapping.items()}
    nested: dict[str, Any] = {}
    for column, value in row.items():
        if value is None:
            continue
        *parents, leaf = ours.get(column, column).split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return nested


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping onto a field that a turn does not have."""
    for name in mapping:
        if not _is_field(name.split("."), Turn.arrow_schema()):
            known = ", ".join(Turn.model_fields)
            raise FormatError(
                f"A turn has no field {name}", f"--map takes OURS=THEIRS, where OURS is one of {known}"
            )


def check_columns(path: Path, columns: list[str], mapping: Mapping[str, str]) -> None:
    """Refuse a table that lacks a required column, or one that the mapping names."""
    check_mapping(mapping)
    wanted = {name: name for name in REQUIRED} | dict(mapping)
    for name, theirs in wanted.items():
        if theirs not in columns:
            raise FormatError(
                f"{path} has no column {theirs} (it has: {', '.join(columns)})",
                f"Say which column holds it: --map {name}=COLUMN",
            )


def _is_field(names: list[str], schema: pa.Schema | pa.StructType) -> bool:
    head, *rest = names
    index = schema.get_field_index(head)
    if index < 0:
        return False
    kind = schema.field(index).type
    return not rest or (_is_field(rest, kind) if pa.types.is_struct(kind) else kind == pa.string())
