"""Looking at a file before it is imported: what it is, what its names are, and what they probably mean."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sayagain.errors import FormatError
from sayagain.log.columns import MAPPED, names_of, sample_of
from sayagain.log.readers import READERS, Hints, Read
from sayagain.log.readers.chat import conversations_of, messages_of
from sayagain.log.readers.lines import json_records, object_of, opening
from sayagain.log.readers.mapping import REQUIRED, is_there
from sayagain.log.readers.names import guess
from sayagain.log.readers.opened import SAMPLE, beginning, opened
from sayagain.log.unread import unread
from sayagain.schema import Turn
from sayagain.schema.turn import ONE_USER

SUFFIXES = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".json": "jsonl"}
"""The format of a file by how its name ends, before any ``.gz``."""
PACKED = (".gz", ".zip")

SIGNS: dict[str, tuple[frozenset[str], ...]] = {
    "dstc2": (frozenset({"session-id", "system-specific", "turns"}),),
    "saif": (frozenset({"first_asr", "second_asr"}),),
    "slurp": (frozenset({"asr_text", "gold_intent"}),),
    "takeout": (frozenset({"header", "title", "time", "products"}),),
    "alexa": (frozenset({"customerHistoryRecords"}), frozenset({"record_key", "voice1Transcript"})),
    "assist": (frozenset({"run", "events"}), frozenset({"stage", "events"})),
    "evi": (frozenset({"dialogue_id", "scenario_id", "nbest"}),),
}
"""Names by which a format is known, each set enough."""

OFTEN = 0.5
"""Share of the objects that have a name which is guessed to be one of our fields."""
NEXT = timedelta(minutes=2)
"""Time within which one person who goes on mostly speaks to the same device."""
LEAST_STEPS = 5
"""Turns that come so soon after another from which it is told whether devices are those that people speak to."""
FIRST_TURNS = 200
"""Turns by which it is told whether requests begin with a wake word; the first of them are shown."""


@dataclass(frozen=True)
class Look:
    """What files are taken for."""

    format: str
    hints: Hints
    guessed: bool
    """Whether a person should see how they are read: neither the format nor the names were told, or are ours."""


def look(files: Sequence[Path], format: str | None, hints: Hints) -> Look:
    """Return what files are: the format that was told, or what the first bytes and names of each speak for.

    Raises:
        FormatError: they are of different formats, or cannot be read.
    """
    if not any(beginning(path, SAMPLE).strip() for path in files):
        raise FormatError(f"There is nothing in {' and '.join(map(str, files))}", "Export it again")
    if format is not None:
        return Look(format.lower(), _noted(files[0], format.lower(), hints), guessed=False)
    found = {by_name for path in files if (by_name := SUFFIXES.get(_suffix(path))) is not None}
    if len(found) < 2:
        found = {_format_of(path, hints.encoding) for path in files}
    if len(found) > 1:
        raise FormatError(f"These files are {' and '.join(sorted(found))}", "Import each format by itself")
    (one,) = found
    mapping = dict(hints.mapping)
    names = names_of(files[0], one, hints.encoding, OFTEN) if one in MAPPED else []
    if names and not all(is_there(mapping.get(each, each), names) for each in REQUIRED):
        mapping |= guess(names, mapping)
    by_name = SUFFIXES.get(_suffix(files[0]))
    complete = all(is_there(mapping.get(each, each), names) for each in REQUIRED)
    guessed = one != (by_name or "jsonl") or (mapping != hints.mapping and complete)
    return Look(one, _noted(files[0], one, hints.but(mapping) if complete else hints), guessed)


def _noted(path: Path, format: str, hints: Hints) -> Hints:
    """Note which columns of a file are read as nothing."""
    if format in MAPPED:
        names = names_of(path, format, hints.encoding)
        hints.found.update(unread(names, sample_of(path, format, hints.encoding), hints))
    return hints


def _format_of(path: Path, encoding: str | None) -> str:
    """Return the format of one file."""
    by_name = SUFFIXES.get(_suffix(path))
    if by_name == "parquet":
        return by_name
    with opened(path, encoding) as file:
        first = file.read(4)
        while first and not first.strip():
            first = file.read(4)
    if first == b"PAR1":
        return "parquet"
    kind = "jsonl" if first.strip()[:1] in (b"{", b"[") or by_name == "jsonl" else "csv" if by_name == "csv" else ""
    if not kind:
        kind = "csv" if len(names_of(path, "csv", encoding)) > 1 else "jsonl"
    names = {each.partition(".")[0] for each in names_of(path, kind, encoding)}
    known = next((name for name, signs in SIGNS.items() if any(each <= names for each in signs)), kind)
    return "chat" if known == "jsonl" and not names.issuperset(REQUIRED) and _are_chats(path, encoding) else known


def _are_chats(path: Path, encoding: str | None) -> bool:
    """Return whether the first object of a file is a conversation with its messages in it, or holds some."""
    _, first = next(json_records(path, encoding=encoding), (0, b""))
    try:
        return any(messages_of(each) is not None for each in conversations_of(object_of(first)))
    except ValueError:
        return False


def _suffix(path: Path) -> str:
    name = path.name.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return Path(name).suffix


def changing_device(turns: Sequence[Turn]) -> bool:
    """Return whether devices change from turn to turn of one person as no person goes from room to room.

    Then they are mostly what was acted on, and split what is one session. Where sessions are told, they do not.
    """
    last: dict[str, Turn] = {}
    steps = list[bool]()
    for turn in sorted((each for each in turns if each.user != ONE_USER), key=lambda turn: turn.time):
        before = last.get(turn.user)
        last[turn.user] = turn
        if before is not None and turn.time - before.time <= NEXT and turn.session is before.session is None:
            steps.append(None not in (before.device, turn.device) and turn.device != before.device)
    return len(steps) >= LEAST_STEPS and sum(steps) > OFTEN * len(steps)


def first_turns(path: Path, looked: Look) -> list[Read]:
    """Return the first turns of a file."""
    if looked.format not in READERS:
        raise FormatError(f"There is no format {looked.format}", f"Known formats: {', '.join(sorted(READERS))}")
    found = READERS[looked.format](path, replace(looked.hints, left_out=Counter()))
    return opening((each for each in found if isinstance(each, Read)), FIRST_TURNS)


def check_names(files: Sequence[Path], looked: Look) -> None:
    """Refuse a mapping that names what no row of a file has, before anything is shown of it.

    What the first objects of a file have not may come later: then all of it is read.

    Raises:
        FormatError: a name is in no row.
    """
    for path in files if looked.format in MAPPED else ():
        names = names_of(path, looked.format, looked.hints.encoding)
        if not all(is_there(theirs, names) for theirs in looked.hints.mapping.values()):
            hints = replace(looked.hints, left_out=Counter(), found={}, met=set())
            deque(READERS[looked.format](path, hints), maxlen=0)
