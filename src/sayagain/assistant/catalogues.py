"""The pools from which every simulated home takes its rooms, devices, media, cities, people and lists.

All that a person can name is in a pool, so that all that people say can be recorded beforehand. Names that sound
alike (bed light, bath light), equal names in several rooms, namesakes among cities and titles shared by films and
audiobooks are there on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SEVERAL_ROOMS = frozenset({"ceiling light", "ceiling fan", "blinds", "curtains", "tv", "thermostat"})
"""Names that one home may use for devices in two rooms."""


@dataclass(frozen=True, slots=True)
class AreaName:
    """A room that a home may have."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceName:
    """A device that a home may have."""

    name: str
    domain: str
    """light, switch, fan, cover, lock, climate, media_player, vacuum, coffee_maker or sensor."""
    areas: tuple[str, ...]
    """The rooms it may stand in."""
    capabilities: frozenset[str]
    """What it can do beside the least of its domain: brightness, color, position, temperature, volume, screen …"""
    aliases: tuple[str, ...] = ()

    @property
    def spoken(self) -> tuple[str, ...]:
        """All that it may be called."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a catalogue: a song, a film, a city, a contact, an item of a list …"""

    kind: str
    name: str
    of: str
    """What tells namesakes apart: a song's artist, a city's region, the taste of media, the list of an item."""
    aliases: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Identifier, the same in every home.

        >>> Entry("city", "portland", "maine").id
        'city.portland_maine'
        """
        words = f"{self.name} {self.of}" if self.kind == "city" else self.name
        return f"{self.kind}.{words.replace(' ', '_')}"


def lines(name: str) -> list[str]:
    """Return the lines of a data file of this package, without blank ones and comments."""
    text = (files("sayagain.assistant") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(",") if word.strip())


@cache
def areas() -> tuple[AreaName, ...]:
    """Return all rooms."""
    cells = [[*line.split("\t"), ""] for line in lines("areas.tsv")]
    return tuple(AreaName(name, _words(aliases)) for name, aliases, *_ in cells)


@cache
def devices() -> tuple[DeviceName, ...]:
    """Return all devices; names and aliases are distinct."""
    found = []
    for line in lines("devices.tsv"):
        name, domain, rooms, capabilities, aliases, *_ = [*line.split("\t"), "", ""]
        found.append(DeviceName(name, domain, _words(rooms), frozenset(_words(capabilities)), _words(aliases)))
    return tuple(found)


@cache
def catalogue() -> dict[str, tuple[Entry, ...]]:
    """Return the kinds (artist, song, film, audiobook, playlist, radio, city, contact, list, item) and entries."""
    found: dict[str, list[Entry]] = {}
    for line in lines("catalogue.txt"):
        kind, rest = line.split(": ", 1)
        rest, _, aliases = rest.partition(" = ")
        name, _, of = rest.partition(" @ ")
        if kind == "city":
            aliases = f"{name} {of}" if of != name else ""
        found.setdefault(kind, []).append(Entry(kind, name, of, _words(aliases)))
    return {kind: tuple(entries) for kind, entries in found.items()}
