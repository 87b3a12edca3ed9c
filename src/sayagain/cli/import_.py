"""The command ``sayagain import``: files become turns of a log, and a person is told how they were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sayagain.cli import arguments
from sayagain.cli import import_options as option
from sayagain.cli.console import err, out, say, working
from sayagain.cli.options import Json
from sayagain.cli.tables import plain
from sayagain.errors import SayAgainError
from sayagain.shell import quoted

if TYPE_CHECKING:
    from datetime import tzinfo

    from sayagain.log.ingest import Ingested
    from sayagain.log.preview import Look
    from sayagain.log.redaction import Redaction
    from sayagain.schema import Turn

SHOWN_TURNS = 3
SHOWN_CHARACTERS = 60
"""Characters of a request that are shown of the first turns."""


def import_(
    paths: option.Files,
    into: option.Into,
    format: option.Format = None,
    map: option.Map = None,
    status: option.Status = None,
    role: option.Role = None,
    no_roles: option.NoRoles = False,
    time_format: option.TimeFormat = None,
    timezone: option.Timezone = None,
    encoding: option.Encoding = None,
    wake_word: option.WakeWord = None,
    redact: option.Redact = False,
    redact_pattern: option.RedactPattern = None,
    replace: option.Replace = False,
    dry_run: option.DryRun = False,
    yes: option.Yes = False,
    json_: Json = False,
) -> None:
    """Add the turns of files to a log. Importing the same file twice changes nothing."""
    from sayagain.bundle.layout import CURRENT
    from sayagain.log.ingest import ingest
    from sayagain.log.preview import changing_device, first_turns, look
    from sayagain.log.readers import Hints
    from sayagain.log.tidy import Tidy

    if (into / CURRENT).is_file():
        raise SayAgainError(f"{into} is a bundle", "Name another folder for the log: --into")
    redaction = arguments.redaction(redact, redact_pattern)
    statuses = {word.casefold(): meant for meant, word in _means("status", status)}
    hints = Hints(
        mapping=dict(arguments.pairs("map", map, "--map text=utterance")),
        time_format=time_format,
        timezone=None if timezone is None else _zone(timezone),
        encoding=encoding,
        roles={word.casefold(): speaker for speaker, word in _means("role", role)},
        no_roles=no_roles,
    )
    with redaction.messages(paths) if redaction else nullcontext():
        looked = look(paths, format, hints)
        first = first_turns(paths[0], looked) if format is None or dry_run else []
        if changing_device([each.turn for each in first]):
            named = looked.hints.mapping.get("device", "device")
            looked.hints.found["device"] = (
                f"{named}, which changes within a minute or two: if it is what was acted on, it splits sessions; "
                f"then: --map action={quoted(named)}"
            )
        heard = _heard(looked, [each.turn.text for each in first]) if wake_word is None else []
        if looked.guessed or heard or dry_run or (map and first):
            shown = Tidy(statuses, wake_word or (), heard, redaction and redaction.like())
            _show(paths, looked, heard, [shown(each).turn for each in first[:SHOWN_TURNS]], redaction)
        if dry_run:
            return
        if (looked.guessed or heard) and out.is_terminal and not (yes or typer.confirm("Import it so?", err=True)):
            raise typer.Exit(1)
        tidy = Tidy(statuses, wake_word or (), heard, redaction)
        with working("reading") as tell:
            done = ingest(
                paths,
                looked.format,
                into,
                looked.hints,
                lambda turns: tell(f"reading: {turns:,} turns"),
                tidy,
                replace=replace,
            )
    say(_facts(done, into, json_), json_)


def _heard(looked: Look, texts: Sequence[str]) -> list[str]:
    """Return the wake words that requests begin with; note a word that may be one."""
    from sayagain.log.wake import maybe_wake_word, wake_words

    found = wake_words(texts)
    if not found and (word := maybe_wake_word(texts)) is not None:
        looked.hints.found["nearly all requests begin with"] = f"{word}; if that is a name: --wake-word {word}"
    return found


def _facts(done: Ingested, log: Path, as_json: bool) -> dict[str, Any]:
    """Return what an import came to, by name; for a person without what did not occur, and with what would help."""
    from sayagain.log.fruitless import in_words

    always = {
        "added": done.added,
        "already known": done.known,
        **({"taken out": done.taken_out} if done.taken_out else {}),
        "rejected": done.rejected,
        "rejected lines": str(done.reject_file) if done.rejected else None,
        "log": str(log),
    }
    counts = {
        "rejected because": done.reasons,
        "no requests": done.left_out,
        "not learned from": done.passed_over,
        "redacted": done.redacted,
        "kept, though personal": done.identifiers,
        "unknown statuses": done.unknown_statuses,
        "read as": done.found,
    }
    if as_json:
        return always | counts
    told: dict[str, Any] = {name: counted for name, counted in counts.items() if counted}
    if done.reasons:
        worded = Counter[str]()
        for reason, rows in done.reasons.items():
            worded[in_words(reason)] += rows
        told["rejected because"] = dict(worded.most_common())
    if done.unknown_statuses:
        first, *others = done.unknown_statuses
        either = " or ".join(f"--status {quoted(f'{ours}={first}')}" for ours in ("ok", "error"))
        each = ", and so each of the others" if others else ""
        told["unknown statuses"] = f"{plain(done.unknown_statuses)}; say what it means: {either}{each}"
    if done.found:
        told["read as"] = ", ".join(f"{name}: {how}" for name, how in done.found.items())
    return always | told


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


def _show(
    paths: Sequence[Path], looked: Look, wake: Sequence[str], turns: Sequence[Turn], redaction: Redaction | None
) -> None:
    """Say what the files are taken for, and how the first turns are read."""
    mapped = "".join(f", {ours} is {theirs}" for ours, theirs in looked.hints.mapping.items())
    asleep = "".join(f', without "{each}" before requests' for each in wake)
    told = "".join(f", {name}: {how}" for name, how in looked.hints.found.items())
    err.print(f"{paths[0]} is read as {looked.format}{mapped}{told}{asleep}", soft_wrap=True)
    for turn in turns:
        reply = "" if turn.response is None else f" → {_short(turn.response)}"
        user = redaction.text(turn.user) if redaction else turn.user
        err.print(f"  {turn.time:%Y-%m-%d %H:%M:%S} UTC, {user}: {_short(turn.text)}{reply}", soft_wrap=True)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…")
