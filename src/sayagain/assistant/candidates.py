"""Candidates: what else a request may mean in a home, beside what the assistant would do by default.

Parses of the hypotheses, each placed in the home; then what each of these could be about instead: a namesake, all of
one name, those of a group that are here or on, what is able to do the same, what plays, what was done last. Nothing
here says which of them is meant in which circumstances: that is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pydantic import JsonValue

from sayagain.assistant.action import Action, action
from sayagain.assistant.intents import domain_of
from sayagain.assistant.stages import DeviceRecord, Executor, Resolution, Situation
from sayagain.schema.turn import Interpretation, Slot

MOST_CANDIDATES = 24
"""Candidates of one request at the most, those nearest to what was understood first."""

FINAL = frozenset({
    "lock", "unlock", "call", "set_alarm", "cancel_alarm", "cancel_timer", "list_clear", "list_remove",
})  # fmt: skip
"""Intents whose result cannot simply be undone."""

ABLE: dict[str, Callable[[DeviceRecord], bool]] = {
    "get_temperature": lambda device: "temperature" in device.capabilities or device.domain == "climate",
    "set_temperature": lambda device: "temperature" in device.capabilities or device.domain == "climate",
    "brighten": lambda device: "brightness" in device.capabilities,
    "dim": lambda device: "brightness" in device.capabilities,
    "start_cleaning": lambda device: device.domain == "vacuum",
}
"""What a device must be able to, for intents that may do without a name."""

SAME_EFFECT: tuple[frozenset[tuple[str, str]], ...] = (
    frozenset({("turn_on", "light"), ("open", "cover")}),
    frozenset({("turn_off", "light"), ("close", "cover")}),
    frozenset({("set_temperature", "climate"), ("turn_on", "fan"), ("turn_off", "fan")}),
)
"""Intents on kinds of devices that change the same thing for people: light, warmth."""

ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"timer_status", "list_alarms"}),
    frozenset({"stop", "pause", "cancel_timer", "cancel_alarm"}),
    frozenset({"volume_up", "brighten"}),
    frozenset({"volume_down", "dim"}),
)
"""Intents that people have the same words for, and that need nothing named."""

ACTIVE = frozenset({"on", "open", "unlocked", "cleaning"})
"""States in which a device counts as on."""
_STATES = ("power", "position", "lock", "cleaning")

Related = Iterator[tuple[str, Action]]
"""How an action follows from what was understood, and the action."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be done, and how it follows from what was understood."""

    action: Action | None
    """None for what the assistant does by itself where it understands nothing: nothing."""
    relation: str
    """``default``, or how it differs from that."""
    instead: tuple[tuple[str, str], ...] = ()
    """Where nothing is done: the intent of what was understood, and what is asked about."""


