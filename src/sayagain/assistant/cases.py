"""Requests whose meaning hangs on what is going on: with the oven on, "what is the temperature" is the oven's.

One row a case; of the rows of a kind the first that applies gives the meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sayagain.assistant.action import Action, action
from sayagain.assistant.corpus import ON_OFF, GoalKey
from sayagain.assistant.goals import MEANINGS, NO_ACTION, Circumstances, Meaning
from sayagain.assistant.home import Device

EVENING = 17
"""Hour from which the day is over: blinds and lights are meant for the night."""
COMFORT = {"cold": "23", "hot": "18"}
"""Degrees that someone who is cold or hot wants."""


class Case(NamedTuple):
    """One meaning of a kind of goal."""

    name: str
    kind: str
    applies: Callable[[GoalKey, Circumstances], bool]
    meaning: Meaning


def _if(test: Callable[[Circumstances], object]) -> Callable[[GoalKey, Circumstances], bool]:
    return lambda _goal, now: bool(test(now))


ELSE = _if(lambda _now: True)


def _on(intent: str, choose: Callable[[Circumstances], Iterable[Device]], **fixed: str) -> Meaning:
    """The intent on all devices chosen; no meaning when there are none."""

    def meaning(_goal: GoalKey, now: Circumstances) -> Action | None:
        found = [each.id for each in choose(now)]
        return action(intent, *found, **fixed) if found else None

    return meaning


def _do(intent: str, **fixed: str) -> Meaning:
    return lambda _goal, _now: action(intent, **fixed)


def _title(kind: str) -> Meaning:
    def meaning(goal: GoalKey, now: Circumstances) -> Action | None:
        found = now.home.entries(kind, goal.values["title"])
        return action("play", found[0].id) if found else None

    return meaning


def _knows(now: Circumstances, kind: str, goal: GoalKey) -> bool:
    return bool(now.home.entries(kind, goal.values["title"]))


def _first(kind: str) -> Meaning:
    def meaning(_goal: GoalKey, now: Circumstances) -> Action | None:
        found = now.home.catalogue.get(kind, ())
        return action("play", found[0].id) if found else None

    return meaning


def _named(*names: str) -> Callable[[Circumstances], list[Device]]:
    return lambda now: [each for name in names for each in now.home.called(name)]


def _nearest(*domains: str) -> Callable[[Circumstances], tuple[Device, ...]]:
    """The devices of domains in this room, else the first of the home."""
    return lambda now: now.here(*domains) or now.of(*domains)[:1]


def _last(now: Circumstances) -> list[Device]:
    return [each for each in now.home.devices if each.id == now.last_device]


def _last_cover(now: Circumstances) -> list[Device]:
    return [each for each in _last(now) if each.domain == "cover"]


def _last_switched(now: Circumstances) -> list[Device]:
    return [each for each in _last(now) if each.domain in ON_OFF]


def _lights_here(now: Circumstances) -> tuple[Device, ...]:
    return now.here("light")


def _blinds(now: Circumstances) -> list[Device]:
    every = _named("blinds")(now)
    return [each for each in every if each.area == now.speaker.area] or every


def _dimmable(now: Circumstances) -> list[Device]:
    able = [each for each in now.here("light") if "brightness" in each.capabilities]
    return [each for each in able if each.id in now.on] or able


def _oven_on(now: Circumstances) -> bool:
    return any(each.id in now.on for each in _named("oven")(now))


def _brew(_goal: GoalKey, now: Circumstances) -> Action | None:
    found = [each.id for each in now.of("coffee_maker")]
    return action("turn_on", *found, **({"at": now.alarm} if now.alarm else {})) if found else None


def _again(_goal: GoalKey, now: Circumstances) -> Action | None:
    return now.last


def _call_back(_goal: GoalKey, now: Circumstances) -> Action | None:
    return action("call", now.last_contact) if now.last_contact else None


def _favourite(_goal: GoalKey, now: Circumstances) -> Action:
    return action("play", now.favourite) if now.favourite else action("play_music")


def _rise(_goal: GoalKey, now: Circumstances) -> Action:
    return action("set_alarm", day="tomorrow", hour=str(now.rises))


def _comfort(kind: str) -> Meaning:
    return _on("set_temperature", lambda now: _nearest("climate")(now)[:1], degrees=COMFORT[kind])


_PLAYS = _if(lambda now: now.playing)
_SPEAKS_FILM = _if(lambda now: now.playing == "film")

CASES: tuple[Case, ...] = (
    Case("the oven is on", "temperature", _if(_oven_on), _on("get_temperature", _named("oven"))),
    Case("no oven is on", "temperature", ELSE, _on("get_temperature", lambda now: _nearest("climate")(now)[:1])),
    Case("a screen and a film", "play_title", lambda goal, now: now.speaker.has_screen and _knows(now, "film", goal),
         _title("film")),
    Case("no screen, an audiobook", "play_title", lambda goal, now: _knows(now, "audiobook", goal),
         _title("audiobook")),
    Case("only a film", "play_title", ELSE, _title("film")),
    Case("by taste", "play_music", ELSE, _favourite),
    Case("the first film", "play_movie", ELSE, _first("film")),
    Case("a film is on, read instead", "play_book", _SPEAKS_FILM, _first("audiobook")),
    Case("an audiobook", "play_book", ELSE, _first("audiobook")),
    Case("with an alarm at its time, else now", "start_brewing", ELSE, _brew),
    Case("what was used last, off", "turn_it_off", _if(_last_switched), _on("turn_off", _last_switched)),
    Case("what plays, off", "turn_it_off", _PLAYS, _do("stop")),
    Case("what was used last, on", "turn_it_on", _if(_last_switched), _on("turn_on", _last_switched)),
    Case("the lights of this room", "light_on", ELSE, _on("turn_on", _lights_here)),
    Case("all lights here", "light_off", ELSE, _on("turn_off", _lights_here)),
    Case("the light that is on, up", "brighter", ELSE, _on("brighten", _dimmable)),
    Case("the light that is on, down", "dimmer", ELSE, _on("dim", _dimmable)),
    Case("an alarm rings", "stop", _if(lambda now: now.ringing), _do("cancel_alarm")),
    Case("something plays", "stop", _if(lambda now: now.playing), _do("stop")),
    Case("a timer runs", "stop", _if(lambda now: now.timer), _do("cancel_timer")),
    Case("louder here", "louder", _PLAYS, _do("volume_up")),
    Case("quieter here", "quieter", _PLAYS, _do("volume_down")),
    Case("next of what plays", "next", _PLAYS, _do("next_track")),
    Case("previous of what plays", "previous", _PLAYS, _do("previous_track")),
    Case("the cover used last, open", "open_it", _if(_last_cover), _on("open", _last_cover)),
    Case("the cover used last, closed", "close_it", _if(_last_cover), _on("close", _last_cover)),
    Case("in the evening all blinds", "close_blinds", _if(lambda now: now.hour >= EVENING),
         _on("close", _named("blinds"))),
    Case("by day the blinds here", "close_blinds", ELSE, _on("close", _blinds)),
    Case("the blinds here", "open_blinds", ELSE, _on("open", _blinds)),
    Case("all lights off for the night", "good_night", ELSE, _on("turn_off", lambda now: now.of("light"))),
    Case("the blinds up in the morning", "good_morning", _if(_blinds), _on("open", _blinds)),
    Case("the light on in the morning", "good_morning", ELSE, _on("turn_on", _nearest("light"))),
    Case("all lights off when all go", "leaving", ELSE, _on("turn_off", lambda now: now.of("light"))),
    Case("warmer here", "cold", ELSE, _comfort("cold")),
    Case("a fan here", "hot", _if(lambda now: now.here("fan")), _on("turn_on", lambda now: now.here("fan")[:1])),
    Case("cooler here", "hot", ELSE, _comfort("hot")),
    Case("the vacuum", "clean", ELSE, _on("start_cleaning", lambda now: now.of("vacuum")[:1])),
    Case("all doors", "lock_up", ELSE, _on("lock", lambda now: now.of("lock"))),
    Case("how long until the alarm", "how_long", _if(lambda now: now.alarm and not now.timer), _do("list_alarms")),
    Case("how long on the timer", "how_long", _if(lambda now: now.timer), _do("timer_status")),
    Case("the hour one rises", "wake_me", ELSE, _rise),
    Case("who was called last", "call_back", ELSE, _call_back),
    Case("what was done last", "again", ELSE, _again),
)  # fmt: skip
"""All cases; where none of a kind applies, nobody would ask for it."""

_OF_KIND: dict[str, list[Case]] = {}
for _case in CASES:
    _OF_KIND.setdefault(_case.kind, []).append(_case)


def wanted(goal: GoalKey, now: Circumstances) -> Action | None:
    """Return the action that meets a goal, or None: unsupported, not meant, or nothing here it could be about."""
    if goal.kind in NO_ACTION or goal.kind.startswith("correct_"):  # a correction wants what was asked before
        return None
    if goal.kind in MEANINGS:
        return MEANINGS[goal.kind](goal, now)
    return next((case.meaning(goal, now) for case in _OF_KIND[goal.kind] if case.applies(goal, now)), None)
