"""Requests that no assistant here serves: no failures, and what an owner may want to add."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.text.normalise import form_of

UNSUPPORTED = pa.schema(
    [
        pa.field("request", pa.string()),
        pa.field("intent", pa.string()),
        pa.field("turns", pa.int64(), nullable=False),
        pa.field("people", pa.int64(), nullable=False),
        pa.field("example", pa.string()),
    ]
)
"""The table ``unsupported``, most turns first: a request (normal form), what it was taken for (null where nothing), in
how many turns, by how many people, and one of the turns. What too few people say to be shown is one row at the end,
without a request."""

LIKELY = 0.5
"""Probability above which a request is listed."""


def unsupported(read: ir.Table, min_people: int) -> pa.Table:
    """Return the table ``unsupported`` of ``read_turns``: what ``min_people`` people say, and the rest in sum."""
    found = read.filter(read.p_unsupported > LIKELY).select("turn", "person", "text", "intent")
    groups: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for row in found.order_by(_.turn).to_pyarrow().to_pylist():
        groups.setdefault((form_of(row["text"]), row["intent"]), []).append(row)
    shown: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for (request, intent), rows in groups.items():
        if (row := _counted(rows))["people"] >= min_people:
            shown.append({"request": request, "intent": intent, **row, "example": rows[0]["turn"]})
        else:
            rest += rows
    shown.sort(key=lambda row: (-row["turns"], row["request"], row["intent"] or ""))
    return pa.Table.from_pylist([*shown, *([_counted(rest)] if rest else [])], schema=UNSUPPORTED)


def _counted(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"turns": len(rows), "people": len({row["person"] for row in rows})}
