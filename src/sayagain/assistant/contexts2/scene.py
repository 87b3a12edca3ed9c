"""What goes on in a home of ``contexts2``, hour by hour: weather, who is home, machines, screens, messages, dates.

All of it is drawn by the hour, and some of it happens around a request (``wishes``): the bell rings, and somebody says
"open it". What happens so lasts some minutes, and everybody else is heard in it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from sayagain.assistant.contexts2.chance import between, chance, pick
from sayagain.assistant.contexts2.homes import TEAMS

FIRST_DAY = datetime(2025, 1, 6)
SKIES = ("sunny", "sunny", "sunny", "cloudy", "cloudy", "cloudy", "rainy", "rainy", "windy", "snowy")
LIT = {"sunny": 1.0, "cloudy": 0.35, "windy": 0.6, "rainy": 0.2, "snowy": 0.3}
"""Share of the light of a clear day."""
NOON = 30_000.0
"""Lux outdoors at noon on a clear winter's day."""
SUNRISE, SUNSET = 7, 17
WORKDAYS = range(5)
HERE_ONLY = ("activity", "recipe", "photos", "timer", "plays")
"""What goes on in one room: where it happens, its name has the room behind it."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is so for a while, whatever is usual."""

    name: str
    value: JsonValue
    start: datetime
    end: datetime


@dataclass
class Surroundings:
    """What goes on in one home."""

    seed: int
    happenings: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hours: dict[datetime, dict[str, JsonValue]] = {}
        self.people = 1 + int(between(0, 4, self.seed, "people"))

    def happen(self, name: str, value: JsonValue, about: datetime, before: float, after: float) -> None:
        """Let something be so from some minutes before a moment to some after it."""
        start, end = about - timedelta(minutes=before), about + timedelta(minutes=after)
        self.happenings.append(Happening(name, value, start, end))

    def at(self, now: datetime) -> Mapping[str, JsonValue]:
        """Return all that goes on, by name. Earlier happenings are forgotten: time does not run back."""
        self.happenings = [each for each in self.happenings if each.end >= now]
        changed = {each.name: each.value for each in self.happenings if each.start <= now}
        return self._usual(now.replace(minute=0, second=0, microsecond=0)) | changed

    def _usual(self, hour: datetime) -> dict[str, JsonValue]:
        if hour not in self._hours:
            self._hours = {hour: self._drawn(hour)}
        return self._hours[hour]

    def _drawn(self, hour: datetime) -> dict[str, JsonValue]:
        """Return what is usual in an hour. Shares are assumed."""
        h, day = hour.hour, (hour - FIRST_DAY).days
        workday, home = day % 7 in WORKDAYS, self.seed

        def likely(share: float, what: str, hours: int = 1) -> bool:
            return chance(home, what, day, h // hours) < share

        def number(low: float, high: float, what: str, hours: int = 1) -> int:
            return int(between(low, high, home, what, day, h // hours))

        sky = pick(SKIES, home, "sky", day, h // 6)
        high = 1 - abs(h - 12) / (SUNSET - 12) if SUNRISE <= h < SUNSET else 0.0
        others = sum(likely(0.35 if workday and 9 <= h < 16 else 0.8, f"other {n}", 3) for n in range(1, self.people))
        trip = chance(home, "trip", day // 7) < 0.25
        plays = likely(0.4 if not workday and 14 <= h < 21 else 0.15 if 19 <= h < 22 else 0.0, "game", 2)
        return {
            "sky": sky,
            "outside": round(between(-6, 14, home, "outside", day) + 4 * high - 2),
            "daylight": round(NOON * (0.15 + 0.85 * high) * LIT[sky]) if high else 0,
            "inside": number(19, 24, "inside", 4) + (3 if likely(0.1, "too hot", 4) else 0),
            "others_home": others,
            "guests": likely(0.3 if 18 <= h < 23 and day % 7 in (4, 5) else 0.04, "guests", 5),
            "washer": pick(("idle", "idle", "idle", "loaded", "running"), home, "washer", day, h // 3),
            "dishwasher": pick(("empty", "empty", "full", "full", "running"), home, "dishwasher", day, h // 3),
            "vacuum_battery": number(5, 20, "vacuum", 2) if likely(0.2, "flat", 2) else number(20, 100, "vacuum", 2),
            "mop_battery": number(5, 20, "mop", 2) if likely(0.2, "flat mop", 2) else number(20, 100, "mop", 2),
            "pm25": number(60, 120, "smoke", 3) if likely(0.1, "smoke?", 3) else number(4, 40, "air", 3),
            "humidity": number(70, 95, "steam") if likely(0.15, "steam?") else number(40, 65, "humidity"),
            "unread": number(1, 5, "messages") if likely(0.2, "message?") else 0,
            "next_event": number(3, 120, "event")
            if likely(0.35 if workday and 8 <= h < 17 else 0.08, "event?")
            else None,
            "trip_in": (5 - day % 7) % 7 if trip else None,
            "game": pick(TEAMS, home, "game of", day, h // 2) if plays else None,
            "tv": likely(0.4 if h >= 19 else 0.06, "tv", 2),
            "child_asleep": likely(0.9 if h >= 20 or h < 6 else 0.4 if h in (13, 14) else 0.02, "child", 2),
            "doorbell": likely(0.02, "bell"),
            "shower_on": likely(0.03, "shower"),
            "garage_open": likely(0.12, "garage", 2),
            "alarm_rings": likely(0.05 if 5 <= h < 9 else 0.0, "alarm"),
            "timer": False,
            "plays": None,
            "recipe": False,
            "photos": likely(0.02, "photos"),
            "activity": None,
        }
