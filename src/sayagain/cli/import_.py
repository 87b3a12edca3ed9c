"""The command ``sayagain import``: files become turns of a log, and a person is told how they were read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import typer

from sayagain.cli import arguments
from sayagain.cli import import_options as option
from sayagain.cli.console import out, working
from sayagain.cli.imported import SHOWN_TURNS, preview, say_imported
from sayagain.cli.options import Json
from sayagain.errors import SayAgainError
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    from datetime import tzinfo

    from sayagain.log.preview import Look


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
    from sayagain.log.ingest import counted, ingest
    from sayagain.log.preview import changing_device, check_names, first_turns, look
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
        check_names(paths, looked)
        first = first_turns(paths[0], looked) if format is None or dry_run else []
        if changing_device([each.turn for each in first]):
            named = looked.hints.mapping.get("device", "device")
            looked.hints.found["device"] = (
                f"{named}, which changes within a minute or two: if it is what was acted on, it splits sessions; "
                f"then: --map action={quoted(named)}"
            )
        heard = _heard(looked, [each.turn.text for each in first]) if wake_word is None else []
        shown = Tidy(statuses, wake_word or (), heard, redaction and redaction.like())
        tidy = Tidy(statuses, wake_word or (), heard, redaction)
        seen = [shown(each).turn for each in first[:SHOWN_TURNS]]
        if dry_run:
            with working("reading") as tell:
                done = counted(
                    paths, looked.format, looked.hints, tidy, lambda turns: tell(f"reading: {turns:,} turns")
                )
            preview(paths, looked, heard, seen, redaction)
            say_imported(done, None, json_)
            return
        asks = bool(seen) and (looked.guessed or bool(heard)) and out.is_terminal and not yes
        if seen and (looked.guessed or heard or map):
            preview(paths, looked, heard, seen, redaction, notes=asks)
        if asks and not typer.confirm("Import it so?", err=True):
            raise typer.Exit(1)
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
    say_imported(done, into, json_)


def _heard(looked: Look, texts: Sequence[str]) -> list[str]:
    """Return the wake words that requests begin with; note a word that may be one."""
    from sayagain.log.wake import maybe_wake_word, wake_words

    found = wake_words(texts)
    if not found and (word := maybe_wake_word(texts)) is not None:
        looked.hints.found["nearly all requests begin with"] = f"{word}; if that is a name: --wake-word {word}"
    return found


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