class Candidates:
    """Makes candidates in one world."""

    def __init__(self, world: Executor) -> None:
        """Look at the home of ``world``, as it is whenever candidates are made."""
        self._world = world
        self._devices = tuple(world.devices.values())

    def of(
        self,
        resolutions: Sequence[Resolution],
        default: Action | None,
        situation: Situation,
        readings: Sequence[Action] = (),
    ) -> list[Candidate]:
        """Return distinct candidates, what the assistant does by itself first.

        Args:
            resolutions: parses placed in the home, the one the assistant takes first.
            default: what it does by itself; None for nothing.
            situation: where and after what the request was said.
            readings: what such words may be about, as this assistant knows.
        """
        found = {_effect(default): _default(resolutions, default)}
        known = (("reading", each) for each in readings)
        for relation, each in chain(known, self._related(resolutions, default, situation)):
            found.setdefault(_effect(each), Candidate(each, relation))
        return list(found.values())[:MOST_CANDIDATES]

    def _related(self, resolutions: Sequence[Resolution], default: Action | None, situation: Situation) -> Related:
        for resolution in resolutions:
            if resolution.action is not None:
                yield "other", resolution.action
        for resolution in resolutions:
            yield from self._instead(resolution, situation)
        if default is None or default.intent == "unsupported":
            yield from self._going_on(resolutions, situation)

    def _instead(self, resolution: Resolution, situation: Situation) -> Related:
        """Yield what else a parse may be about."""
        done = resolution.action or resolution.guess or _nowhere(resolution)
        values = dict(done.parameters)
        for match in resolution.matches:
            if match.slot != "area":
                others = [target for target in done.targets if target not in match.entities]
                for each in match.alternatives:
                    yield "namesake", action(done.intent, *others, each, **values)
                same = [*match.entities, *match.alternatives]
                if match.slot == "name" and len(same) > 1 and all(each in self._world.devices for each in same):
                    yield "all_of_name", action(done.intent, *others, *same, **values)
        for part, some in self._parts(resolution, done, situation):
            yield part, action(done.intent, *some, **values)
        yield from self._same_effect(resolution, done, situation)
        appliances = [each for each in done.targets if self._kind(each) not in {"light", "fan"}]
        if done.intent == "turn_on" and not values and appliances and (alarm := self._alarm(situation)):
            yield "with_alarm", action("turn_on", *appliances, at=alarm)
        if len(done.targets) > 1:
            yield "last_of_them", action(done.intent, done.targets[-1], **values)
        if not resolution.matches:
            for alike in ALIKE:
                if done.intent in alike:
                    yield from (("alike", action(each)) for each in sorted(alike - {done.intent}))

    def _parts(self, resolution: Resolution, done: Action, situation: Situation) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield other devices that a request without a name may be about."""
        able = ABLE.get(done.intent)
        if able is not None and not any(match.slot == "name" for match in resolution.matches):
            pool = [each for each in self._devices if able(each)]
        elif any(match.slot == "group" for match in resolution.matches):
            kinds = {match.value for match in resolution.matches if match.slot == "group"}
            pool = [each for each in self._devices if each.domain in kinds]
        else:
            return
        on = [each for each in pool if self._is_on(each)]
        for relation, some in (("here_on", _in(on, situation)), ("here", _in(pool, situation)), ("home_on", on)):
            if some:
                yield relation, [each.id for each in some]
        yield from self._named(pool, situation)
        if pool:
            yield "home", [each.id for each in pool]
        if able is not None:
            yield from (("able", [each.id]) for each in pool)

    def _named(self, pool: Sequence[DeviceRecord], situation: Situation) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the devices of each name in a pool, where several names are in it: those here, and all."""
        names = dict.fromkeys(each.name for each in pool if each.domain == "cover")
        for name in names if len(names) > 1 else ():
            some = [each for each in pool if each.name == name]
            if here := _in(some, situation):
                yield "name_here", [each.id for each in here]
            yield "name_home", [each.id for each in some]

    def _same_effect(self, resolution: Resolution, done: Action, situation: Situation) -> Related:
        """Yield what changes the same for people by other devices, here or in the home."""
        own = {(done.intent, self._kind(each)) for each in done.targets}
        own |= {(done.intent, match.value) for match in resolution.matches if match.slot == "group"}
        for effect in SAME_EFFECT:
            for intent, kind in sorted(effect - own) if own & effect else ():
                if intent == "set_temperature":
                    continue  # to what, nobody said
                pool = [each for each in self._devices if each.domain == kind]
                here = _in(pool, situation)
                if here:
                    yield "same_effect_here", action(intent, *(each.id for each in here))
                    yield "same_effect_one", action(intent, here[0].id)
                for part, some in self._named(pool, situation):
                    yield f"same_effect_{part}", action(intent, *some)
                if pool:
                    yield "same_effect_home", action(intent, *(each.id for each in pool))

    def _going_on(self, resolutions: Sequence[Resolution], situation: Situation) -> Related:
        """Yield what a request may refer to of which nothing was found: what plays, what was done or used last."""
        if self._world.state.get(f"{situation.speaker}/playing"):
            yield "playing", action("stop")
        last = situation.last
        if last is not None:
            yield "again", last
            for intent in dict.fromkeys(one.parse.intent for one in resolutions):
                if intent in {"turn_on", "turn_off", "open", "close"} and last.targets:
                    yield "used_last", action(intent, *last.targets)

    def interpretation(self, candidate: Candidate, situation: Situation) -> Interpretation:
        """Return a candidate as a layer is offered it."""
        done = candidate.action
        if done is None:
            return Interpretation(details={"relation": candidate.relation, **dict(candidate.instead)})
        slots = [Slot(name=self._kind(each), value=self._world.name(each), entity=each) for each in done.targets]
        slots += [Slot(name=name, value=value) for name, value in done.parameters]
        return Interpretation(
            domain=domain_of(done.intent),
            intent=done.intent,
            slots=slots,
            details={"relation": candidate.relation, **self._details(done, situation)},
            reversible=done.intent not in FINAL,
        )

    def _details(self, done: Action, situation: Situation) -> dict[str, JsonValue]:
        """Return what may tell when an action is meant, as far as the assistant knows it."""
        found: dict[str, JsonValue] = {}
        kinds = sorted({self._kind(each) for each in done.targets})
        if len(kinds) == 1:
            found["kind"] = kinds[0]
        devices = [self._world.devices[each] for each in done.targets if each in self._world.devices]
        if devices:
            found["here"] = all(each.area == situation.area for each in devices)
            on = sum(map(self._is_on, devices))
            found["state"] = "on" if on == len(devices) else "some on" if on else "off"
            found["count"] = "one" if len(devices) == 1 else "several"
            if len(names := {each.name for each in devices}) == 1:
                found["name"] = names.pop()
        return found

    def _kind(self, target: str) -> str:
        """Return the kind of a device, or of an entry of a catalogue."""
        device = self._world.devices.get(target)
        return device.domain if device is not None else self._world.entries.get(target, ("",))[0]

    def _is_on(self, device: DeviceRecord) -> bool:
        return any(self._world.state.get(f"{device.id}/{what}") in ACTIVE for what in _STATES)

    def _alarm(self, situation: Situation) -> str:
        own = f"alarm/{situation.speaker}/"
        return min((key.rpartition("/")[2] for key in self._world.state if key.startswith(own)), default="")


