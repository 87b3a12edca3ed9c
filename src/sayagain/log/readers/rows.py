"""From rows to turns: names mapped, times read, rows with one message each put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Hints, Read, Rejected
from sayagain.log.readers.day_and_clock import day_and_clock, joined
from sayagain.log.readers.lines import BROKEN, WrongRowError, opening, reason
from sayagain.log.readers.mapping import ABSENT, TOGETHER, check_mapping, listed, nest, value_at
from sayagain.log.readers.names import ROLE, paths
from sayagain.log.readers.roles import (
    ASSISTANT,
    NO_REQUEST,
    NO_SPEAKER,
    OTHER,
    Conversations,
    may_be_role,
    role_column,
    speaker_of,
)  # fmt: skip
from sayagain.log.readers.times import Clock, clock_of, zone_missing
from sayagain.schema import Turn
from sayagain.schema.turn import Time

SAMPLE_ROWS = 1_000
"""Rows from which it is told how a file is to be read: who speaks, how times are written, which way it runs."""

TIMES = ("time", "end_time")
NUMBERED = ("turn", "session", "user", "device", "status")
"""Text of a turn that other files have as numbers."""
PARTS = ("text", "parts", "content", "value", "transcript")
"""Where the text of a part may be."""
SPOKEN = ("text", "response")
"""Text that other files have as a list of parts."""

MOST_SECONDS = 1e8
"""A number that is more is a moment in Unix time: nobody undoes anything after three years."""
_DATED = re.compile(r"\d+[-/.:]\d+[-/.:T ]|\d{9,}")
_TIME = TypeAdapter[datetime](Time)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file under the file's own names."""

    line: int
    values: dict[str, Any]


def turns(
    path: Path, rows: Iterable[Row | Rejected], hints: Hints, columns: Sequence[str] = ()
) -> Iterator[Read | Rejected]:
    """Yield the turns of rows.

    Args:
        path: the file.
        rows: its rows, without what is absent in each.
        hints: what is known about it.
        columns: names that it surely has, though a column may be empty.

    Raises:
        FormatError: a mapping fits no row, or times can be read in two ways.
    """
    coming = iter(rows)
    first = opening(coming, SAMPLE_ROWS)
    way = Way.of(path, [each.values for each in first if isinstance(each, Row)], hints)
    return way.turns(chain(first, coming), columns)


