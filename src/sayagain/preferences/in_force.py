"""What is in force at a moment: the preferences whose condition holds, the most specific of each thing.

What ends by itself goes before what lasts, a person's own before the device's and the household's, and among these what
is said of more circumstances before what is said of fewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sayagain.schema.preference import Condition, Preference

PARTS: Mapping[str, tuple[int, int]] = {
    "morning": (5, 12),
    "afternoon": (12, 18),
    "evening": (17, 23),
    "night": (21, 6),
    "noon": (11, 14),
    "midnight": (23, 2),
    "breakfast": (6, 10),
    "lunch": (11, 15),
    "dinner": (17, 21),
    "supper": (17, 21),
    "bedtime": (20, 24),
    "sunrise": (5, 8),
    "sunset": (17, 21),
    "dawn": (5, 8),
    "dusk": (17, 21),
}
"""Part of a day → the hours that people may mean by it; a rule holds rather too long than too short."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SATURDAY = 5
A_MOMENT = 30
"""Minutes around a time of day in which what is said of it holds."""
A_DAY = 24 * 60
LATE, SMALL_HOURS = 18 * 60, 5 * 60
"""What holds after a time of the evening holds until the small hours of the night."""
SCOPES = ("household", "device", "person")
_CLOCK = re.compile(r"(\d\d):(\d\d)")
_RANGE = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
SET = frozenset(["default", "value", "alias"])
"""Kinds of which one holds for each subject."""


@dataclass(frozen=True)
class Moment:
    """The circumstances that a condition is about."""

    time: datetime
    """In the person's own time."""
    place: str | None = None
    device: str | None = None


def in_force(preferences: Iterable[Preference], moment: Moment) -> list[Preference]:
    """Return what holds at a moment: of each subject that something is set for, one; and all tastes and rules.

    The result is what ``choose`` takes as constraints, and an assistant as context.
    """
    found = sorted((each for each in preferences if holds_at(each.when, moment)), key=_rank)
    kept = {(each.kind, each.subject if each.kind in SET else each.id): each for each in found}
    return list(kept.values())


def _rank(preference: Preference) -> tuple[bool, int, int]:
    return preference.until is not None, SCOPES.index(preference.scope), len(preference.when.said)


def holds_at(condition: Condition, moment: Moment) -> bool:
    """Return whether a condition holds; one that nobody can tell does not.

    >>> evening = Moment(datetime(2026, 3, 2, 19))
    >>> [holds_at(Condition(time=time), evening) for time in ("evening", "after 18:00", "before 09:00", "22:00-07:00")]
    [True, True, False, False]
    >>> holds_at(Condition(day="weekdays"), evening), holds_at(Condition(day="sunday"), evening)
    (True, False)
    """
    return (
        (condition.time is None or _at(condition.time, moment.time))
        and (condition.day is None or _on(condition.day, moment.time))
        and (condition.place is None or _same(condition.place, moment.place))
        and (condition.device is None or _same(condition.device, moment.device))
    )


def _same(said: str, here: str | None) -> bool:
    return here is not None and said.casefold() == here.casefold().replace("_", " ")


def _on(day: str, time: datetime) -> bool:
    weekday = time.weekday()
    return {"weekdays": weekday < SATURDAY, "weekends": weekday >= SATURDAY}.get(day, day == DAYS[weekday])


def _at(said: str, time: datetime) -> bool:
    minute = time.hour * 60 + time.minute
    side, _, rest = said.partition(" ")
    if side in ("before", "after") and rest:
        start, end = _span(rest)
        if side == "before":
            return minute < start
        return minute >= end or (end >= LATE and minute < SMALL_HOURS)
    if found := _RANGE.fullmatch(said):
        return _between(minute, _minutes(found[1]), _minutes(found[2]))
    if _CLOCK.fullmatch(said):
        apart = abs(minute - _minutes(said))
        return min(apart, A_DAY - apart) <= A_MOMENT
    return said in PARTS and _between(minute, *_span(said))


def _span(said: str) -> tuple[int, int]:
    """Return the minutes at which a time or a part of a day begins and ends; of neither, none of a day."""
    if _CLOCK.fullmatch(said):
        return _minutes(said), _minutes(said)
    hours = PARTS.get(said)
    return (hours[0] * 60, hours[1] * 60) if hours else (0, A_DAY)


def _between(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start <= end else minute >= start or minute < end


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