def _in(pool: Sequence[DeviceRecord], situation: Situation) -> list[DeviceRecord]:
    return [each for each in pool if each.area == situation.area]


def _nowhere(resolution: Resolution) -> Action:
    """Return what was asked for where nothing was found that it could be done to."""
    placed = {match.slot for match in resolution.matches} | {"kind", "scope"}
    values = {name: value for name, value in resolution.parse.slots if name not in placed}
    return action(resolution.parse.intent, **values)


def _effect(done: Action | None) -> Action | None:
    """Return an action without what does not change what is done: an artist only helps to find a song."""
    if done is None:
        return None
    return Action(done.intent, done.targets, tuple(part for part in done.parameters if part[0] != "artist"))


def _default(resolutions: Sequence[Resolution], done: Action | None) -> Candidate:
    """Return what the assistant does by itself; where that is nothing, with what it understood and asks about."""
    if done is not None or not resolutions:
        return Candidate(done, "default")
    asks = next((one.guess.intent for one in resolutions[:1] if one.guess is not None), "")
    instead = (("understood", resolutions[0].parse.intent), ("asks about", asks))
    return Candidate(None, "default", tuple(part for part in instead if part[1]))


def meant_by(each: Interpretation) -> Action | None:
    """Return what to do for an interpretation that this assistant once offered; None for nothing."""
    if each.intent is None:
        return None
    entities = [slot.entity for slot in each.slots if slot.entity is not None]
    return action(each.intent, *entities, **{slot.name: slot.value for slot in each.slots if slot.entity is None})
