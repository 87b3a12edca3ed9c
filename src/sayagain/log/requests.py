"""The requests of a log, numbered: what was said, in normal form, and how it was usually understood.

Distinct texts are few beside turns: Python reads each once, and everything after works on numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir

from sayagain.schema.meaning import slots_text
from sayagain.text.normalise import EMPTY, normalise, why_empty


@dataclass(frozen=True)
class Requests:
    """All requests of a log; entry i of each list is about request number i."""

    states: list[str]
    """Normal forms; the first is the empty one."""
    texts: list[str]
    """The raw text of each that was most often understood in one way."""
    intents: list[str | None]
    """The intent that this text was most often understood as, together with ``slots`` ("domain.intent")."""
    slots: list[str | None]
    """The slots that it was most often understood with: "name=value" pairs, sorted, joined by ";"."""
    numbers: pa.Table
    """(text, state): the number of every raw text."""
    understood_so: npt.NDArray[np.float64]
    """Turns that were understood as the request is usually."""
    said: npt.NDArray[np.float64]
    """Turns that said it, in which the layer left it alone."""

    @classmethod
    def of(cls, turns: ir.Table) -> Self:
        """Read the requests of a log; each is known by the text and meaning that it was most often said with.

        What the layer made of a request has a number, too, whether or not anybody says it.
        """
        said = understood(turns).to_pyarrow()
        made = turns.filter(turns.layer.rewrite.notnull()).select(text=turns.layer.rewrite).distinct().order_by("text")
        said = pa.concat_tables([said, pa.Table.from_pylist(made.to_pyarrow().to_pylist(), said.schema)])
        texts = said["text"].to_pylist()
        forms = [normalise(text) for text in texts]
        states = list(dict.fromkeys(["", *sorted(forms)]))
        number = {form: i for i, form in enumerate(states)}
        state = np.array([number[form] for form in forms], dtype=np.int32)
        numbers = pa.table({"text": texts, "state": state})
        _, distinct = np.unique(np.array(texts, dtype=object), return_index=True)
        heard, commonest = np.unique(state, return_index=True)
        row = np.full(len(states), -1)
        row[heard] = commonest
        usual = said.select(["text", "intent", "slots"]).take(pa.array(row, mask=row < 0))
        turns_so = said["turns"].fill_null(0).to_numpy().astype(np.float64)
        return cls(
            states,
            [text or "" for text in usual["text"].to_pylist()],
            usual["intent"].to_pylist(),
            [joined_slots(slots) for slots in usual["slots"].to_pylist()],
            numbers.take(distinct),
            np.where(row < 0, 0.0, turns_so[row]) if len(turns_so) else np.zeros(len(states)),
            np.bincount(state, turns_so, len(states)).astype(np.float64),
        )

    def passed_over(self, turns: ir.Table) -> dict[str, int]:
        """Return how many turns have no request in them, by the reason; ``turns`` are those that this was read from."""
        texts = self.numbers.filter(pc.equal(self.numbers["state"], EMPTY))["text"].to_pylist()
        if not texts:
            return {}
        reasons = ibis.memtable(pa.table({"text": texts, "reason": [why_empty(text) for text in texts]}))
        counted = turns.select("text").join(reasons, "text").group_by("reason").aggregate(turns=_.count())
        return {row["reason"]: row["turns"] for row in counted.order_by(ibis.desc("turns")).to_pyarrow().to_pylist()}

    @cached_property
    def meanings(self) -> npt.NDArray[np.int64]:
        """A number for each request, the same for requests that are understood with the same intent and slots.

        A request that is not understood means itself.
        """
        keys = [
            (intent, slots) if intent is not None else (form,)
            for form, intent, slots in zip(self.states, self.intents, self.slots, strict=True)
        ]
        number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        return np.array([number[key] for key in keys], dtype=np.int64)

    def acted(self, act: Callable[[str], str | None]) -> pa.Table:
        """Return ``numbers`` with a column ``act``: what ``act`` says that the form does besides asking."""
        return self.numbers.append_column(
            "act", self.by_text(pa.array([act(form) for form in self.states], pa.string()))
        )

    def by_text(self, values: pa.Array) -> pa.ChunkedArray:
        """Return, for each row of ``numbers``, the one of ``values`` that is about its request."""
        return pa.chunked_array([values.take(self.numbers["state"].combine_chunks())])

    def table(self) -> pa.Table:
        """Return all but ``numbers`` as a table, one row a request."""
        columns = {"state": self.states, "text": self.texts, "intent": self.intents, "slots": self.slots}
        return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def with_wording(turns: ir.Table) -> ir.Table:
    """Add ``intent`` (with its domain), ``slots`` (sorted) and ``wording``, a hash of these and the text.

    A turn that the layer rewrote was understood as what the rewrite means: of its own words that tells nothing.
    """
    meaning, own = turns.interpretation, turns.layer.rewrite.isnull()
    intent = ibis.coalesce(meaning.domain + ".", "") + meaning.intent
    told = turns.mutate(
        intent=ibis.ifelse(own, intent, ibis.null("string")),
        slots=ibis.ifelse(own, meaning.slots.sort(), ibis.null(meaning.slots.type())),
    )
    return told.mutate(wording=ibis.struct({"text": told.text, "intent": told.intent, "slots": told.slots}).hash())


def understood(turns: ir.Table) -> ir.Table:
    """Return how often each text was understood in each way (intent and slots), the commonest first.

    Turns that the layer rewrote count as none: of a text that was never said otherwise nothing is known, and last.
    """
    ways = with_wording(turns).group_by("wording", "text", "intent", "slots")
    ways = ways.aggregate(turns=_.layer.rewrite.isnull().sum())
    return ways.order_by(ibis.desc("turns"), "text", "intent", "slots")


def joined_slots(slots: list[dict[str, str]] | None) -> str | None:
    """Return the part of a meaning's text that stands for the slots of a log's row; None of none."""
    if slots is None:
        return None
    return slots_text((slot["name"].lower(), slot["value"].lower()) for slot in slots)
