"""The circumstances of a request in a simulated home: in full for the truth, in part for the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from sayagain.assistant.action import Action
from sayagain.assistant.corpus import GoalKey
from sayagain.assistant.goals import Circumstances
from sayagain.assistant.home import Speaker
from sayagain.assistant.people import Person
from sayagain.assistant.world import World
from sayagain.schema.turn import Context

_ACTIVE = {"on": ("power",), "open": ("position",), "unlocked": ("lock",), "cleaning": ("cleaning",)}
"""States in which a device counts as on, with what the state may be of."""

OVEN_HOURS = range(17, 19)
"""Hours at which the oven may be on."""
OVEN_DAYS = 0.6
"""Share of the days on which somebody cooks."""


FRESH = timedelta(minutes=10)
"""How long "it" and "again" are about what was done last. Assumed."""


@dataclass
class Memory:
    """One person's recent use of the assistant: the last action, device and contact, and which words worked."""

    last: Action | None = None
    asked: Action | None = None
    """What the assistant has just asked whether to do."""
    device: str = ""
    contact: str = ""
    at: datetime = datetime.min
    """When that was."""
    worked: dict[GoalKey, str] = field(default_factory=dict)
    """The words that met a goal last."""
    failed: Counter[GoalKey | str] = field(default_factory=Counter)
    """How often in a row a goal, or a text, has failed."""

    def learn(self, goal: GoalKey, said: str, met: bool) -> None:
        """Remember what works here and what does not."""
        if met:
            self.worked[goal] = said
            self.failed[goal] = self.failed[said] = 0
        else:
            self.failed[goal] += 1
            self.failed[said] += 1

    def note(self, done: Action, world: World) -> None:
        """Remember an action that succeeded."""
        self.last, self.at, self.device = done, world.now, ""
        for target in done.targets:
            if target in world.devices:
                self.device = target
            elif world.entries.get(target, ("",))[0] == "contact":
                self.contact = target


@dataclass
class Household:
    """A world and what its people remember."""

    world: World
    memories: dict[str, Memory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ovens = [device.id for device in self.world.home.devices if device.name == "oven"]

    def memory(self, person: Person) -> Memory:
        """Return what a person remembers; what was done too long ago is no longer on anybody's mind."""
        memory = self.memories.get(person.id)
        if memory is None:
            memory = self.memories[person.id] = Memory()
        if self.world.now - memory.at > FRESH:
            memory.last, memory.device = None, ""
        return memory

    def cook(self) -> None:
        """Switch the oven by hand, as the hour has it."""
        now = self.world.now
        on = now.hour in OVEN_HOURS and self.world.chance("oven", now.date()) < OVEN_DAYS
        for oven in self._ovens:
            self.world.set_by_hand(oven, "power", "on" if on else "off")

    def write_down(self, key: GoalKey) -> None:
        """Put on a list, by hand, what somebody is about to strike off it: else nobody would ask."""
        if key.kind == "list_remove":
            for each in self.world.home.catalogue.get("list", ()):
                if key.values["list"] in (each.name, *each.aliases):
                    self.world.set_by_hand(f"list/{each.id}", key.values["item"], "open")

    def around(self, person: Person, speaker: Speaker) -> Circumstances:
        """Return what is going on around a person, for the truth to decide what they mean."""
        state, memory = self.world.state, self.memory(person)
        on: set[str] = set()
        alarms: list[str] = []
        timer = False
        own = (f"alarm/{speaker.id}/", f"timer/{speaker.id}/")
        for key, value in state.items():
            if value in _ACTIVE:
                device, _, what = key.rpartition("/")
                if what in _ACTIVE[value]:
                    on.add(device)
            elif key.startswith(own):
                timer = timer or key.startswith("timer/")
                if key.startswith("alarm/"):
                    alarms.append(key.rpartition("/")[2])
        media = state.get(f"{speaker.id}/media", "") if state.get(f"{speaker.id}/playing") == "playing" else ""
        return Circumstances(
            home=self.world.home,  # type: ignore[arg-type]  # the world was made from a Home
            speaker=speaker,
            hour=self.world.now.hour,
            on=frozenset(on),
            last=memory.last,
            last_device=memory.device,
            last_contact=memory.contact,
            playing=self.world.entries[media][0] if media in self.world.entries else "",
            alarm=min(alarms, default=""),
            timer=timer,
            favourite=person.favourite,
            own=person.own,
            rises=person.rises,
        )


def context(now: Circumstances, world: World) -> Context:
    """Return what a real deployment would log of the circumstances: nothing about the person's mind."""
    sensors: dict[str, JsonValue] = {
        "alarm": now.alarm or None,
        "timer": now.timer,
        "oven": any(world.devices[device].name == "oven" for device in now.on if device in world.devices),
    }
    return Context(
        device_type="screen" if now.speaker.has_screen else "speaker",
        device_state=f"playing {now.playing}" if now.playing else "idle",
        place=now.speaker.area,
        local_time=f"{world.now.hour:02d}:{world.now.minute:02d}",
        sensors=sensors,
    )
