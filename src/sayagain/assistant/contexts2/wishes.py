"""When people of ``contexts2`` say the words of the twenty kinds, and what happens around it.

A moment is where, when and in what a kind's words are said: the bell rings, and somebody says "open it". Which of its
meanings they then have follows from all that goes on (``cases``), not from the moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from pydantic import JsonValue

from sayagain.assistant.contexts2.homes import HEARD_IN
from sayagain.assistant.contexts2.scene import FIRST_DAY, HERE_ONLY, WORKDAYS, Surroundings
from sayagain.assistant.contexts2.words import by_goal, goals
from sayagain.assistant.corpus import GoalKey
from sayagain.assistant.home import Home, Speaker
from sayagain.assistant.people import UNUSUAL_STYLES, Person, Wish

A_DAY = 0.45
"""Wishes a day that one person has of one kind, at the mean. Assumed: what fails is wished for less and less."""
UNEVEN = 0.8
"""Spread of the logarithm of how often one person has wishes of a kind."""
ELSEWHERE = 0.2
"""Share of the wishes that are had in any room, and in which nothing happens but what is usual."""
BEFORE, AFTER = 2.0, 8.0
"""Minutes before and after a wish in which that is so which happens around it."""


class Moment(NamedTuple):
    """Where, when and in what words of a kind are said."""

    weight: float
    hours: tuple[float, float]
    rooms: tuple[str, ...] = ()
    """Any, where none is named."""
    happens: tuple[tuple[str, JsonValue], ...] = ()
    workdays: bool | None = None
    """Workdays alone, weekends alone, or all days."""


DAY, EVENING, MORNING = (9.0, 20.0), (19.0, 23.0), (6.2, 8.8)
DENS = ("living room", "den")

MOMENTS: dict[str, tuple[Moment, ...]] = {
    "open_up": (
        Moment(3, DAY, (), (("doorbell", True),)),
        Moment(3, (6.5, 10), ("bedroom", "living room")),
        Moment(2, (7, 19), ("car",)),
        Moment(1, (6, 22), ("bathroom",), (("humidity", 84),)),
    ),
    "warmer": (
        Moment(3, (6, 23)),
        Moment(2, (6.5, 9), ("car",)),
        Moment(2, (6, 22), ("bathroom",), (("shower_on", True),)),
        Moment(2, (21, 23.5), ("bedroom",)),
    ),
    "going_out": (
        Moment(3, (6.8, 9.5), ("hallway", "kitchen"), (), True),
        Moment(2, (9, 18), ("hallway",), (("others_home", 0),)),
        Moment(2, (17, 21), ("hallway", "living room"), (("others_home", 0),)),
        Moment(1, (8, 18), (), (("garage_open", True),)),
    ),
    "time_left": (
        Moment(2, (11, 20), ("kitchen",), (("timer", True),)),
        Moment(2, (8, 21), ("laundry room", "bathroom", "hallway"), (("washer", "running"),)),
        Moment(2, (8, 22), (), (("washer", "running"),)),
        Moment(2, (19, 23), DENS, (("plays", "film"),)),
        Moment(1, (18, 22), ("kitchen",), (("dishwasher", "running"),)),
        Moment(1, (9, 16), ("office",), (("next_event", 9), ("activity", "working")), True),
        Moment(1, (9, 22), (), (("timer", True),)),
    ),
    "next_one": (
        Moment(2, (7, 22), (), (("plays", "song"),)),
        Moment(3, (11, 20), ("kitchen",), (("recipe", True), ("activity", "cooking"))),
        Moment(2, (9, 16), ("office",), (("next_event", 12), ("activity", "working")), True),
        Moment(1, (14, 22), DENS, (("photos", True),)),
    ),
    "more_light": (
        Moment(3, (18, 23)),
        Moment(3, (8.5, 15.5), ("bedroom", "living room", "office", "kitchen")),
        Moment(2, EVENING, (*DENS, "bedroom"), (("activity", "watching"),)),
    ),
    "call_home": (
        Moment(3, (8, 20), ("car",)),
        Moment(3, (17, 20), ("kitchen",)),
        Moment(2, (10, 20), (), (), False),
        Moment(1, (10, 20)),
    ),
    "usual": (Moment(3, MORNING, ("kitchen",)), Moment(2, (7, 18), ("car",)), Moment(3, EVENING), Moment(1, MORNING)),
    "start_it": (
        Moment(3, (8, 21), ("laundry room", "bathroom", "hallway"), (("washer", "loaded"),)),
        Moment(3, (18, 22), ("kitchen",)),
        Moment(2, MORNING, ("kitchen",)),
        Moment(1, (15, 19), DENS, (("activity", "exercising"),)),
        Moment(2, (9, 17), ()),
    ),
    "turn_it_down": (
        Moment(3, (8, 22), (), (("plays", "song"),)),
        Moment(2, (10, 20), (), (("inside", 27),)),
        Moment(2, EVENING),
        Moment(1, EVENING, DENS, (("plays", "film"),)),
    ),
    "read_it": (
        Moment(3, (8, 21), (), (("unread", 1),)),
        Moment(2, (11, 20), ("kitchen",), (("recipe", True), ("activity", "cooking"))),
        Moment(3, (19, 21.5), ("bedroom", "nursery")),
        Moment(2, MORNING),
    ),
    "score": (Moment(3, (18, 22), (), (), True), Moment(3, (12, 22), (), (), False), Moment(1, (7, 22))),
    "cosy": (
        Moment(3, (17, 22), DENS),
        Moment(1, (18, 22), (*DENS, "dining room"), (("guests", True),)),
        Moment(2, EVENING, DENS, (("tv", True),)),
        Moment(1, EVENING, ("bedroom",)),
    ),
    "fresh_air": (Moment(3, DAY), Moment(1, DAY, (), (("pm25", 85),)), Moment(2, MORNING, ("bedroom", "bathroom"))),
    "is_it_closed": (Moment(3, (21, 23.5), ("bedroom",)), Moment(2, (7, 19), ("car",)), Moment(3, DAY)),
    "clean_up": (
        Moment(3, DAY),
        Moment(3, (18, 21), ("kitchen",), (("dishwasher", "full"),)),
        Moment(1, DAY, ("hallway", "kitchen"), (("sky", "rainy"),)),
        Moment(1, DAY, (), (("vacuum_battery", 11),)),
    ),
    "five_more": (
        Moment(3, (5.8, 8.5), ("bedroom",), (("alarm_rings", True),)),
        Moment(3, (11, 20), ("kitchen",), (("timer", True),)),
        Moment(2, (20.5, 23.5), ("bedroom", "nursery"), (("plays", "song"),)),
        Moment(1, (8, 21), (), (("timer", True),)),
    ),
    "whats_on": (
        Moment(2, MORNING, ("kitchen", "bedroom"), (), True),
        Moment(3, EVENING, DENS, (("tv", True),)),
        Moment(2, (9, 22), (), (("plays", "song"),)),
        Moment(2, (7, 18), ("hallway",)),
        Moment(1, (9, 22)),
    ),
    "put_down": (Moment(3, (7, 22)), Moment(2, (9, 17), ("office",), (("activity", "working"),), True)),
    "night": (
        Moment(3, (21, 23.8), ("bedroom",)),
        Moment(2, (19.5, 22), ("nursery", "hallway"), (("child_asleep", True),)),
        Moment(1, (21.5, 23.8), ("living room", "hallway"), (("guests", True),)),
    ),
}  # fmt: skip


def wishes(person: Person, home: Home, day: int, surroundings: Surroundings) -> Iterator[Wish]:
    """Yield what a person wants of the twenty kinds on a day, and let happen what happens around it."""
    own = np.random.default_rng([person.seed, 0x64])
    random = np.random.default_rng([person.seed, day, 0x65])
    for kind, moments in MOMENTS.items():
        rate = A_DAY * float(own.lognormal(-(UNEVEN**2) / 2, UNEVEN))
        liked = own.dirichlet([each.weight for each in moments])
        for _ in range(int(random.poisson(rate))):
            which = moments[int(random.choice(len(moments), p=liked))]
            elsewhere, near, when, what = random.random(4).tolist()
            if which.workdays not in (None, day % 7 in WORKDAYS):
                continue
            usual = elsewhere < ELSEWHERE
            speakers = _speakers(home, _anywhere(moments) if usual else which.rooms)
            keys = [key for key in goals(kind) if _sayable(person, key)]
            if not speakers or not keys:
                continue
            speaker = speakers[int(near * len(speakers))]
            hour = which.hours[0] + when * (which.hours[1] - which.hours[0])
            if not usual:
                _happen(which.happens, FIRST_DAY + timedelta(days=day, hours=hour), speaker, surroundings)
            yield Wish(keys[int(what * len(keys))], hour, speaker.id)


def _anywhere(moments: Sequence[Moment]) -> tuple[str, ...]:
    """Return the rooms in which words are said that are said anywhere: the car only where they are said in it too."""
    return tuple(HEARD_IN) if any("car" in each.rooms for each in moments) else ()


def _speakers(home: Home, rooms: Sequence[str]) -> list[Speaker]:
    """Return the speakers in rooms of these names; all but that of the car, where none is named."""
    named = {each.id: each.name for each in home.areas}
    return [each for each in home.speakers if (named[each.area] in rooms if rooms else named[each.area] != "car")]


def _sayable(person: Person, key: GoalKey) -> bool:
    return any(one.text in person.texts and one.style not in UNUSUAL_STYLES for one in by_goal()[key])


def _happen(
    what: Sequence[tuple[str, JsonValue]], about: datetime, speaker: Speaker, surroundings: Surroundings
) -> None:
    for name, value in what:
        here = f"{name}@{speaker.area}" if name in HERE_ONLY else name
        surroundings.happen(here, value, about, BEFORE, AFTER)
