"""A seeded generator of homes, from the pools of names."""

from __future__ import annotations

import numpy as np

from sayagain.assistant.catalogues import SEVERAL_ROOMS, DeviceName, Entry, areas, catalogue, devices
from sayagain.assistant.home import Device, Home, Speaker, Thing

WAKE_WORDS = ("okay nabu", "hey jarvis", "alexa")
FEWEST_DEVICES, MOST_DEVICES = 20, 80
CORE_ROOMS = frozenset({"living room", "kitchen", "bedroom", "bathroom", "hallway"})
"""Rooms that every home has."""
SECOND_ROOM_CHANCE = 0.4
"""Chance that a device of a name for several rooms stands in a second one: equal names are a known trouble."""
SCREEN = 0.4
"""Chance that a speaker has a screen."""
KNOWN = {"song": 0.8, "artist": 0.8, "film": 0.8, "audiobook": 0.8, "contact": 0.4, "playlist": 0.7}
"""Share of a pool that one home's services and people know; all of the kinds that are not listed."""


def _id(*words: str) -> str:
    return ".".join(word.replace(" ", "_") for word in words)


def _rooms(random: np.random.Generator) -> list[Thing]:
    kept = [room for room in areas() if room.name in CORE_ROOMS or random.random() < 0.6]
    return [Thing(_id("area", room.name), room.name, room.aliases) for room in kept]


def _devices(random: np.random.Generator, rooms: list[Thing]) -> list[Device]:
    own = {room.name: room.id for room in rooms}
    size = int(random.integers(FEWEST_DEVICES, MOST_DEVICES + 1))
    pool = devices()
    found: list[Device] = []

    def place(each: DeviceName, room: str) -> None:
        entity = _id(each.domain, room, each.name)
        found.append(Device(entity, each.name, each.aliases, own[room], each.domain, each.capabilities))

    for at in random.permutation(len(pool)):
        each = pool[at]
        possible = [room for room in each.areas if room in own]
        chosen = [possible[nth] for nth in random.permutation(len(possible))]
        count = 2 if each.name in SEVERAL_ROOMS and random.random() < SECOND_ROOM_CHANCE else 1
        for room in chosen[:count]:
            if len(found) < size:
                place(each, room)
    return found


def _entries(random: np.random.Generator, kind: str, pool: tuple[Entry, ...]) -> tuple[Thing, ...]:
    share = KNOWN.get(kind, 1.0)
    kept = [entry for entry in pool if random.random() < share]
    return tuple(Thing(entry.id, entry.name, _also(entry), entry.of) for entry in kept)


def _also(entry: Entry) -> tuple[str, ...]:
    """The aliases; a list is also called by its name without the word list ("the shopping list")."""
    if entry.kind != "list":
        return entry.aliases
    names = (entry.name, *entry.aliases)
    return (*entry.aliases, *(name.removesuffix(" list") for name in names))


def make_home(seed: int) -> Home:
    """Return a home of 20 to 80 devices; the same seed gives the same home."""
    random = np.random.default_rng([seed, 0x40])
    rooms = _rooms(random)
    found = _devices(random, rooms)
    word = WAKE_WORDS[random.integers(len(WAKE_WORDS))]
    inside = [room for room in rooms if room.name not in {"garden", "garage", "basement"}]
    chosen = random.choice(len(inside), size=int(random.integers(1, 5)), replace=False)
    speakers = tuple(
        Speaker(_id("speaker", inside[at].name), inside[at].id, bool(random.random() < SCREEN), word)
        for at in sorted(chosen)
    )
    known = {kind: _entries(random, kind, pool) for kind, pool in catalogue().items() if kind != "item"}
    return Home(f"home{seed}", tuple(rooms), tuple(found), speakers, known)
