"""A small home to try the assistant in."""

from __future__ import annotations

from sayagain.assistant.home import Device, Home, Speaker, Thing


def demo_home() -> Home:
    """Return the home of ``sayagain assistant talk``."""
    rooms = (
        Thing("kitchen", "kitchen"),
        Thing("bedroom", "bedroom"),
        Thing("garage", "garage"),
    )
    shining = frozenset({"brightness", "color"})
    devices = (
        Device("light.bedside", "bedside lamp", ("reading lamp",), "bedroom", "light", shining),
        Device("light.kitchen", "kitchen light", (), "kitchen", "light", shining),
        Device("light.garage", "garage light", (), "garage", "light", frozenset()),
        Device("cover.garage", "garage door", (), "garage", "cover", frozenset({"position"})),
        Device("lock.front", "front door", (), "kitchen", "lock", frozenset()),
        Device("climate.kitchen", "thermostat", ("heating",), "kitchen", "climate", frozenset({"temperature"})),
        Device("fan.bedroom", "bedroom fan", (), "bedroom", "fan", frozenset({"speed"})),
        Device("coffee.kitchen", "coffee maker", ("coffee machine",), "kitchen", "coffee_maker", frozenset()),
        Device("vacuum.kitchen", "robot", ("vacuum cleaner",), "kitchen", "vacuum", frozenset()),
    )
    catalogue = {
        "artist": (
            Thing("artist.beatles", "The Beatles"),
            Thing("artist.abba", "Abba"),
        ),
        "audiobook": (Thing("audiobook.potter", "Harry Potter"),),
        "film": (
            Thing("film.potter", "Harry Potter"),
            Thing("film.games", "Hunger Games"),
        ),
        "city": (
            Thing("city.paris", "Paris"),
            Thing("city.boston", "Boston"),
        ),
        "contact": (
            Thing("contact.mom", "mom", ("mother",)),
            Thing("contact.anna", "Anna"),
        ),
        "list": (
            Thing("list.shopping", "shopping"),
            Thing("list.todo", "to do"),
        ),
    }
    return Home("demo", rooms, devices, (Speaker("speaker.kitchen", "kitchen", False, "okay nabu"),), catalogue)
