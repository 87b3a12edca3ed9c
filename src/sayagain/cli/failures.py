"""The command that tells where a log's requests failed, and why: ``sayagain failures``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sayagain.cli import failures_tables as show
from sayagain.cli.console import out, working, written
from sayagain.cli.opening import read_log
from sayagain.cli.options import Json, LogPath
from sayagain.errors import LogError

if TYPE_CHECKING:
    import pyarrow as pa

    from sayagain.failures.isolation import FailurePoint
    from sayagain.failures.totals import Goals
    from sayagain.log.store import Log

FIND = "Identifiers are in: sayagain log show {log} SESSION --json; and those of examples in: sayagain failures {log}"


@dataclass(frozen=True)
class _Found:
    """What a log's readings come to."""

    goals: Goals
    totals: pa.Table
    causes: pa.Table
    unsupported: pa.Table
    wakes: bool
    """Whether the log tells of waking, or nothing woke the assistant that was written to."""


def failures(
    log: LogPath,
    turn: Annotated[
        list[str] | None,
        typer.Option(help="Instead: the failure point of this turn, and what the log shows of it; may be repeated."),
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Lines that each table shows, at most.")] = 10,
    min_people: Annotated[
        int, typer.Option(min=1, help="Distinct people behind each text that tables show; 1 for a household alone.")
    ] = 3,
    all_written: Annotated[
        bool, typer.Option("--written", help="People wrote: nothing was misheard, and nothing woke it by mistake.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option("--out", help="Also write each failed turn to this file, a line of JSON each, with why."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The model that reads; by default the one that ships.", exists=True)
    ] = None,
    json_: Json = False,
) -> None:
    """Show which stage failed first and how often, what to mend first, and what no assistant here can do.

    Counts of failures are expected ones: sums of the probabilities that the reader gives.
    """
    with read_log(log) as opened, working("opening the log") as tell:
        readings = _read(opened, model, tell, all_written=all_written)
        if turn:
            tell("looking at the turns")
            points = _points(opened, readings, turn)
        else:
            tell("counting failures")
            found = _found(opened, readings, min_people, wakes=all_written)
        if to is not None:
            tell("writing failed turns")
            _write(opened, readings, to)
    if turn:
        _show_points(points, json_)
    elif json_:
        out.print_json(json.dumps(_facts(found, min_people)))
    else:
        _show(found, log, most, min_people)


def _read(log: Log, model: Path | None, tell: show.Tell, *, all_written: bool) -> pa.Table:
    from sayagain.failures.written import as_written
    from sayagain.learning.reading import read_log

    turns = sum(_rows(file) for file in log.filled())
    read = read_log(log, model, lambda done: tell(f"reading the dialogues: {done:,} of {turns:,} turns"), tell)
    return as_written(read) if all_written else read


def _rows(file: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(file).num_rows)


def _found(log: Log, readings: pa.Table, min_people: int, *, wakes: bool) -> _Found:
    from tempfile import TemporaryDirectory

    from sayagain.failures.mend import causes
    from sayagain.failures.totals import goals, tells_of_waking, totals
    from sayagain.failures.turns import read_turns
    from sayagain.failures.unsupported import unsupported
    from sayagain.log.engine import connect

    with TemporaryDirectory() as spill:
        read = read_turns(log.turns(connect(Path(spill))), readings).cache()
        tables = totals(read), causes(read, min_people), unsupported(read, min_people)
        return _Found(goals(read), *tables, wakes or tells_of_waking(read))


def _points(log: Log, readings: pa.Table, turns: Sequence[str]) -> list[FailurePoint]:
    """Return the failure points of some turns, in the order that they were asked for.

    Raises:
        LogError: the log has no such turn.
    """
    from sayagain.failures.isolation import failure_points

    found = {point.turn.turn: point for point in failure_points(log, readings, turns)}
    if missing := [each for each in turns if each not in found]:
        raise LogError(f"There is no turn {missing[0]} in {log.path}", FIND.format(log=log.path))
    return [found[each] for each in turns]


def _write(log: Log, readings: pa.Table, to: Path) -> None:
    from sayagain.failures.isolation import failed, failure_points

    with written(to) as file:
        for point in failure_points(log, readings, failed(readings)):
            file.write(json.dumps(point.to_json(), ensure_ascii=False) + "\n")


def _facts(found: _Found, min_people: int) -> dict[str, Any]:
    """Return all tables as plain values, expected counts to three digits after the point, and what to know of them."""
    tables = {"totals": found.totals, "causes": found.causes, "unsupported": found.unsupported}
    rows = {name: [_rounded(row) for row in table.to_pylist()] for name, table in tables.items()}
    hidden = any(row["example"] is None for row in rows["causes"] + rows["unsupported"])
    notes = [show.hidden(min_people)] * hidden + [show.NO_WAKING] * (not found.wakes)
    return _rounded({"goals": found.goals.goals, "met": found.goals.met}) | rows | {"notes": notes}


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}


def _show_points(points: Sequence[FailurePoint], as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps([point.to_json() for point in points]))
        return
    for point in points:
        out.print(show.point(point))


def _show(found: _Found, log: Path, most: int, min_people: int) -> None:
    out.print(show.goals(found.goals))
    for part in show.totals(found.totals, most, found.wakes):
        out.print(part)
    for part in show.causes(found.causes, most, min_people):
        out.print(part)
    for part in show.unsupported(found.unsupported, most, min_people):
        out.print(part)
    for line in show.look_next(log, found.causes):
        out.print(line, soft_wrap=True)
