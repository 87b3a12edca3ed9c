"""Columns of a file that are read as nothing: all of them are named, with what they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sayagain.log.readers import Hints
from sayagain.log.readers.day_and_clock import day_and_clock
from sayagain.log.readers.mapping import REQUIRED, TOGETHER, listed, value_at
from sayagain.log.readers.names import ROLE, map_options, proposed
from sayagain.log.readers.roles import may_be_role, role_column
from sayagain.log.structured import structured
from sayagain.schema import Turn
from sayagain.schema.bare import bare
from sayagain.schema.status import OK, STATUSES, folded
from sayagain.text.shell import quoted

LEAST_ROWS = 5
"""Values of a column from which it is told what it may hold."""
MOST_PEOPLE = 30
"""Different values of a column that may name people: people come again."""
MOST_WORDS, MOST_LETTERS = 3, 30
"""What a name of somebody has at most."""
MOST_SHOWN = 3
"""Columns that are shown as perhaps naming people."""
_YES_NO = "true yes y ja oui si sim evet ano da tak kylla on false no n nein non nao nee hayir ne nie ei off"
"""Answers to whatever a column asks."""

Rows = Sequence[Mapping[str, Any]]


def unread(names: Sequence[str], rows: Rows, hints: Hints) -> dict[str, str]:
    """Return what to say of the columns that are read as nothing: which they are, and how each would be read.

    Args:
        names: names that the file has.
        rows: its first rows.
        hints: how it is read.
    """
    time = day_and_clock(rows, hints.mapping.get("time", "time")) or ()
    mapped = {part for theirs in hints.mapping.values() for part in (theirs, *theirs.split(TOGETHER), *time)}
    role = None if hints.no_roles else hints.mapping.get(ROLE) or role_column(rows, hints.roles)
    asked = None if hints.no_roles else may_be_role(rows)  # what reads roles says so
    speaks = {f"{each}{part}" for each in (role, asked) if each for part in ("", ".role", ".type")}
    others = [
        name
        for name in names
        if name.partition(".")[0] not in Turn.model_fields
        and not any(name == each or name.startswith(f"{each}.") for each in mapped)
        and name not in speaks
    ]
    if not others:
        return {}
    ours = dict(hints.mapping) | {name: name for name in names if name in Turn.model_fields}
    likely = proposed(others, dict.fromkeys(REQUIRED, "") | ours, [])
    outcomes = [name for name in others if name not in likely.values() and _tells_outcomes(_values(rows, name))]
    if outcomes and "status" not in ours | likely:
        likely["status"] = outcomes[0]
    nested = structured(rows, ours | likely)
    likely |= nested
    whole = [path for path in nested.values() if path not in others]  # named in the place of what is in them
    others = [*whole, *(name for name in others if not any(name.startswith(f"{each}.") for each in whole))]
    found = {"kept beside": _named(others, likely)}
    if not {"user", "session"} & {*ours, *likely}:
        people = [name for name in others if _may_name_people(_values(rows, name))][:MOST_SHOWN]
        options = " or ".join(map_options({"user": name}) for name in people) or "--map user=COLUMN"
        found["people"] = f"one, since no column is known to name them; if one does: {options}"
    return found


def _named(others: Sequence[str], likely: Mapping[str, str]) -> str:
    """Return the names of columns, each that looks like one of our fields with what reads it as that."""
    fields = {theirs: field for field, theirs in likely.items()}
    each = listed(f"{name} (--map {fields[name]}={quoted(name)})" if name in fields else name for name in others)
    if not likely:
        return f"{each}; to read one as a field of ours: --map FIELD=COLUMN"
    too = f"the same command with {map_options(likely)}, and --replace once it is imported"
    return f"{each}; to read what looks like ours: {too}"


def _values(rows: Rows, name: str) -> list[str]:
    return [value.strip() for row in rows if isinstance(value := value_at(row, name), str) and value.strip()]


def _tells_outcomes(values: Sequence[str]) -> bool:
    """Return whether all values are known words for how something ended; yes and no may answer anything."""
    words = {*values}
    known = {folded(word) for word in words if not word.isdecimal()}
    telling = any(bare(word) not in _YES_NO.split() for word in words)
    return len(values) >= LEAST_ROWS and telling and len(words) > 1 and OK in known and known <= {*STATUSES}


def _may_name_people(values: Sequence[str]) -> bool:
    """Return whether a column has a few short values that come again, none of them a yes, a no or an outcome."""
    words = {*values}
    short = all(len(word) <= MOST_LETTERS and len(word.split()) <= MOST_WORDS for word in words)
    named = all(any(map(str.isalpha, word)) and folded(word) not in STATUSES for word in words)
    return len(values) >= LEAST_ROWS and 1 < len(words) <= min(MOST_PEOPLE, len(values) // 2) and short and named
