"""The global index: requests that enough people say, how often they work, and what people say when they fail.

Two tables of a bundle (a third is that of ``spellings``). ``requests.parquet`` has one row a request: form, text,
meaning, people, visits, success (share of good ends), lost (share of turns in which the assistant understood nothing).
``ways.parquet`` has what people say again: form, meaning, share (of the turns that said the form), people, days, and
how much oftener than by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.bundle.layout import REQUESTS_FILE, SPELLINGS_FILE, WAYS_FILE
from sayagain.bundle.tables import numbers, read_table
from sayagain.guards.slots import SERVED_SHARE
from sayagain.retrieval.spellings import SPELLINGS_SCHEMA, Spellings, spellings_of
from sayagain.schema.meaning import slots_of
from sayagain.text.normalise import form_of

REQUESTS_SCHEMA = pa.schema({
    "form": pa.string(), "text": pa.string(), "meaning": pa.string(), "people": pa.int32(), "visits": pa.int32(),
    "success": pa.float32(), "lost": pa.float32(),
})  # fmt: skip
WAYS_SCHEMA = pa.schema({
    "form": pa.string(), "meaning": pa.string(), "share": pa.float32(), "people": pa.int32(),
    "days": pa.int32(), "oftener": pa.float32(),
})  # fmt: skip


class Behind(NamedTuple):
    """The evidence behind a way that people go; bundles of earlier releases tell of people alone."""

    people: int
    days: int = 0
    oftener: float = 0.0
    """Times oftener than by chance, at least (``guards.evidence.oftener``)."""


@dataclass(frozen=True)
class GlobalIndex:
    """The requests of everyone; entry i of each list is about request number i."""

    forms: list[str]
    texts: list[str]
    meanings: list[str | None]
    people: npt.NDArray[np.int32]
    visits: npt.NDArray[np.int32]
    success: npt.NDArray[np.float32]
    lost: npt.NDArray[np.float32]
    ways: dict[str, dict[str, float]]
    """Form → meaning → share of the turns that said the form after which people said that meaning again."""
    behind: dict[str, dict[str, Behind]]
    """Form → meaning → what stands behind that way."""
    spellings: Spellings = field(default_factory=dict)
    """Of forms that work in one spelling and fail in another, how each goes."""

    @classmethod
    def of(cls, requests: pa.Table, ways: pa.Table, spellings: pa.Table | None = None) -> Self:
        """Read the tables."""
        going: dict[str, dict[str, float]] = {}
        behind: dict[str, dict[str, Behind]] = {}
        for row in ways.to_pylist():
            going.setdefault(row["form"], {})[row["meaning"]] = row["share"]
            known = Behind(row["people"], row.get("days", 0), row.get("oftener", 0.0))
            behind.setdefault(row["form"], {})[row["meaning"]] = known
        return cls(
            requests["form"].to_pylist(),
            requests["text"].to_pylist(),
            requests["meaning"].to_pylist(),
            numbers(requests["people"]),
            numbers(requests["visits"]),
            numbers(requests["success"]),
            numbers(requests["lost"]) if "lost" in requests.column_names else np.zeros(len(requests), np.float32),
            going,
            behind,
            {} if spellings is None else spellings_of(spellings),
        )

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what a bundle holds in ``folder``; those of earlier releases know nothing of spellings."""
        requests = read_table(folder / REQUESTS_FILE, REQUESTS_SCHEMA, optional=["meaning"], shares=["success", "lost"])
        ways = read_table(folder / WAYS_FILE, WAYS_SCHEMA)
        respelled = folder / SPELLINGS_FILE
        return cls.of(requests, ways, read_table(respelled, SPELLINGS_SCHEMA) if respelled.is_file() else None)

    @classmethod
    def nobody(cls) -> Self:
        """Return what is known before there is a bundle."""
        counts, shares = np.empty(0, np.int32), np.empty(0, np.float32)
        return cls([], [], [], counts, counts, shares, shares, {}, {})

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each form."""
        return {form: i for i, form in enumerate(self.forms)}

    @cached_property
    def served(self) -> npt.NDArray[np.int64]:
        """The numbers of the requests that work."""
        return np.flatnonzero(self.success > SERVED_SHARE)

    @cached_property
    def working_words(self) -> frozenset[str]:
        """The words of requests that work."""
        return frozenset(word for i in self.served.tolist() for word in self.forms[i].split())

    @cached_property
    def values(self) -> dict[str, frozenset[str]]:
        """Of each slot value in requests that work, by its normal form, the slots: names that the assistant knows."""
        found: dict[str, frozenset[str]] = {}
        alone = dict[str, frozenset[str]]()  # most names are of one slot: one set for all of them
        for meaning in {self.meanings[i] for i in self.served.tolist()}:
            for slot, name in slots_of(meaning):
                value, one = form_of(name), alone.setdefault(slot, frozenset({slot}))
                before = found.get(value, one)
                found[value] = one if before is one else before | one
        return found

    @cached_property
    def best(self) -> dict[str, int]:
        """Of each meaning that people go on to, the number of its surest wording: most good ends for its visits."""
        worth = self.success * self.visits / (self.visits + 2.0)
        wanted = {meaning for ways in self.ways.values() for meaning in ways}
        found: dict[str, int] = {}
        for i in self.served[np.argsort(worth[self.served], kind="stable")].tolist():
            meaning = self.meanings[i]
            if meaning is not None and meaning in wanted:
                found[meaning] = i
        return found
