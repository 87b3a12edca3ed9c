"""What of a log may be published: what at least k people said, or were understood as, themselves.

The one place that decides it, for every file of a bundle: what is not in the table ``public`` is not written. People
who say a request do not stand behind all that is known of it: five who say "take me home" mean five addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.log.people import with_person
from sayagain.log.requests import Requests, joined_slots, understood, with_wording
from sayagain.schema.meaning import Meaning, joined, slots_of, slots_text
from sayagain.schema.rewrite import Rewrite

TEXT, MEANING, MEANT, SLOT, VALUE = "text", "meaning", "meant", "slot", "value"
"""Kinds of what is public: how a request may be shown, and what it may be said to mean, the commonest first; a meaning,
the name of a slot, and a slot with its value, whatever the request."""

KINDS = (TEXT, MEANING, MEANT, SLOT, VALUE)

PUBLIC_SCHEMA = pa.schema({"kind": pa.string(), "request": pa.string(), "value": pa.string()})

Row = tuple[str, str | None, str | None]
"""Kind, request (normal form; None for the kinds that are of no request) and value."""


def public(turns: ir.Table, requests: Requests, min_people: int) -> pa.Table:
    """Return the table ``public``: all that ``min_people`` people stand behind.

    A request that enough people say is shown as the commonest of its texts that enough people wrote, else as its normal
    form. It means the commonest of what enough people meant by it. Where each meant something else, and only the intent
    is common, the request stands for its values (``navigate|=take me home``): it keeps the intent, which guards read,
    and is not taken for another request with the same one.
    """
    ways = _Ways.of(understood(turns).to_pyarrow(), requests)
    behind = _Behind(turns, ways, min_people)
    rows = dict.fromkeys([*_of_requests(ways, requests.states, behind), *_of_anything(behind)])
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=PUBLIC_SCHEMA)


@dataclass(frozen=True)
class Public:
    """What of a log may be published; everything that a bundle holds is asked for here."""

    shown: Mapping[str, str]
    """Request that enough people say (normal form) → the text that shows it."""
    texts: frozenset[str]
    """All texts that enough people wrote."""
    meanings: Mapping[str, str | None]
    """Request → what it may be said to mean."""
    meant: frozenset[str]
    """All meanings that enough people were understood with."""
    slots: frozenset[str]
    """Names of slots that enough people filled."""
    values: frozenset[str]
    """Slots that enough people filled with the same value (``schema.meaning.slots_text``)."""

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """Read the table ``public``."""
        kinds: dict[str, list[tuple[str, Any]]] = {kind: [] for kind in KINDS}
        for kind, request, value in zip(*(table[name].to_pylist() for name in PUBLIC_SCHEMA.names), strict=True):
            kinds[kind].append((request, value))
        shown, meanings = (dict(reversed(kinds[kind])) for kind in (TEXT, MEANING))  # the commonest stands first
        texts, meant, slots, values = (
            frozenset(value for _, value in kinds[kind]) for kind in (TEXT, MEANT, SLOT, VALUE)
        )
        return cls(shown, texts, meanings, meant, slots, values)

    def allows(self, rewrite: Rewrite) -> bool:
        """Return whether enough people say all that a rewrite quotes: its two sides, and the steps between them."""
        steps = (rewrite.source, rewrite.target_state, *rewrite.path)
        return all(form in self.shown for form in steps) and rewrite.target in self.texts

    def worded(self, requests: pa.Table) -> pa.Table:
        """Return the table ``requests`` with public texts alone: what is not shown otherwise has its normal form."""
        texts = [self.shown.get(form, form) for form in requests["state"].to_pylist()]
        at = requests.schema.get_field_index("text")
        return requests.set_column(at, "text", pa.array(texts, pa.string()))


@dataclass(frozen=True)
class _Ways:
    """How each text was understood, the commonest first; entry i of each list is about row i of ``understood``."""

    wording: pa.ChunkedArray
    state: list[int]
    text: list[str]
    intent: list[str | None]
    meaning: list[str | None]

    @classmethod
    def of(cls, said: pa.Table, requests: Requests) -> Self:
        """Read what ``understood`` returned."""
        number = dict(zip(requests.numbers["text"].to_pylist(), requests.numbers["state"].to_pylist(), strict=True))
        texts, intents = said["text"].to_pylist(), said["intent"].to_pylist()
        slots = [joined_slots(each) for each in said["slots"].to_pylist()]
        meanings = [joined(*way) for way in zip(intents, slots, strict=True)]
        return cls(said["wording"], [number[text] for text in texts], texts, intents, meanings)


class _Behind:
    """The people behind what was said and understood."""

    def __init__(self, turns: ir.Table, ways: _Ways, min_people: int) -> None:
        """Count the people of ``turns`` behind what ``ways`` tells of them."""
        columns = {"wording": ways.wording, "state": pa.array(ways.state, pa.int32())}
        for name, values in (("text", ways.text), ("intent", ways.intent), ("meaning", ways.meaning)):
            columns[name] = pa.array(values, pa.string())
        said = with_person(with_wording(turns)).select("wording", "person").distinct()
        self._said = said.join(ibis.memtable(pa.table(columns)), "wording").drop("wording").cache()
        self._meanings = dict.fromkeys(meaning for meaning in ways.meaning if meaning is not None)
        self._min_people = min_people

    def enough(self, *by: str) -> set[tuple[Any, ...]]:
        """Return the combinations of state, text, intent and meaning (some of them) that enough people stand behind."""
        return self._enough(self._said, *by)

    @cached_property
    def slots(self) -> set[str]:
        """The names of slots that enough people filled, with whatever values."""
        return self._parts(lambda name, value: name)

    @cached_property
    def values(self) -> set[str]:
        """The slots that enough people filled with the same value, in whatever requests."""
        return self._parts(lambda name, value: slots_text([(name, value)]))

    def _parts(self, part: Callable[[str, str], str]) -> set[str]:
        """Return the parts of meanings, one of each slot and its value, that enough people stand behind."""
        pairs = [(meaning, part(*slot)) for meaning in self._meanings for slot in slots_of(meaning)]
        if not pairs:
            return set()
        meanings, parts = zip(*pairs, strict=True)
        filled = self._said.join(ibis.memtable(pa.table({"meaning": meanings, "part": parts})), "meaning")
        return {name for (name,) in self._enough(filled, "part")}

    def _enough(self, said: ir.Table, *by: str) -> set[tuple[Any, ...]]:
        people = said.select(*by, "person").distinct().group_by(*by).aggregate(people=_.count())
        rows = people.filter(_.people >= self._min_people).select(*by).to_pyarrow()
        return set(zip(*(rows[name].to_pylist() for name in by), strict=True))


def _of_requests(ways: _Ways, states: Sequence[str], behind: _Behind) -> Iterator[Row]:
    """Yield how each request may be shown, and what it may be said to mean."""
    said, texts = behind.enough("state"), behind.enough("text")
    meant, intended = behind.enough("state", "meaning"), behind.enough("state", "intent")
    shown, explained = set[int](), set[int]()
    for state, text, meaning in zip(ways.state, ways.text, ways.meaning, strict=True):
        if (text,) in texts:
            shown.add(state)
            yield TEXT, states[state], text
        if (state, meaning) in meant:
            explained.add(state)
            yield MEANING, states[state], meaning
    yield from ((TEXT, states[state], states[state]) for (state,) in said if state not in shown)
    for state, intent in zip(ways.state, ways.intent, strict=True):
        if intent is not None and state not in explained and (state, intent) in intended:
            yield MEANING, states[state], Meaning(intent, (("", states[state]),)).text


def _of_anything(behind: _Behind) -> Iterator[Row]:
    """Yield what is public whatever the request."""
    yield from ((MEANT, None, meaning) for (meaning,) in behind.enough("meaning") if meaning is not None)
    yield from ((SLOT, None, name) for name in behind.slots)
    yield from ((VALUE, None, slot) for slot in behind.values)
