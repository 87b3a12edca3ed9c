"""How failures look in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sayagain.cli.tables import counted
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from sayagain.failures.isolation import FailurePoint
    from sayagain.failures.totals import Goals

Tell = Callable[[str], None]

NAMES = {
    "false_wake": "false wake",
    "asr": "ASR",
    "nlu": "NLU",
    "entity": "entity",
    "result": "result",
    "correct": "went well",
    "unsupported": "unsupported",
}
"""Outcomes as they are written for people."""

STAGES = ("false_wake", "asr", "nlu", "entity", "result")
UNKNOWN = {"intent": "(none)", "device": "(unknown)"}
"""In the place of what the log does not say."""
SHOWN = 0.01
"""Probability from which an outcome is named."""
HOUSEHOLD = "for a household alone: --min-people 1"
NO_WAKING = (
    "The log does not tell of waking (no stage wake in a trace), so a false wake hardly shows; "
    "if people wrote: --written"
)


def hidden(min_people: int) -> str:
    """Return why rows of tables have nothing that was said."""
    return f"Rows without an example sum up what fewer than {min_people:,} people met or said; {HOUSEHOLD}"


def goals(found: Goals) -> str:
    """Return what became of people's goals, in a sentence."""
    if found.share is None:
        return "Nobody wanted anything that an assistant here does"
    return f"About {found.goals:,.0f} goals, {found.share:.0%} of them met in the end"


def totals(table: pa.Table, most: int, wakes: bool = True) -> Iterator[RenderableType]:
    """Yield the totals: by stage, then by intent, device and week, with a column for each stage.

    Where a log does not tell of waking (``wakes``), it is said.
    """
    rows = table.to_pylist()
    (everything,) = (row for row in rows if row["by"] == "all")
    yield _stages(everything)
    if not wakes:
        yield NO_WAKING
    for by, heading in (("intent", "intent"), ("device", "device"), ("week", "week of")):
        own = [row for row in rows if row["by"] == by]
        shown = own[-most:] if by == "week" else own[:most]
        yield ""
        yield _cross(heading, [(row["value"] or UNKNOWN.get(by, ""), row) for row in shown])
        if len(own) > most:
            yield f"… and {counted(len(own) - most, by, f'{by}s')} {'before' if by == 'week' else 'more'}"


def _stages(row: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("failed first", min_width=24)
    for heading in ("expected", "of all"):
        table.add_column(heading, justify="right")
    for stage in (*STAGES, "failed"):
        table.add_row(NAMES.get(stage, "all failures"), f"{row[stage]:,.0f}", f"{row[stage] / row['turns']:.1%}")
    table.add_row("unsupported, no failure", f"{row['unsupported']:,.0f}", f"{row['unsupported'] / row['turns']:.1%}")
    table.add_row("requests", f"{row['turns']:,}", "")
    return table


def _cross(heading: str, rows: list[tuple[str, dict[str, Any]]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(heading, overflow="fold", min_width=24)
    for name in ("requests", "failed", "of them", *(NAMES[stage] for stage in STAGES)):
        table.add_column(name, justify="right")
    for value, row in rows:
        share = f"{row['failed'] / row['turns']:.0%}"
        table.add_row(
            value, f"{row['turns']:,}", f"{row['failed']:,.0f}", share, *(f"{row[each]:,.0f}" for each in STAGES)
        )
    return table


def causes(table: pa.Table, most: int, min_people: int) -> Iterator[RenderableType]:
    """Yield what to mend first, and what is not shown of it."""
    from sayagain.failures.mend import in_words

    rows = table.to_pylist()
    named, others = ([row for row in rows if (row["example"] is not None) is shown] for shown in (True, False))
    if named:
        yield "\nMend first (saved: failures that would not happen, retries among them)"
        told = Table(box=None, pad_edge=False)
        for heading in ("saved", "requests", "people"):
            told.add_column(heading, justify="right")
        told.add_column("stage", no_wrap=True)
        told.add_column("what", overflow="fold")
        for row in named[:most]:
            numbers = (f"{row['saved']:,.1f}", f"{row['turns']:,}", f"{row['people']:,}")
            told.add_row(*numbers, NAMES[row["stage"]], Text(in_words(row)))
        yield told
    if len(named) > most:
        yield f"… and {counted(len(named) - most, 'cause', 'causes')} more"
    if others:
        turns = sum(row["turns"] for row in others)
        failed = counted(turns, "failure", "failures")
        yield f"Not shown: {failed} with a cause that fewer than {min_people:,} people met; {HOUSEHOLD}"


def unsupported(table: pa.Table, most: int, min_people: int) -> Iterator[RenderableType]:
    """Yield the requests that no assistant here serves, and what is not shown of them."""
    rows = table.to_pylist()
    if not rows:
        return
    named = [row for row in rows if row["example"] is not None]
    asked = counted(sum(row["turns"] for row in rows), "request", "requests")
    yield f"\nAsked for, and done by no assistant here: {asked}, which are no failures"
    if named:
        told = Table(box=None, pad_edge=False)
        for heading in ("requests", "people"):
            told.add_column(heading, justify="right")
        for heading in ("request", "taken for"):
            told.add_column(heading, overflow="fold")
        for row in named[:most]:
            numbers = (f"{row['turns']:,}", f"{row['people']:,}")
            told.add_row(*numbers, Text(row["request"] or "(no words)"), Text(row["intent"] or "nothing"))
        yield told
    if len(named) > most:
        yield f"… and {counted(len(named) - most, 'request', 'requests')} more"
    if len(named) < len(rows):
        yield f"Not shown: {rows[-1]['turns']:,} that fewer than {min_people:,} people said; {HOUSEHOLD}"


def look_next(log: Path, table: pa.Table) -> Iterator[str]:
    """Yield the command that shows why."""
    example = next((row["example"] for row in table.to_pylist() if row["example"] is not None), None)
    if example is not None:
        yield "\nLook next"
        yield f"  sayagain failures {quoted(str(log))} --turn {quoted(example)}  # one of the first, and why"


def point(found: FailurePoint) -> RenderableType:
    """Return the failure point of one turn: what happened, the probabilities, and what the log shows."""
    from sayagain.cli.sessions import made_of

    turn = found.turn
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("what", no_wrap=True)
    table.add_column("text", overflow="fold")
    table.add_row("person", Text(turn.text, style="bold"))
    for who, what in made_of(turn):
        table.add_row(who, Text(what))
    ranked = sorted(found.probabilities.items(), key=lambda each: -each[1])
    likely = [f"{NAMES[name]} {value:.2f}" for name, value in ranked if value >= SHOWN]
    table.add_row("reading", ", ".join(likely))
    for each in found.evidence:
        speaks = found.outcome in each.speaks_for
        about = "" if speaks else f" (speaks for {', '.join(NAMES[name] for name in each.speaks_for)})"
        table.add_row("because" if speaks else "also", Text(each.sentence + about))
    title = f"turn {turn.turn}, {turn.time:%Y-%m-%d %H:%M:%S} UTC: {_verdict(found.outcome)}"
    return Group(Text(title), table)


def _verdict(outcome: str) -> str:
    if outcome in STAGES:
        return f"failed first at {NAMES[outcome]}" if outcome != "false_wake" else "a false wake"
    return "went well" if outcome == "correct" else "no assistant here does this; no failure"
