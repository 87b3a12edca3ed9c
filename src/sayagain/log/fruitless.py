"""An import that takes in nothing, or hardly anything: what is said about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sayagain.errors import FormatError
from sayagain.log.readers.mapping import ABSENT, listed, value_at
from sayagain.log.readers.names import map_options, proposed
from sayagain.text.shell import quoted

LEAST_SHARE = 0.05
"""Share of its rows that an import must take in: where nineteen of twenty are rejected, the file is read wrongly."""

_REQUIRED = re.compile(r"^(time|text): Field required")
_PLAIN = {"time: Field required": "no time", "text: Field required": "nothing said"}
"""What is meant by the commonest reasons."""
_WRONG_TIME = re.compile(r"^time: (?!Field required|more than)")
_DATED = re.compile(r"\d[-./:]\d|\d{4}")
_REMEDIES: tuple[tuple[str, str], ...] = (
    (r"^(end_)?time: ", 'Say how times are written, for example: --time-format "%d.%m.%Y %H:%M"'),
    (
        r"who speaks",
        "Say what its words mean: --role user=WORD --role assistant=WORD; or each row is a turn: --no-roles",
    ),
    (r"^longer than", "Write each request on a line of its own, or as an object of its own in one array"),
    (r"UTF-8", "Say how it is written, for example: --encoding cp1252"),
    (r"JSON|cells|quote", "Check --format; leave it out to have the file looked at"),
)
"""What helps, by a pattern of the commonest reason."""


def fruitless(
    paths: Sequence[Path],
    turns: int,
    reasons: Counter[str],
    left_out: Counter[str],
    names: Callable[[], list[str]] | None,
    sample: Callable[[], list[dict[str, Any]]] = list,
    time: str = "time",
) -> FormatError | None:
    """Return the error of an import that took in nothing or hardly anything; None where it took in enough.

    Args:
        paths: the files.
        turns: turns that were read, known ones among them.
        reasons: why rows were rejected, each with its count.
        left_out: why others are no turns, each with its count.
        names: returns the names that the files have; None where the format knows them, so that none can be mapped.
        sample: returns the first rows of a file, under its own names.
        time: what the files call the time.
    """
    rejected = reasons.total()
    if turns and turns >= LEAST_SHARE * (turns + rejected):
        return None
    files = ", ".join(map(str, paths))
    if not rejected:
        why = f": {_commonest(left_out)}" if left_out else ""
        return FormatError(f"There is no request in {files}{why}", "Check the file and --format")
    found = [] if names is None else names()
    has = f" The names it has: {listed(found)}." if found else ""
    taken = f"Of {turns + rejected:,} rows {turns:,} are turns" if turns else f"None of {rejected:,} rows is a turn"
    return FormatError(
        f"Nothing was imported from {files}. {taken}; most often: {_commonest(reasons)}.{has}".removesuffix("."),
        _remedy_of_known(reasons) if names is None else _no_times(reasons, sample, time) or _remedy(reasons, found),
    )


def _commonest(counted: Counter[str]) -> str:
    ((reason, count),) = counted.most_common(1)
    return f"{in_words(reason)} ({count:,} times)"


def in_words(reason: str) -> str:
    """Return why a row was rejected, as it is told.

    >>> in_words("time: Field required; status: too long")
    'no time; status: too long'
    """
    return "; ".join(_PLAIN.get(each, each) for each in reason.split("; "))


def _remedy_of_known(reasons: Counter[str]) -> str:
    """Return what would help with a file of a format that has names of its own."""
    if "time" in _lacking(reasons):
        return "A turn needs a time: give one to each message, or to its conversation (created_at)"
    return "Check the file and --format"


def _lacking(reasons: Counter[str]) -> list[str]:
    """Return the fields that most rejected rows do not have."""
    ((reason, _),) = reasons.most_common(1)
    return [found[1] for each in reason.split("; ") if (found := _REQUIRED.match(each))]


def _no_times(reasons: Counter[str], sample: Callable[[], list[dict[str, Any]]], time: str) -> str | None:
    """Return what would help where the column that is named as time holds none; None where it does, or has none."""
    ((reason, _),) = reasons.most_common(1)
    rows = sample() if _WRONG_TIME.search(reason) else []
    if not rows or _dated(rows, time):
        return None
    others = (name for name in dict.fromkeys(name for row in rows for name in row) if _dated(rows, name))
    return f"The column {time} holds no times; name the one that does: --map time={quoted(next(others, 'COLUMN'))}"


def _dated(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Return whether most values of a column have what no time is without: digits beside each other or a separator."""
    values = [str(value) for row in rows if (value := value_at(row, name)) not in (None, "", ABSENT)]
    return 2 * sum(_DATED.search(value) is not None for value in values) > len(values)


def _remedy(reasons: Counter[str], names: Sequence[str]) -> str:
    ((reason, _),) = reasons.most_common(1)
    if lacking := _lacking(reasons):
        likely = proposed([name for name in names if name not in lacking], {}, lacking)
        if "time" in lacking and "time" not in likely:
            return "A turn needs a time, and no name here looks like one: --map time=NAME, or add one to each row"
        return f"Say what the file calls it: {map_options(dict.fromkeys(lacking, 'NAME') | likely)}"
    fitting = (remedy for pattern, remedy in _REMEDIES if re.search(pattern, reason))
    return next(fitting, "Say what the file calls our fields: --map text=NAME --map time=NAME")
