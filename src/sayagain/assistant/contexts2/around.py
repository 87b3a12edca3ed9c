"""The circumstances of a request in a home of ``contexts2``: all that the truth may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache

from pydantic import JsonValue

from sayagain.assistant.contexts2.chance import chance
from sayagain.assistant.contexts2.scene import FIRST_DAY, HERE_ONLY, WORKDAYS, Surroundings
from sayagain.assistant.contexts2.tastes import Tastes
from sayagain.assistant.goals import Circumstances

WHIM = 0.05
"""Share of the requests by which something else is meant than such circumstances have one mean. Assumed: people have
reasons that no sensor tells."""

Activity = tuple[str, range, bool | None, float]
"""What is done, at which hours, on workdays or weekends alone, and how often."""
ACTIVITIES: Mapping[str, tuple[Activity, ...]] = {
    "kitchen": tuple(("cooking", hours, None, 0.6) for hours in (range(7, 9), range(12, 13), range(17, 20))),
    "office": (("working", range(8, 18), True, 0.7), ("reading", range(18, 23), None, 0.2)),
    "living room": (("exercising", range(15, 19), None, 0.2), ("watching", range(19, 24), None, 0.5)),
    "bedroom": (("reading", range(20, 24), None, 0.4),),
    "bathroom": (("bathing", range(6, 24), None, 0.4),),
    "car": (("driving", range(24), None, 1.0),),
    "laundry room": (("laundry", range(8, 21), None, 0.6),),
    "nursery": (("putting to bed", range(18, 21), None, 0.6),),
}
SHOWS_RECIPE = 0.6
"""Share of the cooking before a screen that a recipe is open on."""


@dataclass(frozen=True, slots=True)
class Around(Circumstances):
    """The circumstances of a request, with what sensors, screens and calendars would tell, and what nothing tells."""

    time: datetime = FIRST_DAY
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    """What goes on, by name."""
    activity: str = ""
    shows: str = ""
    """What is on the screen: recipe, photos, or nothing of interest."""
    tastes: Tastes | None = None
    whim: bool = False
    """Whether something unusual is meant."""

    @property
    def room(self) -> str:
        """The name of the speaker's room."""
        return next((each.name for each in self.home.areas if each.id == self.speaker.area), "")

    @property
    def day(self) -> int:
        """Days since the first."""
        return (self.time - FIRST_DAY).days

    @property
    def workday(self) -> bool:
        """Whether it is Monday to Friday."""
        return self.day % 7 in WORKDAYS

    @property
    def alone(self) -> bool:
        """Whether nobody else is at home."""
        return not self.number("others_home")

    def number(self, name: str, otherwise: float = 0.0) -> float:
        """Return a number that goes by a name."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else otherwise

    def has(self, *names: str) -> bool:
        """Return whether the home has a device of each of the names."""
        return all(self.home.called(name) for name in names)


def around(now: Circumstances, time: datetime, surroundings: Surroundings, person: str, tastes: Tastes) -> Around:
    """Return the circumstances with all that goes on in these surroundings."""
    values = dict(surroundings.at(time))
    here = {name: values.get(f"{name}@{now.speaker.area}", values.get(name)) for name in HERE_ONLY}
    values = {name: value for name, value in values.items() if "@" not in name} | here
    room = now.speaker.area.removeprefix("area.").replace("_", " ")
    activity = str(here["activity"] or _activity(surroundings.seed, room, time))
    cooks = activity == "cooking" and chance(surroundings.seed, "recipe", time.date(), time.hour) < SHOWS_RECIPE
    recipe = here["recipe"] or cooks
    shows = ("recipe" if recipe else "photos" if here["photos"] else "") if now.speaker.has_screen else ""
    known = {each.name: getattr(now, each.name) for each in fields(Circumstances)}
    whim = chance(person, "whim", time) < WHIM
    return Around(**known, time=time, values=values, activity=activity, shows=shows, tastes=tastes, whim=whim)


@lru_cache(maxsize=4096)
def _activity(seed: int, room: str, time: datetime) -> str:
    workday = (time - FIRST_DAY).days % 7 in WORKDAYS
    for name, hours, only, share in ACTIVITIES.get(room, ()):
        if time.hour in hours and only in (None, workday) and chance(seed, name, time.date(), time.hour) < share:
            return name
    return ""
