"""What one simulated home is like: what is wished for and meant there, what goes on, and what of it the log shows.

This is the setting of the first preset, which is frozen. Others (``presets``) change parts of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sayagain.assistant.action import Action
from sayagain.assistant.cases import wanted
from sayagain.assistant.chain import Chain
from sayagain.assistant.circumstances import Household, context
from sayagain.assistant.corpus import GoalKey, by_goal
from sayagain.assistant.entities import Nearest
from sayagain.assistant.goals import Circumstances
from sayagain.assistant.home import Home, Speaker
from sayagain.assistant.homes import make_home
from sayagain.assistant.people import Person, Wish, day_goals, possible_goals
from sayagain.assistant.pursuit import Ways
from sayagain.assistant.stages import Understanding
from sayagain.assistant.world import World
from sayagain.schema.turn import Context


class Setting:
    """The setting of one home."""

    def __init__(self, home: Home, seed: int) -> None:
        """Nothing has happened yet."""
        self.home, self.seed = home, seed
        self.ways: Ways = by_goal()
        """The phrasings of every goal."""

    def world(self) -> World:
        """Return the world of the home, before anything was done in it."""
        return World(self.home, self.seed)

    def chain(self, understanding: Understanding, world: World) -> Chain:
        """Return the assistant of the home."""
        return Chain(understanding, Nearest(), world)

    def goals(self) -> tuple[GoalKey, ...]:
        """Return what people may be used to, and ask for by chance."""
        return possible_goals(self.home)

    def wishes(self, person: Person, day: int) -> list[Wish]:
        """Return what a person asks for on a day, in the order of time."""
        return day_goals(person, self.home, day)

    def around(self, household: Household, person: Person, speaker: Speaker) -> Circumstances:
        """Return what goes on around a person who is about to speak; what is done by hand is done."""
        household.cook()
        return household.around(person, speaker)

    def wanted(self, goal: GoalKey, now: Circumstances) -> Action | None:
        """Return the action that meets a goal, or None."""
        return wanted(goal, now)

    def context(self, now: Circumstances, world: World) -> Context:
        """Return what the log shows of what goes on."""
        return context(now, world)

    def plainly(self, _person: Person, _wanted: Action) -> GoalKey | None:
        """Return the goal that names what is wanted, for who was not understood; None for other words of the same."""
        return None


@dataclass(frozen=True)
class Preset:
    """Simulated homes of one kind."""

    name: str
    home: Callable[[int], Home] = make_home
    """The home of a number."""
    setting: Callable[[Home, int], Setting] = Setting
    understanding: Callable[[Understanding], Understanding] = lambda usual: usual
    """What understands there, given what usually does."""
    recordings: tuple[Path, ...] = ()
    """Recordings of what is said there alone."""
    parses: tuple[Path, ...] = ()
    """What the grammar makes of these."""


HOMES = Preset("homes")
"""The first preset."""
