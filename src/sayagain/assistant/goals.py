"""The meaning of each goal in a home at a given moment: the action that meets it. Truth, never seen by a learner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sayagain.assistant.action import Action, action
from sayagain.assistant.corpus import GoalKey
from sayagain.assistant.home import Device, Home, Speaker
from sayagain.text.normalise import normalise

WITHOUT_EFFECT = frozenset({"artist"})
"""Parameters that only help to find a target: two actions that differ in them do the same."""
NO_ACTION = frozenset({"unsupported", "not_meant"})
"""Kinds of goals that nothing the assistant does would meet."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The circumstances in which a person speaks: the home, the hour, what is on, and what was done last."""

    home: Home
    speaker: Speaker
    hour: int = 12
    """Of the day, 0 to 23."""
    on: frozenset[str] = frozenset()
    """Ids of devices that are on, open, unlocked or cleaning."""
    last: Action | None = None
    """What the assistant did last, for this person."""
    last_device: str = ""
    """Id of the device used last."""
    last_contact: str = ""
    """Id of the contact called last."""
    playing: str = ""
    """Kind of what this speaker plays: song, film, audiobook …; empty when silent."""
    alarm: str = ""
    """Time of the next alarm as HH:MM; empty for none."""
    ringing: bool = False
    """Whether an alarm rings."""
    timer: bool = False
    """Whether a timer runs."""
    favourite: str = ""
    """Id of the artist or playlist this person likes best."""
    own: frozenset[str] = frozenset()
    """Ids of the devices this person means where names are equal."""
    rises: int = 7
    """Hour at which this person gets up."""

    def here(self, *domains: str) -> tuple[Device, ...]:
        """Return the devices of domains in the speaker's room."""
        return tuple(each for each in self.of(*domains) if each.area == self.speaker.area)

    def of(self, *domains: str) -> tuple[Device, ...]:
        """Return the devices of domains in the home."""
        return tuple(each for each in self.home.devices if each.domain in domains)


Meaning = Callable[[GoalKey, Circumstances], Action | None]


@cache
def number(words: str) -> str:
    """Return a number in words as digits.

    >>> number("twenty five")
    '25'
    """
    return normalise(words)


def _the_one(found: tuple[Device, ...], now: Circumstances) -> Device | None:
    """Of devices with one name, the one in this room, else the person's own."""
    nearest = sorted(found, key=lambda each: (each.area != now.speaker.area, each.id not in now.own))
    return nearest[0] if nearest else None


def _device(intent: str, need: str = "", **fixed: str) -> Meaning:
    """The device named, with the value of slot ``need`` as a number or a colour."""

    def meaning(goal: GoalKey, now: Circumstances) -> Action | None:
        slots = goal.values
        device = _the_one(now.home.called(slots["name"], slots.get("area", "")), now)
        if device is None:
            return None
        values = {need: slots[need] if need == "color" else number(slots[need])} if need else {}
        return action(intent, device.id, **values, **fixed)

    return meaning


def _lights(intent: str) -> Meaning:
    def meaning(goal: GoalKey, now: Circumstances) -> Action | None:
        said = goal.values["area"]
        rooms = {room.id for room in now.home.areas if said in (room.name, *room.aliases)}
        lights = [each.id for each in now.of("light") if each.area in rooms]
        return action(intent, *lights) if lights else None

    return meaning


def _climate_in(goal: GoalKey, now: Circumstances) -> Action | None:
    rooms = {room.id for room in now.home.areas if goal.values["area"] in (room.name, *room.aliases)}
    found = [each.id for each in now.of("climate") if each.area in rooms]
    return action("get_temperature", found[0]) if found else None


def _entry(intent: str, kind: str, slot: str, **fixed: str) -> Meaning:
    """The entry of a catalogue; of namesakes the first, as the better known comes first."""

    def meaning(goal: GoalKey, now: Circumstances) -> Action | None:
        found = now.home.entries(kind, goal.values[slot])
        item = {"item": goal.values["item"]} if "item" in goal.values else {}
        return action(intent, found[0].id, **item, **fixed) if found else None

    return meaning


