"""The commands of the log: ``sayagain log …``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli.console import out, say, working
from sayagain.cli.opening import read_log
from sayagain.cli.options import Json, LogPath
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    from sayagain.learning.judging import JudgedTurn
    from sayagain.log.store import Log
    from sayagain.schema import Turn

log_group = typer.Typer(help="Inspect a log, erase a person, delete old turns.", no_args_is_help=True)
THEN_FORGET = "learn again, then delete the bundle's older versions (they and the state database keep what was learned)"


@log_group.command("stats")
def log_stats(log: LogPath, json_: Json = False) -> None:
    """Count what a log contains."""
    from sayagain.log.stats import stats

    with read_log(log) as found:
        say(dict(stats(found)), json_)


@log_group.command("show")
def log_show(
    log: LogPath,
    session: Annotated[str | None, typer.Argument(help="Identifier of the session.")] = None,
    defects: Annotated[
        bool, typer.Option("--defects", help="Also P(defect) of each turn and its evidence; reads the whole log.")
    ] = False,
    json_: Json = False,
) -> None:
    """Show one session, turn by turn; without its identifier, list the latest sessions."""
    from sayagain.cli.sessions import latest_sessions, session_table, session_turns, sessions_table, turn_facts

    with read_log(log) as found:
        if session is None and json_:
            out.print_json(json.dumps(latest_sessions(found), default=str))
        elif session is None:
            out.print(sessions_table(found))
        else:
            turns = session_turns(found, session)
            judged = _judged(found, turns) if defects else {}
            if json_:
                out.print_json(json.dumps([turn_facts(turn, judged.get(turn.turn)) for turn in turns]))
            else:
                out.print(session_table(session, turns, judged))


def _judged(log: Log, turns: Sequence[Turn]) -> dict[str, JudgedTurn]:
    from sayagain.learning.judging import judged_turns

    with working("judging the log") as tell:
        return judged_turns(log, [turn.turn for turn in turns], tell)


@log_group.command("erase-user")
def log_erase_user(
    log: LogPath,
    user: Annotated[str, typer.Argument(help="Whose turns to erase.")],
    state: Annotated[
        str | None, typer.Option(help="State database of a layer: also erase what it keeps of the person.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="The bundle learned from the log; by default the one beside --state.")
    ] = None,
    json_: Json = False,
) -> None:
    """Erase a person, however their name is spelled, from all places that hold something of theirs; print a receipt.

    Of a bundle that is named, the state database beside it is reached, too. While a service runs, use it instead: POST
    /forget. Cut short, run it again.
    """
    from sayagain.cli.receipt import receipt_table
    from sayagain.online.erasure.offline import forget
    from sayagain.state.address import beside, file_at

    if state is None and bundle is not None and (file := file_at(beside(bundle))) is not None and file.is_file():
        state = str(file)
    with read_log(log) as found:
        receipt = forget(found, user, state, bundle)
    if json_:
        out.print_json(receipt.model_dump_json())
        return
    spelled = "spelling" if receipt.names == 1 else "spellings"
    out.print(f"erased {receipt.turns:,} turns, of {receipt.names:,} {spelled} of the name")
    out.print(receipt_table(receipt))
    for note in receipt.notes:
        out.print(f"- {note}")
    if state is None and bundle is None:
        for line in _reached_too(log):
            out.print(f"- {line}", soft_wrap=True)


def _reached_too(log: Path) -> Iterator[str]:
    """Yield, of each bundle beside a log, which option has an erasure reach it and what layers keep with it."""
    from sayagain.bundle.layout import CURRENT
    from sayagain.state.address import SUFFIX

    for pointer in sorted(log.resolve().parent.glob(f"*/{CURRENT}")):
        bundle = log.parent / pointer.parent.name
        state = bundle.with_name(bundle.name + SUFFIX)
        option, place = ("--state", state) if state.is_file() else ("--bundle", bundle)
        yield f"Beside the log lies {bundle}. The same command reaches it with: {option} {quoted(str(place))}"


@log_group.command("retain")
def log_retain(
    log: LogPath, days: Annotated[int, typer.Option(min=1, help="Keep the turns of this many days.")]
) -> None:
    """Delete turns older than a number of days."""
    from datetime import UTC, datetime

    from sayagain.log.retention import retain

    with read_log(log) as found:
        gone = retain(found, days, datetime.now(UTC))
    out.print(f"let go of {gone:,} turns; {THEN_FORGET}" if gone else f"{log} holds no turns older than {days:,} days")
