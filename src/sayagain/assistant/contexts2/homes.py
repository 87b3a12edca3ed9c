"""The homes of ``contexts2``: those of the first preset, with a car, a shower and more places where one is heard."""

from __future__ import annotations

from dataclasses import replace

from sayagain.assistant.catalogues import devices
from sayagain.assistant.contexts2.chance import chance
from sayagain.assistant.contexts2.readings import CAR, CAR_HEATER, HOME, MOM, SHOWER
from sayagain.assistant.home import Device, Home, Speaker, Thing
from sayagain.assistant.homes import SCREEN, make_home

NEEDED = (
    "front gate", "front door", "garage door", "skylight", "blinds", "electric blanket", "thermostat", "vacuum",
    "robot mop", "washing machine", "dishwasher", "coffee maker", "ceiling fan", "air purifier", "night light",
    "bedside lamp", "floor lamp", "tv",
)  # fmt: skip
"""Names of devices that some of the twenty kinds are about."""
HAVE = 0.9
"""Share of the homes with a room for it that have one of them. Assumed: who asks for a thing mostly has it."""

OWN = (
    (CAR_HEATER, "climate", CAR, ("temperature",), 1.0),
    (SHOWER, "climate", "area.bathroom", ("temperature",), 0.8),
    ("fireplace", "switch", "area.living_room", (), 0.6),
    ("alarm system", "switch", "area.hallway", (), 0.7),
)
"""Devices that only these homes have: name, domain, room, what they can do, share of the homes."""

HEARD_IN = {
    "kitchen": 0.8, "living room": 0.8, "bedroom": 0.7, "hallway": 0.5, "office": 0.7, "bathroom": 0.4,
    "laundry room": 0.4, "nursery": 0.5, "car": 0.7,
}  # fmt: skip
"""Rooms with a speaker: share of the homes that have the room. Assumed."""

TEAMS = ("lions", "hawks", "rovers", "bears", "united")


def make(seed: int) -> Home:
    """Return the home of this number; the same seed gives the same home."""
    base = make_home(seed)
    areas = (*base.areas, Thing(CAR, "car"))
    found = list(base.devices)
    rooms = {room.name: room.id for room in areas}
    for each in devices():
        if each.name in NEEDED and not base.called(each.name):
            where = next((rooms[room] for room in each.areas if room in rooms), None)
            if where is not None and chance(seed, "has", each.name) < HAVE:
                entity = f"{each.domain}.{where.removeprefix('area.')}.{each.name.replace(' ', '_')}"
                found.append(Device(entity, each.name, each.aliases, where, each.domain, each.capabilities))
    for name, domain, where, able, share in OWN:
        if where in rooms.values() and chance(seed, "has", name) < share:
            entity = f"{domain}.{where.removeprefix('area.')}.{name.replace(' ', '_')}"
            found.append(Device(entity, name, (), where, domain, frozenset(able)))
    word = base.speakers[0].wake_word
    speakers = tuple(
        Speaker(f"speaker.{room.replace(' ', '_')}", rooms[room], _screen(seed, room), word)
        for room, share in HEARD_IN.items()
        if room in rooms and chance(seed, "heard", room) < share
    )
    catalogue = dict(base.catalogue)
    known = {each.id for each in base.catalogue["contact"]}
    own = (Thing(HOME, "home"), Thing(MOM, "mom"))
    catalogue["contact"] = (*base.catalogue["contact"], *(each for each in own if each.id not in known))
    catalogue["team"] = tuple(Thing(f"team.{name}", name) for name in TEAMS)
    return replace(base, areas=areas, devices=tuple(found), speakers=speakers or base.speakers, catalogue=catalogue)


def _screen(seed: int, room: str) -> bool:
    return room not in {"car", "bathroom"} and chance(seed, "screen", room) < SCREEN
