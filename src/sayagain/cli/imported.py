"""What an import tells: before it, how the files are read; after it, what it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayagain.cli.console import err, out, say
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    from sayagain.log.ingest import Ingested
    from sayagain.log.preview import Look
    from sayagain.log.redaction import Redaction
    from sayagain.schema import Turn

SHOWN_TURNS = 3
SHOWN_CHARACTERS = 60
"""Characters of a request that are shown of the first turns."""
CALLED = {"jsonl": "JSON"}
"""What a format is called, where its name says less: lines, an array or objects are one format."""
OPTION = "--"
"""What a note has in it that gives an option: it stands in a line of its own, so that it can be pasted."""


def preview(
    paths: Sequence[Path],
    looked: Look,
    wake: Sequence[str],
    turns: Sequence[Turn],
    redaction: Redaction | None,
    *,
    notes: bool = False,
) -> None:
    """Say what the files are taken for, and how the first turns are read; with notes where these do not come after."""
    mapped = "".join(f", {ours} is {theirs}" for ours, theirs in looked.hints.mapping.items())
    asleep = "".join(f', without "{each}" before requests' for each in wake)
    told = "".join(f", {name}: {how}" for name, how in looked.hints.found.items() if OPTION not in how)
    as_format = CALLED.get(looked.format, looked.format)
    err.print(f"{paths[0]} is read as {as_format}{mapped}{told}{asleep}", soft_wrap=True)
    for name, how in looked.hints.found.items():
        if notes and OPTION in how:
            err.print(f"  {name}: {how}", soft_wrap=True)
    for turn in turns:
        reply = "" if turn.response is None else f" → {_short(turn.response)}"
        user = redaction.text(turn.user) if redaction else turn.user
        err.print(f"  {turn.time:%Y-%m-%d %H:%M:%S} UTC, {user}: {_short(turn.text)}{reply}", soft_wrap=True)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…")


def say_imported(done: Ingested, log: Path | None, as_json: bool) -> None:
    """Say what an import came to, or would come to where ``log`` is None."""
    always = {"would be turns": done.added} if log is None else _of_log(done, log)
    always["rejected"] = done.rejected
    if log is not None:
        always |= {"rejected lines": str(done.reject_file) if done.rejected else None, "log": str(log)}
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
        say(always | counts, as_json)
        return
    told: dict[str, Any] = {name: counted for name, counted in counts.items() if counted and counted is not done.found}
    if done.reasons:
        told["rejected because"] = _in_words(done.reasons)
    if plainly := {name: how for name, how in done.found.items() if OPTION not in how}:
        told["read as"] = ", ".join(f"{name}: {how}" for name, how in plainly.items())
    say(always | told, as_json)
    for name, how in _notes(done).items():
        out.print(f" {name}: {how}", soft_wrap=True)


def _of_log(done: Ingested, log: Path) -> dict[str, Any]:
    taken_out = {"taken out": done.taken_out} if done.taken_out else {}
    return {"added": done.added, "already known": done.known, **taken_out}


def _in_words(reasons: Mapping[str, int]) -> dict[str, int]:
    from sayagain.log.fruitless import in_words

    worded = Counter[str]()
    for reason, rows in reasons.items():
        worded[in_words(reason)] += rows
    return dict(worded.most_common())


def _notes(done: Ingested) -> dict[str, str]:
    """Return what a person may do about an import, by what it is about; each is one line, to be pasted from."""
    from sayagain.log.tidy import TOO_LONG

    notes = {name: how for name, how in done.found.items() if OPTION in how}
    if words := [word for word in done.unknown_statuses if word != TOO_LONG]:
        first, *others = words
        either = " or ".join(f"--status {quoted(f'{ours}={first}')}" for ours in ("ok", "error"))
        notes["unknown statuses"] = f"say what each means: {either}" + (", and so the others" if others else "")
    return notes
