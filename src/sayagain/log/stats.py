"""Statistics of a log: the answer to ``sayagain log stats``."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import ibis
from ibis import _
from ibis.expr import types as ir

from sayagain.log.store import Log
from sayagain.log.tables import exchanges
from sayagain.schema import Turn

_ALWAYS = {"turn", "user", "time", "text", "extra"}
"""Fields of which it says nothing to give the share."""


class Stats(TypedDict):
    """Counts over a whole log."""

    turns: int
    users: int
    devices: int
    sessions: int
    """Named ones, and those cut at silence gaps where the log names none."""
    days: int
    """Days on which something was said."""
    first: str
    """When the first request began (ISO 8601, UTC)."""
    last: str
    statuses: dict[str, int]
    """Turns by how the assistant saw the outcome; "unknown" where it did not say."""
    given: dict[str, float]
    """For each optional field, the share of turns that have it."""


def stats(log: Log) -> Stats:
    """Count what a log holds.

    Raises:
        LogError: the log is empty.
    """
    engine = ibis.duckdb.connect()
    turns = log.turns(engine)
    counted = turns.aggregate(
        turns=turns.count(),
        users=turns.user.nunique(),
        devices=turns.device.nunique(),
        days=turns.time.date().nunique(),
        first=turns.time.min(),
        last=turns.time.max(),
        **{f"given_{name}": _given(turns, name).mean() for name in Turn.model_fields if name not in _ALWAYS},
    )
    row = counted.to_pyarrow().to_pylist()[0]
    statuses = turns.group_by(status=_.status.fill_null("unknown")).agg(turns=_.count()).order_by(_.turns.desc())
    sessions = exchanges(turns).session.nunique()
    return Stats(
        turns=row["turns"],
        users=row["users"],
        devices=row["devices"],
        sessions=int(sessions.to_pyarrow().as_py()),
        days=row["days"],
        first=_iso(row["first"]),
        last=_iso(row["last"]),
        statuses={each["status"]: each["turns"] for each in statuses.to_pyarrow().to_pylist()},
        given={name.removeprefix("given_"): value for name, value in row.items() if name.startswith("given_")},
    )


def days(log: Log) -> int:
    """Return on how many days something was said, whatever the folders of the log are called: old months are one."""
    return int(log.turns(ibis.duckdb.connect()).time.date().nunique().to_pyarrow().as_py())


def _given(turns: ir.Table, name: str) -> ir.NumericValue:
    """Return 1 where a turn has a field, 0 where it is null or an empty list."""
    if name in Turn.beside:  # within quotes JSON has no bare quote, so this is a key
        there = turns.extra.contains(f'"{name}":')
    else:
        column = turns[name]
        there = column.length() > 0 if isinstance(column, ir.ArrayValue) else column.notnull()
    return there.fill_null(False).cast("int64")


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
