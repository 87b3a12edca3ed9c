"""The setting of a home of ``contexts2``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from sayagain.assistant.action import Action
from sayagain.assistant.cases import wanted as usually_wanted
from sayagain.assistant.chain import Chain
from sayagain.assistant.circumstances import Household
from sayagain.assistant.contexts2 import words
from sayagain.assistant.contexts2.around import Around, around
from sayagain.assistant.contexts2.cases import OF_KIND, wanted
from sayagain.assistant.contexts2.chance import chance
from sayagain.assistant.contexts2.homes import make
from sayagain.assistant.contexts2.readings import BLINDS, VagueWords
from sayagain.assistant.contexts2.scene import SUNRISE, SUNSET, Surroundings
from sayagain.assistant.contexts2.sensors import context
from sayagain.assistant.contexts2.tastes import tastes_of
from sayagain.assistant.contexts2.understanding import Phrases, Placed
from sayagain.assistant.contexts2.wishes import wishes
from sayagain.assistant.corpus import GoalKey, by_goal
from sayagain.assistant.goals import MEANINGS, Circumstances
from sayagain.assistant.home import Home, Speaker
from sayagain.assistant.people import Person, Wish, day_goals, possible_goals
from sayagain.assistant.setting import Preset, Setting
from sayagain.assistant.skills import SKILLS
from sayagain.assistant.skills.around import AROUND_SKILLS
from sayagain.assistant.stages import Understanding
from sayagain.assistant.world import World
from sayagain.schema.turn import Context

_DATA = Path(__file__).parent.parent / "data"
RECORDINGS, PARSES = _DATA / "contexts2.parquet", _DATA / "contexts2_parses.parquet"
"""What is said in these homes alone, as it was recorded, and what the grammar makes of it."""
TIMER = timedelta(minutes=12)
"""How long a timer runs that somebody set by hand."""
BY_HAND_HOURS = 3
"""Hours after which blinds and fans may have been moved by hand."""
OPEN_BY_DAY = 0.5
"""Share of the blinds that are open by day. Assumed."""
FANS_ON = 0.2
"""Share of the fans that are on. Assumed."""


class Eventful(Setting):
    """A home in which much goes on. Of the first preset's requests that hang on that, none is made here."""

    def __init__(self, home: Home, seed: int) -> None:
        """Nothing has happened yet."""
        super().__init__(home, seed)
        self.ways = {**by_goal(), **words.by_goal()}
        self._surroundings = Surroundings(seed)
        self._plain = cache(self._named)
        self._moved = ""

    def world(self) -> World:
        """Return the world, with all that its assistant can do beside."""
        return World(self.home, self.seed, skills={**SKILLS, **AROUND_SKILLS})

    def chain(self, understanding: Understanding, world: World) -> Chain:
        """Return the assistant, which knows what vague words may be about."""
        return Chain(understanding, Placed(), world, readings=VagueWords(self.home, self.seed))

    def goals(self) -> tuple[GoalKey, ...]:
        """Return the first preset's goals whose meaning hangs on nothing."""
        return tuple(goal for goal in possible_goals(self.home) if goal.kind in MEANINGS)

    def wishes(self, person: Person, day: int) -> list[Wish]:
        """Return a day's wishes: those of the first preset, and those of the twenty kinds."""
        usual = day_goals(person, self.home, day)
        return sorted(
            [*usual, *wishes(person, self.home, day, self._surroundings)], key=lambda wish: (wish.hour, wish.goal)
        )

    def around(self, household: Household, person: Person, speaker: Speaker) -> Around:
        """Return what goes on around a person; timers, films and songs that somebody started by hand run."""
        household.cook()
        world = household.world
        self._move(world)
        happens = self._surroundings.at(world.now)
        if happens.get(f"timer@{speaker.area}") and f"timer/{speaker.id}/timer" not in world.state:
            world.state[f"timer/{speaker.id}/timer"] = (world.now + TIMER).isoformat()
        kind = happens.get(f"plays@{speaker.area}")
        entries = self.home.catalogue.get(str(kind), ())
        if entries:
            world.state[f"{speaker.id}/media"] = entries[0].id
            world.state[f"{speaker.id}/playing"] = "playing"
        tastes = tastes_of(person.seed, self.home)
        return around(household.around(person, speaker), world.now, self._surroundings, person.id, tastes)

    def _move(self, world: World) -> None:
        """Move blinds and switch fans by hand, a few times a day."""
        block = f"{world.now.date()} {world.now.hour // BY_HAND_HOURS}"
        if block == self._moved:
            return
        self._moved = block
        by_day = SUNRISE <= world.now.hour < SUNSET
        for each in self.home.devices:
            drawn = chance(self.seed, each.id, block)
            if each.name in BLINDS:
                world.set_by_hand(each.id, "position", "open" if by_day and drawn < OPEN_BY_DAY else "closed")
            elif each.domain == "fan":
                world.set_by_hand(each.id, "power", "on" if drawn < FANS_ON else "off")

    def wanted(self, goal: GoalKey, now: Circumstances) -> Action | None:
        """Return the action that meets a goal, or None."""
        if goal.kind not in OF_KIND:
            return usually_wanted(goal, now)
        return wanted(goal, now) if isinstance(now, Around) else None

    def context(self, now: Circumstances, world: World) -> Context:
        """Return what the log shows: sensors, screens and what somebody does."""
        return context(now, self.seed) if isinstance(now, Around) else super().context(now, world)

    def plainly(self, person: Person, wanted: Action) -> GoalKey | None:
        """Return the goal that names what is wanted, of those that this person has ordinary words for."""
        return self._plain(person).get(wanted)

    def _named(self, person: Person) -> dict[Action, GoalKey]:
        anywhere = Circumstances(self.home, replace(self.home.speakers[0], area=""), own=person.own, timer=True)
        named = {usually_wanted(goal, anywhere): goal for goal in reversed(person.goals)}
        return {action: goal for action, goal in named.items() if action is not None}


CONTEXTS2 = Preset("contexts2", make, Eventful, Phrases, (RECORDINGS,), (PARSES,))
"""The second preset of simulated homes."""
