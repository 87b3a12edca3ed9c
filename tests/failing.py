"""Turns and readings made by hand, for the tests of what tells where requests failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from sayagain.failures.turns import read_turns
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES, READINGS

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)


def said(name: str, text: str, after: float = 0.0, **known: Any) -> Turn:
    """A turn of Ann's, so many seconds after the first."""
    return Turn(**{"turn": name, "user": "ann", "time": MONDAY + timedelta(seconds=after), "text": text, **known})


def reading(turn: str, outcome: str = "correct", p: float = 0.9, **other: Any) -> dict[str, Any]:
    """The reading of a turn: an outcome with a probability, and the rest shared out evenly among the others."""
    rest = (1 - p) / (len(OUTCOMES) - 1)
    row = {"turn": turn, **{f"p_{each}": p if each == outcome else rest for each in OUTCOMES}}
    row |= {"p_unsupported": 0.0, "p_goal_start": 1.0, "p_goal_met": float(outcome == "correct")}
    return row | {"said_again_by": None, "p_said_again": 0.0} | other


def table(readings: Iterable[dict[str, Any]]) -> pa.Table:
    """The ``readings`` table of these."""
    return pa.Table.from_pylist(list(readings), schema=READINGS)


def turns(said: Iterable[Turn]) -> ir.Table:
    """Turns as a log gives them."""
    return ibis.memtable(pa.Table.from_pylist([each.to_row() for each in said], Turn.arrow_schema()))


def read(told: Iterable[tuple[Turn, dict[str, Any]]]) -> ir.Table:
    """Turns beside their readings."""
    known = list(told)
    return read_turns(turns(turn for turn, _ in known), table(each for _, each in known))


def log(folder: Path, said: Iterable[Turn]) -> Log:
    """A log on the disk."""
    made = Log.create(folder / "log")
    made.append([pa.Table.from_pylist([each.to_row() for each in said], Turn.arrow_schema())])
    return made
