"""A simulated home: its rooms, devices, the speakers one talks to, and what its services know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Thing:
    """A room, or an entry of a catalogue."""

    id: str
    """Identifier, unique in the home."""
    name: str
    """What it is called first of all."""
    aliases: tuple[str, ...] = ()
    """What else it is called."""
    of: str = ""
    """What tells namesakes apart: a song's artist, a city's region, the taste of media; empty for rooms."""


@dataclass(frozen=True, slots=True)
class Device:
    """Something that can be controlled or asked about. Two devices in two rooms may have one name."""

    id: str
    """Identifier, unique in the home."""
    name: str
    aliases: tuple[str, ...]
    area: str
    """Id of the room it is in."""
    domain: str
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Speaker:
    """A device of the assistant: what one talks to."""

    id: str
    area: str
    """Id of the room it stands in."""
    has_screen: bool
    wake_word: str


@dataclass(frozen=True)
class Home:
    """All that the assistant may know of a home."""

    id: str
    areas: tuple[Thing, ...]
    devices: tuple[Device, ...]
    speakers: tuple[Speaker, ...]
    catalogue: Mapping[str, tuple[Thing, ...]] = field(hash=False)
    """Kind (song, artist, film, audiobook, playlist, radio, city, contact, list) to its entries."""

    def called(self, name: str, area: str = "") -> tuple[Device, ...]:
        """Return the devices with a name or alias, in a room (by name or alias) if one is given."""
        rooms = {room.id for room in self.areas if area in (room.name, *room.aliases)}
        return tuple(
            device
            for device in self.devices
            if name in (device.name, *device.aliases) and (not area or device.area in rooms)
        )

    def entries(self, kind: str, name: str) -> tuple[Thing, ...]:
        """Return the entries of a kind with a name or alias."""
        return tuple(entry for entry in self.catalogue.get(kind, ()) if name in (entry.name, *entry.aliases))
