"""Day and time of day in two columns, as spreadsheets have them: read as one moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sayagain.log.readers.mapping import ABSENT, TOGETHER, value_at

_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?\s?m\.?|\s+uhr)?", re.IGNORECASE)
_DAY = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|(?:[^\W\d]+\.?,?\s+)?(?:\d{1,2}\.?\s+[^\W\d]+\.?|[^\W\d]+\.?\s+\d{1,2},?)\s+\d{4}"
)
LEAST_ROWS = 3
"""Rows by which it is told: one or two may look so by chance."""


def day_and_clock(sample: Sequence[Mapping[str, Any]], time: str) -> tuple[str, str] | None:
    """Return the columns that hold day and time of day, where ``time`` holds only one of them.

    Args:
        sample: rows of the file.
        time: what the file calls the time; ``DAY+CLOCK`` names both.

    >>> day_and_clock([{"date": "07.04.2026", "at": "9:45", "text": "stop"}] * 3, "date")
    ('date', 'at')
    """
    told = time.split(TOGETHER)
    if len(told) == 2 and not any(time in row for row in sample):
        return told[0], told[1]
    names = dict.fromkeys(name for row in sample for name in row)
    held = {name: [row[name] for row in sample if isinstance(row.get(name), str)] for name in names}
    held[time] = [value for row in sample if isinstance(value := value_at(row, time), str)]
    days, clocks = _all_of(held, _DAY), _all_of(held, _CLOCK)
    if time in days and len(clocks) == 1:
        return time, clocks[0]
    if time in clocks and len(days) == 1:
        return days[0], time
    return None


def joined(row: Mapping[str, Any], parts: tuple[str, str]) -> dict[str, Any]:
    """Return a row with day and time of day in one value; the two are no values of their own any more."""
    values = [value_at(row, part) for part in parts]
    rest = {name: value for name, value in row.items() if name not in parts}
    if any(value is ABSENT for value in values):
        return rest
    return {**rest, TOGETHER.join(parts): " ".join(str(value).strip() for value in values)}


def _all_of(held: Mapping[str, Iterable[str]], pattern: re.Pattern[str]) -> list[str]:
    """Return the columns whose values are all of a pattern."""
    found = []
    for name, values in held.items():
        said = [value.strip() for value in values if value.strip()]
        if len(said) >= LEAST_ROWS and all(map(pattern.fullmatch, said)):
            found.append(name)
    return found
