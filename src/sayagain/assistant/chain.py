"""The chain from what was heard to what is answered; any stage can be given its gold output instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.reply import say
from sayagain.assistant.stages import EntityResolver, Heard, Parse, Resolution, Situation, TraceRow, Understanding
from sayagain.assistant.world import NONE, World


@dataclass(frozen=True, slots=True)
class Gold:
    """What each stage should have put out; of a request not meant for the assistant, ``addressed`` is false."""

    text: str
    parse: Parse
    action: Action | None
    """None for a request that no assistant here can serve."""
    addressed: bool = True


@dataclass(frozen=True, slots=True)
class Overrides:
    """Gold outputs that take the place of stages."""

    text: str | None = None
    parse: Parse | None = None
    action: Action | None = None
    flawless: bool = False
    """Whether nothing goes wrong in the last stage."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What the chain made of one request."""

    trace: tuple[TraceRow, ...]
    parse: Parse | None
    resolution: Resolution | None
    action: Action | None
    outcome: Outcome
    asked: Action | None = None
    """What it asks whether to do, where it does nothing but ask."""


class Chain:
    """Understanding, entity resolution and action, in one world."""

    def __init__(
        self, understanding: Understanding, resolver: EntityResolver, world: World, *, n_best: int = 1
    ) -> None:
        """Take the first of ``n_best`` hypotheses that parses."""
        self.understanding, self.resolver, self.world, self.n_best = understanding, resolver, world, n_best

    def run(self, heard: Sequence[Heard], situation: Situation, gold: Overrides | None = None) -> TurnResult:
        """Answer a request; ``gold`` replaces the outputs of stages."""
        gold = gold or Overrides()
        if gold.text is not None:
            heard = [Heard(gold.text, 0.0)]
        if not heard:
            return _ended([TraceRow("asr", "")], None, None, "not_heard")
        trace = [TraceRow("asr", heard[0].text, heard[0].score)]
        parses = [gold.parse] if gold.parse is not None else self._parses(heard)
        if not parses:
            return _ended([*trace, TraceRow("nlu", "", 0.0)], None, None, "not_understood")
        resolved = self._resolve(parses, situation)
        parse = resolved.parse
        slots = ", ".join(f"{name}={value}" for name, value in parse.slots)
        trace.append(TraceRow("nlu", f"{parse.intent}({slots})", parse.confidence))
        sure = min((match.score for match in resolved.matches), default=1.0)
        found = "; ".join(f"{match.value} → {', '.join(match.entities) or 'nothing'}" for match in resolved.matches)
        trace.append(TraceRow("entity", found, sure))
        action = gold.action if gold.action is not None else resolved.action
        if action is None and (guess := resolved.guess) is not None:
            outcome = Outcome("clarify", say("which", name=self._name(guess.targets[0])))
            trace += [TraceRow("result", outcome.status), TraceRow("reply", outcome.response)]
            return TurnResult(tuple(trace), parse, resolved, None, outcome, guess)
        if action is None:
            missing = next((match.value for match in resolved.matches if not match.entities), None)
            return _ended(trace, parse, resolved, "not_found" if missing else "no_target", missing or "")
        outcome = self.world.apply(action, situation.speaker, NONE if gold.flawless else None)
        trace += [TraceRow("result", outcome.status), TraceRow("reply", outcome.response)]
        return TurnResult(tuple(trace), parse, resolved, action, outcome)

    def _name(self, target: str) -> str:
        device = self.world.devices.get(target)
        return device.name if device is not None else self.world.entries[target][1].name

    def _parses(self, heard: Sequence[Heard]) -> Sequence[Parse]:
        return next((found for one in heard[: self.n_best] if (found := self.understanding.understand(one.text))), ())

    def _resolve(self, parses: Sequence[Parse], situation: Situation) -> Resolution:
        """Return the parse in which a device has exactly the name said, else the first that finds all its entities."""
        tried = [self.resolver.resolve(parse, self.world.home, situation) for parse in parses]
        found = [one for one in tried if one.action is not None]
        exact = (one for one in found if any(match.slot == "name" and match.score == 1.0 for match in one.matches))
        return next(exact, found[0] if found else tried[0])


def _ended(
    trace: list[TraceRow], parse: Parse | None, resolved: Resolution | None, why: str, name: str = ""
) -> TurnResult:
    outcome = Outcome("no_match", say(why, name=name))
    rows = (*trace, TraceRow("result", outcome.status), TraceRow("reply", outcome.response))
    return TurnResult(rows, parse, resolved, None, outcome)
