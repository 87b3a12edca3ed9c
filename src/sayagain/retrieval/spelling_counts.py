"""The counts of spellings in a log: of one normal form, those that the assistant refuses and those that it serves."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.guards.responses import admits_not_understood
from sayagain.log.anonymity import Public
from sayagain.log.requests import Requests
from sayagain.log.tables import exchanges
from sayagain.retrieval.spellings import SPELLINGS_SCHEMA
from sayagain.schema.turn import REPORTED
from sayagain.text.normalise import EMPTY
from sayagain.text.spelling import spelling_of

WORKS_FROM, FAILS_UP_TO = 0.8, 0.1
"""Shares of served turns from which a spelling works, and up to which it fails; between them nothing is known."""


def count_spellings(turns: ir.Table, requests: Requests, public: Public, min_people: int) -> pa.Table:
    """Return the spellings of the forms that have one that works and one that fails, from a log.

    Args:
        turns: the log.
        requests: what its texts are.
        public: what may be published of them.
        min_people: people who must stand behind what is said of a spelling.
    """
    texts = _varied(requests)
    if not texts.num_rows:
        return SPELLINGS_SCHEMA.empty_table()
    understands = any(intent is not None for intent in requests.intents)  # the assistant tells what it understands
    said = _judged(exchanges(turns, admits_not_understood).join(ibis.memtable(texts), "text"), understands).cache()
    tally = {"people": _.user.nunique(), "days": _.day.nunique(), "turns": _.count()}
    counted = said.group_by("form", "spelling", "served").aggregate(**tally).order_by("form", "spelling").to_pyarrow()
    often = said.group_by("form", "spelling", "text").aggregate(turns=_.count()).order_by(_.turns, ibis.desc("text"))
    written = [row for row in often.to_pyarrow().to_pylist() if row["text"] in public.texts]
    text = {(row["form"], row["spelling"]): row["text"] for row in written}
    ends: dict[tuple[str, str], dict[bool, dict[str, int]]] = {}
    for row in counted.to_pylist():
        ends.setdefault((row.pop("form"), row.pop("spelling")), {})[row.pop("served")] = row
    sure = {name: row for name, end in ends.items() if (row := _how(end)) and row["people"] >= min_people}
    mixed = [{form for (form, spelling), row in sure.items() if row["works"] is works} for works in (True, False)]
    rows = [
        {"form": form, "spelling": spelling, "text": text.get((form, spelling), spelling), **row}
        for (form, spelling), row in sure.items()
        if form in mixed[0] & mixed[1]
    ]
    return pa.Table.from_pylist(rows, schema=SPELLINGS_SCHEMA)


def _varied(requests: Requests) -> pa.Table:
    """Return (text, form, spelling) of the texts whose normal form is spelled in several ways."""
    texts, states = (requests.numbers[name].to_pylist() for name in ("text", "state"))
    spellings = [spelling_of(text) if state != EMPTY else "" for text, state in zip(texts, states, strict=True)]
    ways: dict[int, set[str]] = {}
    for state, spelling in zip(states, spellings, strict=True):
        ways.setdefault(state, set()).add(spelling)
    kept = [at for at, state in enumerate(states) if len(ways[state]) > 1]
    columns = (texts, [requests.states[state] for state in states], spellings)
    return pa.table(
        [pa.array([column[at] for at in kept], pa.string()) for column in columns], ["text", "form", "spelling"]
    )


def _judged(said: ir.Table, understands: bool) -> ir.Table:
    """Return the turns that the layer did not rewrite, with what the assistant itself says: whether it served them."""
    at_a_loss = said.lost | said.sorry | said.at_a_loss | (~said.understood if understands else False)
    refused = (said.status.isin(REPORTED) | at_a_loss).fill_null(False)
    served = ibis.coalesce(said.status == "ok", said.replied | said.understood)
    told = said.filter(~said.rewritten & (refused | served))
    return told.select("user", "day", "text", "form", "spelling", served=~refused)


def _how(ends: Mapping[bool, Mapping[str, int]]) -> dict[str, int]:
    """Return whether a spelling works, and what stands behind that; nothing where it does now and then."""
    served = ends[True]["turns"] if True in ends else 0
    share = served / sum(end["turns"] for end in ends.values())
    works = share >= WORKS_FROM
    return {"works": works, **ends[works]} if works or share <= FAILS_UP_TO else {}
