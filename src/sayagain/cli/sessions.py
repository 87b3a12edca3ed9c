"""Sessions made readable in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sayagain.errors import LogError
from sayagain.log.store import Log
from sayagain.log.tables import exchanges, in_order, sessions
from sayagain.schema import Interpretation, Turn

if TYPE_CHECKING:
    from sayagain.learning.judging import JudgedTurn

LATEST = 20
"""Sessions that a list shows."""
SHOWN_CHARACTERS = 2000
"""Characters of a request or response that are shown; nobody reads a megabyte in a terminal."""


def latest_sessions(log: Log) -> list[dict[str, Any]]:
    """Return the sessions that began last, latest first: session, user, start, turns.

    Raises:
        LogError: the log is empty.
    """
    slim = log.turns(ibis.duckdb.connect()).select("turn", "session", "user", "device", "time", "sequence")
    found = sessions(slim).group_by("session").aggregate(user=_.user.min(), start=_.time.min(), turns=_.count())
    latest: list[dict[str, Any]] = found.order_by(_.start.desc(), "session").limit(LATEST).to_pyarrow().to_pylist()
    return latest


def sessions_table(log: Log) -> Table:
    """Return the sessions that began last for rich to print."""
    table = Table(box=None, pad_edge=False, title="latest sessions", title_justify="left")
    for heading in ("session", "user", "start (UTC)", "turns"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "turns" else "left")
    for each in latest_sessions(log):
        start = f"{each['start']:%Y-%m-%d %H:%M:%S}"
        table.add_row(Text(each["session"]), Text(each["user"]), start, f"{each['turns']:,}")
    return table


def session_turns(log: Log, session: str) -> list[Turn]:
    """Return the turns of a session in order.

    Where the log names no sessions they are called ``user/device/number``, as ``exchanges`` cuts them.

    Raises:
        LogError: the log is empty, or has no such session.
    """
    turns = log.turns(ibis.duckdb.connect())
    named = _ordered(turns.filter(_.session == session))
    if not named.num_rows:
        cut = exchanges(turns).filter(_.session == session).select("turn")
        named = _ordered(turns.semi_join(cut, "turn"))
    if not named.num_rows:
        known = exchanges(turns).session.min().to_pyarrow().as_py()
        raise LogError(f"There is no session {session} in {log.path}", f"One that there is: {known}")
    return [Turn.from_row(row) for row in named.to_pylist()]


def _ordered(turns: ir.Table) -> pa.Table:
    return turns.order_by(in_order(turns)).to_pyarrow()


def session_table(session: str, turns: Sequence[Turn], judged: Mapping[str, JudgedTurn]) -> RenderableType:
    """Return a session for rich to print: when, who spoke, what the assistant made of it, and how it was judged."""
    first = turns[0]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("time", style="dim", no_wrap=True)
    table.add_column("who", no_wrap=True)
    table.add_column("what", overflow="fold")
    for turn in turns:
        table.add_row(_clock(turn.time), "person", Text(turn.text[:SHOWN_CHARACTERS], style="bold"))
        for who, what in made_of(turn):
            table.add_row("", who, Text(what[:SHOWN_CHARACTERS]))
        if turn.turn in judged:
            table.add_row("", "P(defect)", Text(_told(judged[turn.turn])))
    title = f"session {session}, user {first.user}" + (f", device {first.device}" if first.device else "")
    return Group(Text(f"{title}, {first.time:%Y-%m-%d} UTC"), table)


def turn_facts(turn: Turn, judged: JudgedTurn | None) -> dict[str, Any]:
    """Return a turn as plain values, with ``judged`` beside it where it was."""
    return turn.model_dump(mode="json", exclude_none=True) | ({} if judged is None else {"judged": asdict(judged)})


def _told(judged: JudgedTurn) -> str:
    spoke = (
        f"{' + '.join(each.signals) or f'{each.family}: silence'} {each.weight:+.2f}".replace("_", " ")
        for each in judged.evidence
    )
    return f"{judged.p_defect:.2f}: {', '.join(spoke)}"


def made_of(turn: Turn) -> list[tuple[str, str]]:
    """Return what is known of a turn beside its text, a line each: (heading, text)."""
    others = [each.text for each in turn.asr if each.text != turn.text]
    layer = turn.layer.rewrite if turn.layer is not None else None
    lines = [
        ("also heard", " | ".join(others)),
        ("rewritten", layer),
        ("understood", _meaning(turn.interpretation)),
        ("action", turn.action),
        ("assistant", turn.response),
        ("status", turn.status),
        ("barge-in", "the person interrupted the response" if turn.barge_in else None),
        ("feedback", turn.feedback and f"{turn.feedback.helpful} {turn.feedback.comment or ''}".strip()),
    ]
    return [(who, what) for who, what in lines if what]


def _meaning(meaning: Interpretation | None) -> str | None:
    if meaning is None:
        return None
    name = ".".join(part for part in (meaning.domain, meaning.intent) if part)
    slots = ", ".join(f"{slot.name}={slot.value}" for slot in meaning.slots)
    sure = f" {meaning.confidence:.2f}" if meaning.confidence is not None else ""
    return f"{name}({slots}){sure}"


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"
