"""The world of one home: what state everything is in, and what becomes of an action.

All state is one flat table of texts, so that a snapshot is a copy. Mishaps (a device out of reach, a service that is
down, a provider that plays something else) are a fixed function of seed, time and action: a replay meets the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.reply import say
from sayagain.assistant.skills import SKILLS
from sayagain.assistant.skills.base import Skill
from sayagain.assistant.stages import DeviceRecord, HomeRecord, Named

UNREACHABLE = 0.03
"""Share of the hours in which a device does not answer: cheap radio modules drop out for a while, not for a command."""
SERVICE_DOWN = 0.03
"""Share of the half hours in which a provider (media, weather, calls) does not answer."""
WRONG_ITEM = 0.04
"""Share of the requests to a media provider that play another entry of the same catalogue."""
ONLINE_INTENTS = frozenset({"play", "play_music", "get_weather", "call"})
"""Intents that need a provider outside the home."""
DEFAULT_TIME = datetime(2025, 1, 6, 7, 0)
"""A Monday morning, where no clock is given."""

State = dict[str, str]


@dataclass(frozen=True, slots=True)
class Mishaps:
    """How often the last stage fails by itself; all zero for a flawless world."""

    unreachable: float = UNREACHABLE
    service_down: float = SERVICE_DOWN
    wrong_item: float = WRONG_ITEM


NO_MISHAPS = Mishaps(0.0, 0.0, 0.0)


class Snapshot(NamedTuple):
    """All that can change in a world."""

    state: State
    now: datetime


class World:
    """Device states, media sessions, timers, alarms, lists, calls, weather and the clock of one home."""

    def __init__(
        self,
        home: HomeRecord,
        seed: int = 0,
        mishaps: Mishaps | None = None,
        skills: Mapping[str, Skill] = SKILLS,
    ) -> None:
        """Start with all off, closed and locked; ``skills`` are what the assistant can do."""
        self.home = home
        self.skills = skills
        self.seed = seed
        self.mishaps = mishaps or Mishaps()
        self.now: datetime = DEFAULT_TIME
        self.state: State = {}
        self.devices: Mapping[str, DeviceRecord] = {device.id: device for device in home.devices}
        self.entries: Mapping[str, tuple[str, Named]] = {
            entry.id: (kind, entry) for kind, entries in home.catalogue.items() for entry in entries
        }

    def apply(self, action: Action, speaker: str = "", mishaps: Mishaps | None = None) -> Outcome:
        """Do ``action`` as asked of ``speaker``; never raises. ``mishaps`` replaces the world's own for this once."""
        rates = mishaps or self.mishaps
        skill = self.skills.get(action.intent)
        if skill is None:
            return Outcome("unsupported", say("unsupported"))
        if action.intent in ONLINE_INTENTS and self.chance("down", action.intent, self.now.timestamp() // 1800) < (
            rates.service_down
        ):
            return Outcome("error", say("service_down"))
        away = [target for target in action.targets if self._away(target, rates.unreachable)]
        if away and len(away) == len(action.targets):
            return Outcome("error", say("unreachable", name=self.devices[away[0]].name))
        if away:  # of a group the others are served
            action = Action(action.intent, tuple(t for t in action.targets if t not in away), action.parameters)
        before = dict(self.state)
        try:
            outcome = skill(self, self._slipped(action, rates.wrong_item), speaker)
        except (ValueError, OverflowError):  # a parameter that is no number, or beyond any clock
            outcome = Outcome("error", say("no_target"))
        if not outcome.succeeded:
            self.state = before
            return outcome
        changed = sorted(self.state.items() - before.items())
        gone = sorted((key, "") for key in before.keys() - self.state.keys())
        return Outcome(outcome.status, outcome.response, tuple(changed + gone))

    def _away(self, target: str, rate: float) -> bool:
        return target in self.devices and self.chance("reach", target, self.now.timestamp() // 3600) < rate

    def _slipped(self, action: Action, rate: float) -> Action:
        """Return the action that the provider makes of ``action``: now and then another entry of the same kind."""
        if action.intent != "play" or not action.targets or self.chance("item", *action.targets, self.now) >= rate:
            return action
        kind = self.entries.get(action.targets[0], ("", None))[0]
        others = [entry.id for entry in self.home.catalogue.get(kind, ()) if entry.id != action.targets[0]]
        if not others:
            return action
        other = others[int(self.chance("other", *action.targets, self.now) * len(others))]
        return Action(action.intent, (other,), action.parameters)

    def chance(self, *of: object) -> float:
        """Return a number in [0, 1) that only depends on the seed and ``of``."""
        return zlib.crc32(repr((self.seed, *of)).encode()) / 2**32

    def name(self, target: str) -> str:
        """Return what a device or an entry of a catalogue is called first of all."""
        return self.devices[target].name if target in self.devices else self.entries[target][1].name

    def pass_time(self, by: timedelta) -> None:
        """Move the clock; timers that ran out and alarms that rang are gone."""
        self.now += by
        for key in [key for key in self.state if key.startswith(("timer/", "alarm/"))]:
            value = self.state[key]
            if not value.startswith("paused") and datetime.fromisoformat(value) <= self.now:
                del self.state[key]

    def set_by_hand(self, device: str, state: str, value: str) -> None:
        """Set a state (``power``, ``position`` …) of a device as a person does, past the assistant."""
        self.state[f"{device}/{state}"] = value

    def snapshot(self) -> Snapshot:
        """Return all that can change, to be given to :meth:`restore`."""
        return Snapshot(dict(self.state), self.now)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot."""
        self.state, self.now = dict(snapshot.state), snapshot.now
