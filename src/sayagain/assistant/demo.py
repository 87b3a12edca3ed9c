"""A small home to try the assistant in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Thing:
    """A room or an entry of a catalogue."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Device(Thing):
    """A device of the home."""

    area: str = ""
    domain: str = "switch"
    capabilities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Speaker:
    """A device one talks to."""

    id: str
    area: str
    has_screen: bool = False


@dataclass(frozen=True)
class DemoHome:
    """A home of three rooms."""

    areas: Sequence[Thing]
    devices: Sequence[Device]
    speakers: Sequence[Speaker]
    catalogue: Mapping[str, Sequence[Thing]] = field(default_factory=dict)


def demo_home() -> DemoHome:
    """Return the home of ``sayagain assistant talk``."""
    rooms = [Thing("kitchen", "kitchen"), Thing("bedroom", "bedroom"), Thing("garage", "garage")]
    shining = frozenset({"brightness", "color"})
    devices = [
        Device("light.bedside", "bedside lamp", ("reading lamp",), "bedroom", "light", shining),
        Device("light.kitchen", "kitchen light", (), "kitchen", "light", shining),
        Device("light.garage", "garage light", (), "garage", "light"),
        Device("cover.garage", "garage door", (), "garage", "cover", frozenset({"position"})),
        Device("lock.front", "front door", (), "kitchen", "lock"),
        Device("climate.kitchen", "thermostat", ("heating",), "kitchen", "climate", frozenset({"temperature"})),
        Device("fan.bedroom", "bedroom fan", (), "bedroom", "fan", frozenset({"speed"})),
        Device("coffee.kitchen", "coffee maker", ("coffee machine",), "kitchen", "coffee_maker"),
        Device("vacuum.kitchen", "robot", ("vacuum cleaner",), "kitchen", "vacuum"),
    ]
    catalogue = {
        "artist": [Thing("artist.beatles", "The Beatles"), Thing("artist.abba", "Abba")],
        "audiobook": [Thing("audiobook.potter", "Harry Potter")],
        "film": [Thing("film.potter", "Harry Potter"), Thing("film.games", "Hunger Games")],
        "city": [Thing("city.paris", "Paris"), Thing("city.boston", "Boston")],
        "contact": [Thing("contact.mom", "mom", ("mother",)), Thing("contact.anna", "Anna")],
        "list": [Thing("list.shopping", "shopping"), Thing("list.todo", "to do")],
    }
    return DemoHome(rooms, devices, [Speaker("speaker.kitchen", "kitchen")], catalogue)
