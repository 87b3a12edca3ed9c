"""Phrases that restrict when or where something holds: a table of what people say, and what each gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sayagain.preferences.times import CLOCK, DAYS, Clock

ROOMS = (
    "kitchen|living room|sitting room|family room|bedroom|bathroom|hall|hallway|office|study|garage|garden|"
    "back garden|nursery|"
    "playroom|dining room|lounge|den|basement|cellar|attic|loft|car|gym|balcony|porch|laundry room|laundry|"
    "utility room|"
    "workshop|patio|toilet|shower|shed|conservatory|library|guest room|spare room|kids room|kids' room|children's room|"
    "front room|back room|pantry|landing|corridor|terrace|yard|bath|sunroom|studio|cabin|camper|van|dressing room"
)
_ADJECTIVES = (
    "guest|spare|master|kids|kids'|children's|childrens|upstairs|downstairs|main|small|big|little|home|front|"
    "back|ground "
    "floor|baby's|boys'|girls'|boys|girls|second|other"
)
PLACE = rf"(?: (?:{_ADJECTIVES}))?(?: (?:{ROOMS}))"
DEVICES = (
    "tablet|phone|speaker|display|tv|watch|laptop|screen|radio|telly|television|computer|desktop|soundbar|hub|"
    "headphones|earbuds"
)
DEVICE = rf"(?: [^ ,]+)??(?: (?:{DEVICES}))"
_DAYS = "|".join(DAYS)
_PART = r"(?:mornings?|afternoons?|evenings?|nights?)"
_MEAL = r"(?:breakfast|lunch|lunchtime|dinner|dinnertime|supper|bedtime|noon|sunset|sunrise|dawn|dusk|sundown)"
_THE = r"(?: (?:the|my|our))?"

_DAY_NAME = (
    rf"(?:weekdays?|week days|work ?days?|working days|weekends?|holidays?|saturdays? and sundays?|mondays? "
    rf"(?:to|through|till) fridays?|(?:{_DAYS})s?)"
)

_WEEKDAYS = frozenset(
    [
        "weekdays", "weekday", "work days", "workdays", "work day", "working days", "week days", "workday",
        "monday to friday", "monday through friday", "week",
    ]
)  # fmt: skip
_MEALS = {"lunchtime": "lunch", "dinnertime": "dinner", "nighttime": "night", "sundown": "sunset"}
_SIDES = {"until": "before", "past": "after"}


def _day(found: re.Match[str], _: Clock) -> str:
    day = found["day"].strip()
    if day in _WEEKDAYS:
        return "weekdays"
    if ("saturday" in day and "sunday" in day) or day.startswith("weekend"):
        return "weekends"
    return "holidays" if day.startswith("holiday") else day.removesuffix("s")


def _part(found: re.Match[str], _: Clock) -> str:
    return _singular(found["part"])


def _meal(found: re.Match[str], _: Clock) -> str:
    return _meal_named(found["part"])


def _beside_meal(found: re.Match[str], _: Clock) -> str:
    return f"{_SIDES.get(found['side'], found['side'])} {_meal_named(found['part'])}"


def _recurring(found: re.Match[str], _: Clock) -> str:
    return "night" if found["over"] else _meal_named(found["part"] or found["alone"])


def _sided(found: re.Match[str], clock: Clock) -> str | None:
    return clock.range(f" {found['side'].strip()}{found['clock']}")


def _place(found: re.Match[str], _: Clock) -> str:
    return found["place"].removeprefix("at ")


def _meal_named(part: str) -> str:
    word = _singular(part)
    return _MEALS.get(word, word)


def _singular(part: str) -> str:
    return part.strip().removesuffix("s")


@dataclass(frozen=True)
class Restriction:
    """A phrase that restricts when or where something holds."""

    said: str
    """Regular expression over tokens."""
    gives: Mapping[str, Callable[[re.Match[str], Clock], str | None]]
    """Field of a condition → what the phrase gives for it."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the phrase as it stands in a statement, with a comma beside it or without."""
        return re.compile(rf"(?: ,)?(?:{self.said})(?: ,)?(?= |$)")

    def condition(self, found: re.Match[str], clock: Clock) -> dict[str, str]:
        """Return what the phrase gives, where it was found."""
        given = {name: give(found, clock) for name, give in self.gives.items()}
        return {name: " ".join(value.split()) for name, value in given.items() if value}