def _timer(goal: GoalKey, _now: Circumstances) -> Action:
    amount, unit = goal.values["duration"].rsplit(" ", 1)
    value = "1" if amount in {"a", "an"} else number(amount)
    return action("set_timer", **{"hours" if unit.startswith("hour") else "minutes": value})


def _alarm(goal: GoalKey, _now: Circumstances) -> Action:
    hour, _, minute = goal.values["time"].partition(" ")
    return action("set_alarm", hour=number(hour), **({"minute": number(minute)} if minute else {}))


def _bare(intent: str, **fixed: str) -> Meaning:
    return lambda _goal, _now: action(intent, **fixed)


def _while(goes_on: Callable[[Circumstances], object], intent: str, **fixed: str) -> Meaning:
    """The intent while something goes on that it is about; nobody asks for it otherwise."""
    return lambda _goal, now: action(intent, **fixed) if goes_on(now) else None


MEANINGS: dict[str, Meaning] = {
    **{kind: _device(kind) for kind in ("turn_on", "turn_off", "open", "close", "lock", "unlock")},
    **{f"{kind}_in": _device(kind) for kind in ("turn_on", "turn_off", "open", "close")},
    "turn_on_area": _lights("turn_on"),
    "turn_off_area": _lights("turn_off"),
    "set_brightness": _device("set_brightness", "percent"),
    "set_position": _device("set_position", "percent"),
    "set_color": _device("set_color", "color"),
    "set_temperature": _device("set_temperature", "degrees"),
    "vacuum_start": _device("start_cleaning"),
    "vacuum_stop": _device("return_to_base"),
    "is_on": _device("get_state", state="on"),
    "is_open": _device("get_state", state="open"),
    "is_locked": _device("get_state", state="locked"),
    "temperature_of": _device("get_temperature"),
    "temperature_in": _climate_in,
    "play_song": _entry("play", "song", "title"),
    "play_artist": _entry("play", "artist", "artist"),
    **{f"play_{kind}": _entry("play", kind, "title") for kind in ("film", "audiobook", "playlist", "radio")},
    "weather": _entry("get_weather", "city", "city"),
    "forecast": _entry("get_weather", "city", "city", day="tomorrow"),
    "weather_here": _bare("get_weather"),
    "forecast_here": _bare("get_weather", day="tomorrow"),
    "timer_set": _timer,
    "timer_cancel": _while(lambda now: now.timer, "cancel_timer"),
    "timer_left": _while(lambda now: now.timer, "timer_status"),
    "alarm_set": _alarm,
    "alarm_cancel": _while(lambda now: now.alarm, "cancel_alarm"),
    "alarm_ask": _bare("list_alarms"),
    "list_add": _entry("list_add", "list", "list"),
    "list_remove": _entry("list_remove", "list", "list"),
    "list_ask": _entry("list_read", "list", "list"),
    "call": _entry("call", "contact", "contact"),
    "time": _bare("get_time"),
    "date": _bare("get_date"),
    "pause": _while(lambda now: now.playing, "pause"),
    "resume": _while(lambda now: now.last and now.last.intent == "pause", "resume"),
    "volume_set": lambda goal, _now: action("set_volume", percent=number(goal.values["percent"])),
    **{kind: _bare(intent) for kind, intent in (("never_mind", "cancel"), ("thanks", "thanks"), ("wrong", "no"))},
    "yes": _bare("yes"),
    "no": _bare("no"),
}
"""Kinds of goals whose meaning does not hang on what is going on (but for which of two equal names)."""


def meets(done: Action, wanted: Action) -> bool:
    """Return whether two actions do the same."""
    parameters = tuple(part for part in done.parameters if part[0] not in WITHOUT_EFFECT)
    return (done.intent, done.targets, parameters) == (wanted.intent, wanted.targets, wanted.parameters)
