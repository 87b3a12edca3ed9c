"""What one person is used to: nothing in a home tells, only what they ask for does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sayagain.assistant.contexts2.chance import between, chance, pick
from sayagain.assistant.contexts2.homes import TEAMS
from sayagain.assistant.contexts2.readings import MOST_STATIONS
from sayagain.assistant.home import Home

CHANGES = (10, 24)
"""Days between which a habit changes half way."""
MOST_DO = 0.6
"""Share of the people who do as most do, where that is a matter of habit. Assumed."""


@dataclass(frozen=True, slots=True)
class Tastes:
    """One person's habits."""

    evening: tuple[str, str]
    """What "the usual" plays in the evening: at first, and after the change."""
    morning: str
    """What it plays in the morning."""
    driving: str
    """What it plays in the car."""
    changes: int
    """Day from which the evening's usual is another, and who sleeps with sounds begins to."""
    sounds: bool
    """Whether, after the change, "good night" means sounds to sleep by."""
    teams: tuple[str, str]
    """Whose score is asked for on weekdays, and at the weekend."""
    own_list: str
    """Where things are put down that belong nowhere else."""
    calls_mom: bool
    """Whether, at the weekend, home is where mom is."""
    loves_fire: bool
    """Whether cosy is a fire, however warm it is."""


@lru_cache(maxsize=256)
def tastes_of(seed: int, home: Home) -> Tastes:
    """Return the habits of the person of this seed."""
    stations = [each.id for kind in ("radio", "playlist") for each in home.catalogue[kind][:MOST_STATIONS]]
    lists = [each.id for each in home.catalogue["list"] if each.id != "list.packing_list"]

    def one_of(among: list[str], what: str) -> str:
        return pick(among, seed, what)

    def usual(most: str, among: list[str], what: str) -> str:
        return most if chance(seed, what, "most") < MOST_DO else one_of(among, what)

    before = one_of(stations, "evening")
    return Tastes(
        evening=(before, one_of([each for each in stations if each != before], "evening later")),
        morning=usual(stations[0], stations, "morning"),
        driving=usual(stations[-1], stations, "driving"),
        changes=int(between(*CHANGES, seed, "changes")),
        sounds=chance(seed, "sounds") < 0.4,
        teams=(
            usual(f"team.{TEAMS[0]}", [f"team.{each}" for each in TEAMS], "weekdays"),
            one_of([f"team.{each}" for each in TEAMS], "weekend"),
        ),
        own_list=usual(lists[0], lists, "list"),
        calls_mom=chance(seed, "mom") < 0.35,
        loves_fire=chance(seed, "fire") < 0.25,
    )