RESTRICTIONS = (
    Restriction(r" (?:every|each) (?:single )?(?:day|week)| daily| all (?:day|the time)| day and night", {}),
    Restriction(
        rf" (?:on|every|each)?{_THE} ?(?P<day>{_DAY_NAME}) (?:in the )?(?P<part>{_PART}|{_MEAL})",
        {"day": _day, "time": _part},
    ),
    Restriction(
        rf"(?: every| each)? (?P<part>{_PART}) (?:on|of) {_THE} ?(?P<day>{_DAY_NAME})",
        {"day": _day, "time": _part},
    ),
    Restriction(
        r" (?:during|in|on|through|over) the (?:working |work )?(?:week|weekdays)| in the week",
        {"day": lambda *_: "weekdays"},
    ),
    Restriction(
        rf" (?:on|at|every|each|over|during|come|only on)(?: the| any| a| all)? (?P<day>{_DAY_NAME})",
        {"day": _day},
    ),
    Restriction(
        (
            rf" (?P<day>weekdays|weekends|work days|workdays|mondays? (?:to|through|till) fridays?|saturdays? and "
            rf"sundays?|(?:{_DAYS})s)"
        ),
        {"day": _day},
    ),
    Restriction(
        rf"(?: from| between)(?P<range>{CLOCK}(?: to| till| until| and){CLOCK})",
        {"time": lambda found, clock: clock.range(found["range"])},
    ),
    Restriction(
        (
            rf"(?: any ?time)?(?P<side> before| until| till| after| from| past| later than| earlier than| "
            rf"since)(?P<clock>{CLOCK})(?: on| onwards| onward)?"
        ),
        {"time": _sided},
    ),
    Restriction(rf" at(?P<clock>{CLOCK})", {"time": lambda found, clock: clock.time(found["clock"])}),
    Restriction(
        rf" (?P<side>before|after|until|past)(?: the)? (?P<part>{_MEAL}|dark)",
        {"time": _beside_meal},
    ),
    Restriction(
        (
            rf" (?:in|at|during|by|through|over|throughout|with|for|around|while (?:we|i) (?:are|am)? ?(?:having|"
            rf"eating|at)|when (?:we|i) (?:have|are having|eat|are at|am at))(?: the| my| our)?(?: late| early)? "
            rf"(?P<part>{_PART}|{_MEAL})(?: ?time)?"
        ),
        {"time": _meal},
    ),
    Restriction(
        (
            rf" (?:every|each) (?P<part>{_PART}|{_MEAL})| (?P<alone>mornings|afternoons|evenings|nights)| "
            rf"(?P<over>overnight)"
        ),
        {"time": _recurring},
    ),
    Restriction(
        (
            rf" (?:when|while|if|whenever) (?:i am|we are|i) (?:in|on)(?: the| my| our)?(?P<place>{PLACE}| [^ ]+ "
            rf"room)"
        ),
        {"place": _place},
    ),
    Restriction(
        rf" (?:in|out in|inside)(?: the| my| our)?(?P<place>{PLACE}| [^ ,]+ room)",
        {"place": _place},
    ),
    Restriction(
        (
            r" in the(?P<place> (?!morning|afternoon|evening|night|future|house|home|background|way|dark|sun|rain|"
            r"summer|winter|spring|autumn|end|meantime|week|middle|first|mood|world|news|family|same|next|box|car "
            r"park)[^ ,]+)"
        ),
        {"place": _place},
    ),
    Restriction(r" (?P<place>upstairs|downstairs|at work|at home)", {"place": _place}),
    Restriction(
        (
            rf"(?<! turn)(?<! turning)(?<! switch)(?<! switching)(?<! put)(?<! putting) on(?: the| my| "
            rf"our)(?P<device>{DEVICE})"
        ),
        {"device": lambda found, _: found["device"]},
    ),
)
"""In the order in which they are looked for: the longest first."""