@dataclass
class Way:
    """The way in which the rows of one file are read."""

    path: Path
    hints: Hints
    clock: Clock | None
    role: str | None
    """Column that tells who speaks; None where each row is a turn."""
    backward: bool
    """Whether the file begins with what was said last."""
    plain: bool
    """Whether the rows are turns as they are, with nothing to read differently."""
    parts: tuple[str, str] | None = None
    """The columns that hold day and time of day, where these are two."""

    @classmethod
    def of(cls, path: Path, sample: list[dict[str, Any]], hints: Hints) -> Way:
        """Find it from a sample of rows."""
        check_mapping(hints.mapping)
        parts = day_and_clock(sample, hints.mapping.get("time", "time"))
        if parts is not None:
            hints = hints.but({**hints.mapping, "time": TOGETHER.join(parts)})
            hints.found["time"] = f"{' and '.join(parts)} together"
            sample = [joined(row, parts) for row in sample]
        times = [value_at(row, hints.mapping.get("time", "time")) for row in sample]
        known = [each for each in times if each is not ABSENT]
        clock, written = clock_of(path, known, hints.time_format, hints.timezone)
        hints.found.update(zone_missing(known, written, hints.timezone))
        role = None if hints.no_roles else hints.mapping.get(ROLE) or role_column(sample, hints.roles)
        if written:
            hints.found["times"] = written
        if role is not None:
            hints.found["who speaks"] = role
        elif not hints.no_roles and (column := may_be_role(sample)) is not None:
            hints.found["not read"] = f"{column}, which may tell who speaks: --role user=WORD --role assistant=WORD"
        simple = not hints.mapping and clock is None and role is None
        plain = simple and not any(map(_is_foreign, sample))
        return cls(path, hints, clock, role, _runs_backward(times, clock), plain, parts)

    def turns(self, rows: Iterable[Row | Rejected], columns: Sequence[str] = ()) -> Iterator[Read | Rejected]:
        """Yield the turns of all rows, and what is wrong with the others."""
        unseen, names = set(self.hints.mapping.values()).difference(columns), dict[str, None]()
        conversations = Conversations(backward=self.backward)
        for given in rows:
            if isinstance(given, Rejected):
                yield given
                continue
            row = given if self.parts is None else Row(given.line, joined(given.values, self.parts))
            if unseen:
                names |= dict.fromkeys(paths(row.values)) if len(names) < SAMPLE_ROWS else {}
                unseen = {name for name in unseen if value_at(row.values, name) is ABSENT}
            yield from self._row(row, conversations)
        for line, values in conversations.end():
            yield self._turn(line, values)
        if unseen and names:
            raise FormatError(
                f"{self.path} has no {listed(sorted(unseen))} in any row", f"Names that it has: {listed(names)}"
            )

    def _row(self, row: Row, conversations: Conversations) -> Iterator[Read | Rejected]:
        try:
            speaker = None if self.role is None else self._speaker(row)
            values = self._named(row.values)
        except BROKEN as error:
            yield Rejected(str(self.path), row.line, reason(error))
            return
        if speaker is None:
            yield self._turn(row.line, values)
        elif speaker == OTHER:
            self.hints.left_out[NO_SPEAKER] += 1
        else:
            self.hints.left_out[NO_REQUEST] += speaker == ASSISTANT
            for line, complete in conversations.take(row.line, speaker, values):
                yield self._turn(line, complete)

    def _speaker(self, row: Row) -> str:
        word = value_at(row.values, self.role or ROLE)
        if isinstance(word, str) and (plain := word.strip().casefold()) in self.hints.roles:
            self.hints.met.add(plain)
        speaker = OTHER if word in (None, "", ABSENT) else speaker_of(word, self.hints.roles)
        if speaker is None:
            raise WrongRowError(f"{self.role}: it is not known who speaks")
        return speaker

    def _named(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = nest(row, {ours: theirs for ours, theirs in self.hints.mapping.items() if ours != ROLE})
        if self.role is not None:
            values.pop(self.role, None)
            values.setdefault("user", values.get("session", "someone"))
        for name in TIMES if self.clock is not None else ():
            if (value := values.get(name)) is not None:
                values[name] = self.clock(value)  # type: ignore[misc]
        if self.clock is not None and is_moment(undone := values.get("undone_after")):
            values["undone_after"] = self.clock(undone)
        return fitted(values)

    def _turn(self, line: int, values: Mapping[str, Any]) -> Read | Rejected:
        try:
            return Read(Turn.model_validate(values))
        except BROKEN as error:
            return Rejected(str(self.path), line, reason(error))


def is_moment(told: Any) -> bool:
    """Return whether what stands for seconds is a moment: logs of edits mostly say when, not how long after."""
    if isinstance(told, str):
        return _DATED.match(told) is not None
    return isinstance(told, datetime) or (isinstance(told, int | float) and told > MOST_SECONDS)


def _elapsed(began: Any, moment: Any) -> float:
    first, second = (_TIME.validate_python(each) for each in (began, moment))
    return (second - first).total_seconds()


def fitted(values: dict[str, Any]) -> dict[str, Any]:
    """Return values of a turn with numbers for names, and lists of parts for texts, made text, and when it was undone
    made seconds.

    Raises:
        ValueError: a moment is not a time.
    """
    if is_moment(undone := values.get("undone_after")):
        values["undone_after"] = _elapsed(values["time"], undone)
    for name in NUMBERED:
        if isinstance(value := values.get(name), int | float):
            values[name] = str(value).lower()
    for name in SPOKEN:
        if isinstance(value := values.get(name), list | dict):
            values[name] = spoken(value)
    return values


def spoken(content: Any) -> str:
    """Return the text of a message whose content is a list of parts.

    >>> spoken([{"type": "text", "text": "turn it"}, "off"]), spoken({"parts": ["stop"]})
    ('turn it off', 'stop')
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(filter(None, map(spoken, content)))
    if isinstance(content, Mapping):
        return spoken(next((content[name] for name in PARTS if content.get(name)), ""))
    return ""


def _is_foreign(row: Mapping[str, Any]) -> bool:
    """Return whether a row has values that a turn does not take as they are."""
    return (
        any(isinstance(row.get(name), int | float) for name in NUMBERED)
        or any(isinstance(row.get(name), list | dict) for name in SPOKEN)
        or is_moment(row.get("undone_after"))
    )


def _runs_backward(times: Iterable[Any], clock: Clock | None) -> bool:
    """Return whether times mostly go back from row to row."""
    read: Callable[[Any], Any] = clock or (lambda value: value)
    moments = list[Any]()
    for each in times:
        try:
            moments.append(read(each))
        except BROKEN:
            continue
    steps = [_compared(before, after) for before, after in pairwise(moments)]
    return steps.count(-1) > steps.count(1)


def _compared(before: Any, after: Any) -> int:
    try:
        return int(after > before) - int(after < before)
    except TypeError:
        return 0
