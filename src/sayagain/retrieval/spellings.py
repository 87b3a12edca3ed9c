"""Spellings of requests for everyone: of one normal form, those that the assistant refuses and those that it serves.

One table of a bundle, ``spellings.parquet``, a row a spelling: form, spelling, text (the commonest that enough people
wrote, else the spelling), works, and behind that people, days and turns. Only what an assistant says itself counts, by
status or by words: no label is needed to see that it took "Radio 1" and not "radio one".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

SPELLINGS_SCHEMA = pa.schema({
    "form": pa.string(), "spelling": pa.string(), "text": pa.string(), "works": pa.bool_(), "people": pa.int32(),
    "days": pa.int32(), "turns": pa.int32(),
})  # fmt: skip


@dataclass(frozen=True)
class Spelled:
    """How one spelling goes for everyone, and what stands behind that."""

    text: str
    works: bool
    people: int
    days: int
    turns: int


Spellings = Mapping[str, Mapping[str, Spelled]]
"""Form → spelling → how it goes."""


def spellings_of(table: pa.Table) -> Spellings:
    """Read the table."""
    found: dict[str, dict[str, Spelled]] = {}
    for form, spelling, *how in zip(*(table[name].to_pylist() for name in SPELLINGS_SCHEMA.names), strict=True):
        found.setdefault(form, {})[spelling] = Spelled(*how)
    return found
