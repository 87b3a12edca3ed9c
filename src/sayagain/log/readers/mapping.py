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

    >>> nest({"said": "stop", "intent": "halt"}, {"text": "said", "interpretation.intent": "intent"})
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
        if _field(name) is None:
            known = ", ".join(Turn.model_fields)
            raise FormatError(f"A turn has no field {name}", f"--map takes OURS=THEIRS; OURS is one of {known}")


def check_columns(path: Path, columns: list[str], mapping: Mapping[str, str]) -> None:
    """Refuse a table that lacks a required column, or one that the mapping names."""
    check_mapping(mapping)
    for name, theirs in ({name: name for name in REQUIRED} | dict(mapping)).items():
        if theirs not in columns:
            raise FormatError(
                f"{path} has no column {theirs}", f"Say which of its columns holds it: --map {name}=COLUMN"
            )


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
