"""The command ``sayagain import``: what a person says about files, and what is said to them about an import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli import arguments
from sayagain.cli.console import err, out, say, working
from sayagain.cli.options import Json
from sayagain.errors import SayAgainError

if TYPE_CHECKING:
    from datetime import tzinfo

    from sayagain.log.preview import Look
    from sayagain.schema import Turn

SHOWN_TURNS = 3
SHOWN_CHARACTERS = 60
"""Characters of a request that are shown of the first turns."""


def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files to read: plain, .gz or .zip.", metavar="PATH…")],
    into: Annotated[Path, typer.Option(help="The log to add to; created if missing.", metavar="LOG")],
    format: Annotated[
        str | None,
        typer.Option(
            help="jsonl (also a JSON array), csv, parquet, chat, takeout, alexa, assist, dstc2, saif, slurp or evi; "
            "by default the file is looked at."
        ),
    ] = None,
    map: Annotated[
        list[str] | None,
        typer.Option(
            help="OURS=THEIRS: the file's name for one of our fields, or the path to it (text=message.content.0.text); "
            "may be repeated. OURS may be role: the column that tells who speaks.",
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="OURS=WORD: what a status of the file means: ok, error, unsupported, clarify, cancelled."),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(help="user=WORD, assistant=WORD or other=WORD: what a word for who speaks means."),
    ] = None,
    no_roles: Annotated[bool, typer.Option("--no-roles", help="Each row is a turn, whoever seems to speak.")] = False,
    time_format: Annotated[
        str | None, typer.Option(help='How times are written ("%d.%m.%Y %H:%M"); by default it is found.')
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Zone of times that name none, such as Europe/Berlin; by default UTC.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the text; by default it is found.")] = None,
    wake_word: Annotated[
        list[str] | None,
        typer.Option(help="Name at the beginning of requests that is no part of them; may be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show how the first turns are read; add nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go on without asking.")] = False,
    json_: Json = False,
) -> None:
    """Add the turns of files to a log. Importing the same file twice changes nothing."""
    from sayagain.bundle.layout import CURRENT
    from sayagain.log.ingest import ingest
    from sayagain.log.preview import first_turns, look
    from sayagain.log.readers import Hints
    from sayagain.log.tidy import Tidy
    from sayagain.log.wake import maybe_wake_word, wake_words

    if (into / CURRENT).is_file():
        raise SayAgainError(f"{into} is a bundle", "Name another folder for the log: --into")
    hints = Hints(
        mapping=dict(arguments.pairs("map", map, "--map text=utterance")),
        time_format=time_format,
        timezone=None if timezone is None else _zone(timezone),
        encoding=encoding,
        roles={word.casefold(): speaker for speaker, word in _means("role", role)},
        no_roles=no_roles,
    )
    looked = look(paths, format, hints)
    first = first_turns(paths[0], looked) if format is None or dry_run else []
    texts = [each.turn.text for each in first]
    found = wake_words(texts) if wake_word is None else []
    tidy = Tidy({word.casefold(): meant for meant, word in _means("status", status)}, [*(wake_word or ()), *found])
    if not found and wake_word is None and (word := maybe_wake_word(texts)) is not None:
        hints.found["nearly all requests begin with"] = f"{word}; if that is a name: --wake-word {word}"
    guessed = looked.guessed or bool(found)
    if guessed or dry_run or (map and first):
        _show(paths, looked, found, [tidy(each).turn for each in first[:SHOWN_TURNS]])
    if dry_run:
        return
    if guessed and out.is_terminal and not (yes or typer.confirm("Import it so?", err=True)):
        raise typer.Exit(1)
    with working("reading") as tell:
        done = ingest(paths, looked.format, into, looked.hints, lambda lines: tell(f"reading: {lines:,} turns"), tidy)
    say(
        {
            "added": done.added,
            "already known": done.known,
            "rejected": done.rejected,
            "rejected lines": str(done.reject_file) if done.rejected else None,
            "log": str(into),
        }
        | {
            name: value
            for name, value in {
                "rejected because": done.reasons,
                "no requests": done.left_out,
                "not learned from": done.passed_over,
                "unknown statuses": done.unknown_statuses,
                "read as": done.found if json_ else ", ".join(f"{name}: {how}" for name, how in done.found.items()),
            }.items()
            if value or json_
        },
        json_,
    )


def _means(option: str, given: Sequence[str] | None) -> list[tuple[str, str]]:
    """Read ``OURS=WORD``, where OURS is one of the few words that learning knows."""
    from sayagain.log.readers.roles import SPEAKERS
    from sayagain.schema.status import STATUSES, folded

    known, example = {"status": (STATUSES, "--status ok=DONE"), "role": (SPEAKERS, "--role user=Kunde")}[option]
    read = arguments.pairs(option, given, example)
    for ours, _ in read:
        if ours not in known:
            raise SayAgainError(f"--{option} {ours}=… is not known", f"It begins with one of {', '.join(known)}")
    fixed = next((each for each in read if option == "status" and folded(each[1]) in {*STATUSES} - {each[0]}), None)
    if fixed is not None:
        raise SayAgainError(f"--status {fixed[0]}={fixed[1]}: {fixed[1]} is always {folded(fixed[1])}", "Leave it out")
    return read


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SayAgainError(f"There is no time zone {name}", "For example: --timezone Europe/Berlin") from error


def _show(paths: Sequence[Path], looked: Look, wake: Sequence[str], turns: Sequence[Turn]) -> None:
    """Say what the files are taken for, and how the first turns are read."""
    mapped = "".join(f", {ours} is {theirs}" for ours, theirs in looked.hints.mapping.items())
    asleep = "".join(f', without "{each}" before requests' for each in wake)
    told = "".join(f", {name}: {how}" for name, how in looked.hints.found.items())
    local = looked.hints.timezone is None and "times" in looked.hints.found
    zone = "; a time without a zone is UTC (--timezone Europe/Berlin)" if local else ""
    err.print(f"{paths[0]} is read as {looked.format}{mapped}{told}{asleep}{zone}", soft_wrap=True)
    for turn in turns:
        reply = "" if turn.response is None else f" → {_short(turn.response)}"
        err.print(f"  {turn.time:%Y-%m-%d %H:%M:%S} UTC, {turn.user}: {_short(turn.text)}{reply}", soft_wrap=True)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…")
