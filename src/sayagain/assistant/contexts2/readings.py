"""What the words of the twenty kinds may be about in a home: all that the assistant knows, whatever goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sayagain.assistant.action import Action, action
from sayagain.assistant.contexts2.chance import chance
from sayagain.assistant.contexts2.words import said
from sayagain.assistant.stages import DeviceRecord, HomeRecord, Situation

HOME, MOM = "contact.home", "contact.mom"
"""Who "home" may be."""
CAR, CAR_HEATER, SHOWER = "area.car", "car heater", "shower"
MOST_STATIONS = 4
"""Radio stations, and playlists, that "the usual" may be, the best known first."""
BLINDS = ("blinds", "curtains", "shutters")


@dataclass(frozen=True, slots=True)
class Place:
    """A room of a home, and what is said there."""

    home: HomeRecord
    area: str
    """Id of the room."""
    item: str = ""
    """What is to be put down."""

    def called(self, *names: str) -> list[DeviceRecord]:
        """Return the devices with one of the names, those in this room first."""
        found = [each for each in self.home.devices if each.name in names]
        return sorted(found, key=lambda each: each.area != self.area)

    def here(self, *names: str) -> list[DeviceRecord]:
        """Return the devices with one of the names in this room."""
        return [each for each in self.called(*names) if each.area == self.area]

    def lights(self, able: str = "") -> list[DeviceRecord]:
        """Return the lights of this room that are ``able``; all that are, where there are none."""
        every = [
            each for each in self.home.devices if each.domain == "light" and (not able or able in each.capabilities)
        ]
        return [each for each in every if each.area == self.area] or every

    def entries(self, kind: str) -> list[str]:
        """Return the ids of a kind of entries."""
        return [each.id for each in self.home.catalogue.get(kind, ())]


Reading = Callable[[Place], Iterator[Action]]
"""Whatever of one sort some words may be about in a place; nothing where a home has nothing of it."""


def _bare(intent: str) -> Reading:
    def reading(_place: Place) -> Iterator[Action]:
        yield action(intent)

    return reading


def _first(intent: str, *names: str, **fixed: str) -> Reading:
    """The device of these names that is nearest."""

    def reading(place: Place) -> Iterator[Action]:
        yield from (action(intent, each.id, **fixed) for each in place.called(*names)[:1])

    return reading


def _all_of(intent: str, choose: Callable[[Place], list[DeviceRecord]], **fixed: str) -> Reading:
    def reading(place: Place) -> Iterator[Action]:
        found = choose(place)
        if found:
            yield action(intent, *(each.id for each in found), **fixed)

    return reading


def _each(intent: str, kind: str, most: int | None = None) -> Reading:
    """Each entry of a kind."""

    def reading(place: Place) -> Iterator[Action]:
        item = {"item": place.item} if place.item else {}
        yield from (action(intent, each, **item) for each in place.entries(kind)[:most])

    return reading


def _entry(intent: str, entry: str) -> Reading:
    def reading(place: Place) -> Iterator[Action]:
        kind = entry.partition(".")[0]
        if entry in place.entries(kind):
            yield action(intent, entry)

    return reading


def _heating(intent: str) -> Reading:
    """The heating that is nearest; not that of the car or the water."""

    def reading(place: Place) -> Iterator[Action]:
        every = [each for each in place.home.devices if each.domain == "climate"]
        inside = [each for each in every if each.name not in {CAR_HEATER, SHOWER}]
        nearest = sorted(inside, key=lambda each: each.area != place.area)
        yield from (action(intent, each.id) for each in nearest[:1])

    return reading


def _blinds(place: Place) -> list[DeviceRecord]:
    return place.here(*BLINDS) or place.called(*BLINDS)[:1]


def _all_lights(place: Place) -> list[DeviceRecord]:
    return [each for each in place.home.devices if each.domain == "light"]


def _bright(place: Place) -> list[DeviceRecord]:
    return place.lights("brightness")


def _coloured(place: Place) -> list[DeviceRecord]:
    return place.lights("color")


def _fan(place: Place) -> list[DeviceRecord]:
    return place.called("ceiling fan", "desk fan", "bath fan")[:1]


READINGS: Mapping[str, Mapping[str, Reading]] = {
    "open_up": {
        "blinds": _all_of("open", _blinds),
        "gate": _first("open", "front gate"),
        "door": _first("unlock", "front door"),
        "garage": _first("open", "garage door"),
        "skylight": _first("open", "skylight"),
    },
    "warmer": {
        "heating": _heating("warm_up"),
        "car": _first("warm_up", CAR_HEATER),
        "shower": _first("warm_up", SHOWER),
        "blanket": _first("turn_on", "electric blanket"),
    },
    "going_out": {
        "lights": _all_of("turn_off", _all_lights),
        "vacuum": _first("start_cleaning", "vacuum"),
        "arm": _first("arm", "alarm system"),
        "traffic": _bare("get_traffic"),
        "weather": _bare("get_weather"),
        "garage": _first("close", "garage door"),
    },
    "time_left": {
        "timer": _bare("timer_status"),
        "washer": _first("program_left", "washing machine"),
        "dishwasher": _first("program_left", "dishwasher"),
        "film": _bare("media_left"),
        "meeting": _bare("event_left"),
    },
    "next_one": {
        "track": _bare("next_track"),
        "step": _bare("next_step"),
        "photo": _bare("next_photo"),
        "event": _bare("next_event"),
    },
    "more_light": {
        "lamps": _all_of("brighten", _bright),
        "blinds": _all_of("open", _blinds),
        "screen": _bare("brighten_screen"),
    },
    "call_home": {"phone": _entry("call", HOME), "intercom": _bare("intercom"), "mom": _entry("call", MOM)},
    "usual": {
        "coffee": _first("turn_on", "coffee maker"),
        "radio": _each("play", "radio", MOST_STATIONS),
        "playlist": _each("play", "playlist", MOST_STATIONS),
    },
    "start_it": {
        "coffee": _first("turn_on", "coffee maker"),
        "washer": _first("start_program", "washing machine"),
        "dishwasher": _first("start_program", "dishwasher"),
        "vacuum": _first("start_cleaning", "vacuum"),
        "workout": _bare("start_workout"),
    },
    "turn_it_down": {
        "volume": _bare("volume_down"),
        "heating": _heating("cool_down"),
        "lamps": _all_of("dim", _bright),
        "fan": _all_of("turn_off", _fan),
    },
    "read_it": {
        "book": _each("play", "audiobook", 1),
        "messages": _bare("read_messages"),
        "recipe": _bare("read_step"),
        "news": _bare("read_news"),
    },
    "score": {"team": _each("get_score", "team")},
    "cosy": {
        "lamps": _all_of("dim", _bright),
        "colour": _all_of("set_color", _coloured, color="warm white"),
        "fire": _first("turn_on", "fireplace"),
        "music": _entry("play", "playlist.dinner_party"),
    },
    "fresh_air": {
        "skylight": _first("open", "skylight"),
        "fan": _all_of("turn_on", _fan),
        "purifier": _first("turn_on", "air purifier"),
    },
    "is_it_closed": {
        "garage": _first("get_state", "garage door", state="closed"),
        "door": _first("get_state", "front door", state="locked"),
        "skylight": _first("get_state", "skylight", state="closed"),
        "gate": _first("get_state", "front gate", state="closed"),
    },
    "clean_up": {
        "vacuum": _first("start_cleaning", "vacuum"),
        "mop": _first("start_cleaning", "robot mop"),
        "dishwasher": _first("start_program", "dishwasher"),
    },
    "five_more": {"timer": _bare("add_to_timer"), "snooze": _bare("snooze"), "play": _bare("sleep_later")},
    "whats_on": {
        "playing": _bare("whats_playing"),
        "tv": _bare("tv_guide"),
        "day": _bare("list_events"),
        "devices": _bare("devices_on"),
    },
    "put_down": {"list": _each("list_add", "list")},
    "night": {
        "lights": _all_of("turn_off", _all_lights),
        "here": _all_of("turn_off", Place.lights),
        "nightlight": _first("turn_on", "night light"),
        "sounds": _entry("play", "playlist.sleep_sounds"),
    },
}
"""All kinds; of each, what its words may be about."""

BY_ITSELF = frozenset(READINGS) - {"usual", "cosy", "fresh_air"}
"""Kinds whose ordinary words the assistant takes by itself, always for the first of what they may be about."""


UNKNOWN = 0.08
"""Share of what the words of a kind may be about that the assistant of one home has no notion of: it was never told
what hangs on the plug. What it takes them for by itself it knows. Assumed."""


def readings(kind: str, place: Place) -> list[Action]:
    """Return all that the words of a kind may be about in a place, in one order."""
    return list(dict.fromkeys(each for reading in READINGS[kind].values() for each in reading(place)))


class VagueWords:
    """Tells what the words of a request may be about in one home, as far as its assistant knows."""

    def __init__(self, home: HomeRecord, seed: int) -> None:
        """Look at ``home``."""
        self._home = home
        self._known = {kind: list(_known(kind, seed)) for kind in READINGS}

    def of(self, text: str, situation: Situation) -> list[Action]:
        """Return all of it; empty for other words than those of the twenty kinds."""
        words = said(text)
        if words is None or situation.area is None:
            return []
        place = Place(self._home, situation.area, words.goal.values.get("item", ""))
        return list(dict.fromkeys(each for reading in self._known[words.goal.kind] for each in reading(place)))


def _known(kind: str, seed: int) -> Iterator[Reading]:
    for number, (name, reading) in enumerate(READINGS[kind].items()):
        by_itself = number == 0 and kind in BY_ITSELF
        if by_itself or chance(seed, "unknown", kind, name) >= UNKNOWN:
            yield reading
