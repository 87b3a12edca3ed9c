"""Truth: what the words of each of the twenty kinds mean when. No learner sees it, nor does the assistant.

One row a case; of the rows of a kind the first that applies gives the meaning, where the home has what it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sayagain.assistant.action import Action
from sayagain.assistant.contexts2.around import Around
from sayagain.assistant.contexts2.readings import BLINDS, READINGS, Place
from sayagain.assistant.contexts2.tastes import Tastes
from sayagain.assistant.corpus import GoalKey

Test = Callable[[Around], object]
FLAT = 20
"""Percent of battery below which a robot does not set out."""
STEAM = 70
"""Percent of humidity from which one wants to let steam out."""
SMOKE = 50
"""Particles from which nobody opens anything."""
HOT = 25
"""Degrees from which it is too warm inside."""
SOON = 15
"""Minutes to an appointment within which one thinks of nothing else."""
BRIGHT = 4000
"""Lux outdoors from which daylight is the better light."""
COLD_NIGHT, FROST = 4, 3
"""Degrees outdoors below which one wants a warm blanket, or a fire."""


class Case(NamedTuple):
    """One meaning of the words of a kind."""

    kind: str
    name: str
    """When, in words."""
    applies: Test
    reading: str
    """What is then meant, of what the words may be about."""
    which: Callable[[Tastes, Around], str] | None = None
    """Where that is several things: the id of the one."""


def _always(_now: Around) -> bool:
    return True


def _in(*rooms: str) -> Test:
    return lambda now: now.room in rooms


def _dark(now: Around) -> bool:
    return not now.values["daylight"]


def _wet(now: Around) -> bool:
    return now.values["sky"] in ("rainy", "snowy")


def _meeting(now: Around) -> bool:
    return now.number("next_event", 999) <= SOON


def _closed_blinds(now: Around) -> bool:
    return any(each.name in BLINDS and each.id not in now.on for each in now.here("cover"))


def _fan_on(now: Around) -> bool:
    return any(each.id in now.on for each in now.here("fan"))


def _robot(now: Around) -> bool:
    return now.number("vacuum_battery") >= FLAT


def _mop(now: Around) -> bool:
    return now.number("mop_battery") >= FLAT


def _usual(tastes: Tastes, now: Around) -> str:
    if now.room == "car":
        return tastes.driving
    return tastes.morning if now.hour < 12 else tastes.evening[now.day >= tastes.changes]


def _team(tastes: Tastes, now: Around) -> str:
    game = f"team.{now.values['game']}"
    return game if game in tastes.teams else tastes.teams[not now.workday]


CASES: tuple[Case, ...] = (
    Case("open_up", "in the car", _in("car"), "garage"),
    Case("open_up", "the bell rang, there is a gate", lambda now: now.values["doorbell"], "gate"),
    Case("open_up", "the bell rang, there is none", lambda now: now.values["doorbell"], "door"),
    Case("open_up", "steam in the bathroom",
         lambda now: now.room == "bathroom" and now.number("humidity") >= STEAM, "skylight"),
    Case("open_up", "by day", lambda now: 6 <= now.hour < 20, "blinds"),
    Case("warmer", "in the car", _in("car"), "car"),
    Case("warmer", "under the shower", lambda now: now.room == "bathroom" and now.values["shower_on"], "shower"),
    Case("warmer", "in bed, on a cold night",
         lambda now: now.room == "bedroom" and not 7 <= now.hour < 20 and now.number("outside") < COLD_NIGHT,
         "blanket"),
    Case("warmer", "else", _always, "heating"),
    Case("going_out", "the garage stands open", lambda now: now.values["garage_open"], "garage"),
    Case("going_out", "the last to go, in the dark", lambda now: now.alone and _dark(now), "lights"),
    Case("going_out", "the last to go at the weekend", lambda now: now.alone and not now.workday, "arm"),
    Case("going_out", "the last to go, on a workday", lambda now: now.alone and _robot(now), "vacuum"),
    Case("going_out", "to work", lambda now: now.workday and now.hour < 10, "traffic"),
    Case("going_out", "others stay", _always, "weather"),
    Case("time_left", "a timer, in the kitchen", lambda now: now.timer and now.room == "kitchen", "timer"),
    Case("time_left", "the wash, where it is done",
         lambda now: now.values["washer"] == "running" and now.room in ("laundry room", "bathroom", "hallway"),
         "washer"),
    Case("time_left", "a film", lambda now: now.playing == "film", "film"),
    Case("time_left", "the dishes", lambda now: now.values["dishwasher"] == "running" and now.room == "kitchen",
         "dishwasher"),
    Case("time_left", "a meeting", lambda now: now.activity == "working" and _meeting(now), "meeting"),
    Case("time_left", "a timer elsewhere", lambda now: now.timer, "timer"),
    Case("time_left", "the wash, from elsewhere", lambda now: now.values["washer"] == "running", "washer"),
    Case("next_one", "a recipe on the screen", lambda now: now.shows == "recipe", "step"),
    Case("next_one", "at work, before an appointment", lambda now: now.activity == "working" and _meeting(now),
         "event"),
    Case("next_one", "something plays", lambda now: now.playing, "track"),
    Case("next_one", "photos on the screen", lambda now: now.shows == "photos", "photo"),
    Case("next_one", "an appointment", lambda now: now.values["next_event"] is not None, "event"),
    Case("more_light", "reading or watching on a screen in the dark",
         lambda now: now.speaker.has_screen and now.activity in ("watching", "reading") and _dark(now), "screen"),
    Case("more_light", "bright outside, blinds closed",
         lambda now: now.number("daylight") >= BRIGHT and _closed_blinds(now), "blinds"),
    Case("more_light", "else", _always, "lamps"),
    Case("call_home", "on the way", _in("car"), "phone"),
    Case("call_home", "at the weekend, whose home is mom's",
         lambda now: not now.workday and now.tastes is not None and now.tastes.calls_mom, "mom"),
    Case("call_home", "dinner is ready", lambda now: not now.alone and now.room == "kitchen" and 16 <= now.hour < 21,
         "intercom"),
    Case("call_home", "several others are somewhere in the home", lambda now: now.number("others_home") > 1,
         "intercom"),
    Case("call_home", "else", _always, "phone"),
    Case("usual", "mornings in the kitchen", lambda now: now.room == "kitchen" and now.hour < 11, "coffee"),
    Case("usual", "what they always hear at this time of day", _always, "radio", _usual),
    Case("start_it", "the machine is loaded",
         lambda now: now.values["washer"] == "loaded" and now.room in ("laundry room", "bathroom", "hallway"),
         "washer"),
    Case("start_it", "the dishes, after dinner",
         lambda now: now.values["dishwasher"] == "full" and now.room == "kitchen" and now.hour >= 18, "dishwasher"),
    Case("start_it", "exercising", lambda now: now.activity == "exercising", "workout"),
    Case("start_it", "mornings in the kitchen", lambda now: now.room == "kitchen" and now.hour < 11, "coffee"),
    Case("start_it", "the machine is loaded, from elsewhere", lambda now: now.values["washer"] == "loaded", "washer"),
    Case("start_it", "else, if it can", _robot, "vacuum"),
    Case("turn_it_down", "too warm inside", lambda now: now.number("inside") >= HOT and now.playing != "film",
         "heating"),
    Case("turn_it_down", "something plays", lambda now: now.playing, "volume"),
    Case("turn_it_down", "a fan is on", _fan_on, "fan"),
    Case("turn_it_down", "in the dark", _dark, "lamps"),
    Case("turn_it_down", "else", _always, "heating"),
    Case("read_it", "a recipe on the screen", lambda now: now.shows == "recipe", "recipe"),
    Case("read_it", "at bedtime",
         lambda now: now.room in ("bedroom", "nursery") and now.hour >= 19 and now.number("unread") < 3, "book"),
    Case("read_it", "messages came", lambda now: now.number("unread"), "messages"),
    Case("read_it", "in the morning", lambda now: now.hour < 11, "news"),
    Case("read_it", "else", _always, "book"),
    Case("score", "their team plays, else that of the day", _always, "team", _team),
    Case("cosy", "guests", lambda now: now.values["guests"], "music"),
    Case("cosy", "who loves a fire", lambda now: now.tastes is not None and now.tastes.loves_fire, "fire"),
    Case("cosy", "the tv is on", lambda now: now.values["tv"], "lamps"),
    Case("cosy", "frost outside", lambda now: now.number("outside") < FROST, "fire"),
    Case("cosy", "else", _always, "colour"),
    Case("fresh_air", "smoke outside", lambda now: now.number("pm25") >= SMOKE, "purifier"),
    Case("fresh_air", "rain or snow", _wet, "fan"),
    Case("fresh_air", "else", _always, "skylight"),
    Case("is_it_closed", "in the car", _in("car"), "garage"),
    Case("is_it_closed", "rain or snow, at an open window", lambda now: _wet(now) and now.hour < 21, "skylight"),
    Case("is_it_closed", "at night", lambda now: now.hour >= 21, "door"),
    Case("is_it_closed", "somebody rang", lambda now: now.values["doorbell"], "gate"),
    Case("is_it_closed", "else", _always, "garage"),
    Case("clean_up", "dishes in the kitchen", lambda now: now.room == "kitchen" and now.values["dishwasher"] == "full",
         "dishwasher"),
    Case("clean_up", "wet shoes", lambda now: _wet(now) and _mop(now), "mop"),
    Case("clean_up", "else, if it can", _robot, "vacuum"),
    Case("clean_up", "else", _always, "mop"),
    Case("five_more", "an alarm rings", lambda now: now.values["alarm_rings"], "snooze"),
    Case("five_more", "in the oven, in the kitchen", lambda now: now.timer and now.room == "kitchen", "timer"),
    Case("five_more", "falling asleep to something", lambda now: now.playing and now.hour >= 20, "play"),
    Case("five_more", "a timer elsewhere", lambda now: now.timer, "timer"),
    Case("five_more", "too early", lambda now: now.hour < 9 and now.room == "bedroom", "snooze"),
    Case("whats_on", "going out of the house", lambda now: now.room == "hallway" and now.hour < 18, "devices"),
    Case("whats_on", "on a workday's morning", lambda now: now.workday and now.hour < 11, "day"),
    Case("whats_on", "the tv is on", lambda now: now.values["tv"] and now.room != "car", "tv"),
    Case("whats_on", "something plays", lambda now: now.playing, "playing"),
    Case("whats_on", "of an evening", lambda now: now.hour >= 18 and now.room != "car", "tv"),
    Case("whats_on", "else", _always, "day"),
    Case("put_down", "before a trip", lambda now: now.number("trip_in", 99) <= 2, "list",
         lambda _tastes, _now: "list.packing_list"),
    Case("put_down", "at work", lambda now: now.activity == "working", "list", lambda _tastes, _now: "list.to_do_list"),
    Case("put_down", "where they put everything", _always, "list", lambda tastes, _now: tastes.own_list),
    Case("night", "a child sleeps", lambda now: now.room in ("nursery", "hallway") and now.values["child_asleep"],
         "nightlight"),
    Case("night", "others stay up", lambda now: now.values["guests"] or now.number("others_home") > 1, "here"),
    Case("night", "who sleeps with sounds",
         lambda now: now.tastes is not None and now.tastes.sounds and now.day >= now.tastes.changes, "sounds"),
    Case("night", "else", _always, "lights"),
)  # fmt: skip
"""All cases; where none of a kind applies, nobody would ask for it."""

OF_KIND: dict[str, list[Case]] = {}
for _case in CASES:
    OF_KIND.setdefault(_case.kind, []).append(_case)


def wanted(goal: GoalKey, now: Around) -> Action | None:
    """Return the action that meets a goal of the twenty kinds, or None: nothing here that it could be about."""
    place = Place(now.home, now.speaker.area, goal.values.get("item", ""))
    meant = [found for case in OF_KIND[goal.kind] if case.applies(now) and (found := _meaning(case, place, now))]
    others = [each for each in meant if each != meant[0]]
    return (others[0] if now.whim and others else meant[0]) if meant else None


def _meaning(case: Case, place: Place, now: Around) -> Action | None:
    of_kind = READINGS[case.kind]
    if case.which is None or now.tastes is None:
        return next(of_kind[case.reading](place), None) if case.reading in of_kind else None
    wanted_one = case.which(now.tastes, now)
    return next((one for each in of_kind.values() for one in each(place) if wanted_one in one.targets), None)
