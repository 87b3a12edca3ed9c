"""The chain from what was heard to what is answered; any stage can be given its gold output instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.candidates import Candidate, Candidates
from sayagain.assistant.intents import domain_of
from sayagain.assistant.reply import say
from sayagain.assistant.stages import (
    EntityResolver,
    Executor,
    Heard,
    Parse,
    Readings,
    Resolution,
    Situation,
    TraceRow,
    Understanding,
)
from sayagain.assistant.world import NO_MISHAPS
from sayagain.schema.turn import Interpretation


@dataclass(frozen=True, slots=True)
class Gold:
    """The gold output of each stage; ``addressed`` is false where the request was not meant for the assistant."""

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
    """The result of one request in the chain: trace, parses, resolution, action and outcome."""

    trace: tuple[TraceRow, ...]
    parse: Parse | None
    resolution: Resolution | None
    action: Action | None
    outcome: Outcome
    others: tuple[Parse, ...] = ()
    """The other parses it had, surest first."""
    asked: Action | None = None
    """What it asks whether to do, where it does nothing but ask."""


class Chain:
    """Understanding, entity resolution and action, in one world."""

    def __init__(
        self,
        understanding: Understanding,
        resolver: EntityResolver,
        world: Executor,
        *,
        n_best: int = 1,
        readings: Readings | None = None,
    ) -> None:
        """Take the first of ``n_best`` hypotheses that parses; ``readings`` are what else words may be about."""
        self.understanding, self.resolver, self.world, self.n_best = understanding, resolver, world, n_best
        self._candidates, self._readings = Candidates(world), readings

    def candidates(self, heard: Sequence[Heard], situation: Situation) -> list[Candidate]:
        """Return what a request may mean: what :meth:`run` does by itself first, then what else was understood of it.

        The other hypotheses count here too.
        """
        taken = self._parses(heard)
        resolved = self._resolve(taken, situation) if taken else None
        others = [parse for one in heard for parse in self.understanding.understand(one.text)]
        first = [resolved.parse] if resolved is not None else []
        parses = list({parse.meaning: parse for parse in (*first, *taken, *others)}.values())
        placed = [self.resolver.resolve(parse, self.world.home, situation) for parse in parses]
        more = [each for one in heard for each in self._readings.of(one.text, situation)] if self._readings else []
        return self._candidates.of(placed, resolved.action if resolved is not None else None, situation, more)

    def offered(self, candidate: Candidate, situation: Situation) -> Interpretation:
        """Return a candidate as a layer is offered it."""
        return self._candidates.interpretation(candidate, situation)

    def run(
        self,
        heard: Sequence[Heard],
        situation: Situation,
        gold: Overrides | None = None,
        chosen: Action | None = None,
    ) -> TurnResult:
        """Answer a request; ``chosen`` is done in place of what was understood, ``gold`` replaces outputs of stages."""
        gold = gold or Overrides()
        if gold.text is not None:
            heard = [Heard(gold.text, 0.0)]
        if not heard:
            return _ended([TraceRow("asr", "")], "not_heard")
        trace = [TraceRow("asr", heard[0].text, heard[0].score)]
        parses = [gold.parse] if gold.parse is not None else self._parses(heard)
        if not parses and chosen is not None:
            parses = [Parse(domain_of(chosen.intent), chosen.intent, confidence=0.0)]
        if not parses:
            return _ended([*trace, TraceRow("nlu", "", 0.0)], "not_understood")
        resolved = self._resolve(parses, situation)
        parse = resolved.parse
        slots = ", ".join(f"{name}={value}" for name, value in parse.slots)
        trace.append(TraceRow("nlu", f"{parse.intent}({slots})", parse.confidence))
        sure = min((match.score for match in resolved.matches), default=1.0)
        found = "; ".join(f"{match.value} → {', '.join(match.entities) or 'nothing'}" for match in resolved.matches)
        trace.append(TraceRow("entity", found, sure))
        action = gold.action or chosen or resolved.action
        if action is not None:
            outcome = self.world.apply(action, situation.speaker, NO_MISHAPS if gold.flawless else None)
        elif resolved.guess is not None:
            outcome = Outcome("clarify", say("which", name=self.world.name(resolved.guess.targets[0])))
        else:
            outcome = _not_placed(resolved)
        others = tuple(one for one in parses if one is not parse)
        asked = resolved.guess if action is None else None
        return TurnResult(_closed(trace, outcome), parse, resolved, action, outcome, others, asked)

    def _parses(self, heard: Sequence[Heard]) -> Sequence[Parse]:
        return next((found for one in heard[: self.n_best] if (found := self.understanding.understand(one.text))), ())

    def _resolve(self, parses: Sequence[Parse], situation: Situation) -> Resolution:
        """Return the parse in which a device has exactly the name said, else the first that finds all its entities."""
        tried = [self.resolver.resolve(parse, self.world.home, situation) for parse in parses]
        found = [one for one in tried if one.action is not None]
        exact = (one for one in found if any(match.slot == "name" and match.score == 1.0 for match in one.matches))
        return next(exact, found[0] if found else tried[0])


def _not_placed(resolved: Resolution) -> Outcome:
    missing = next((match.value for match in resolved.matches if not match.entities), None)
    return Outcome("no_match", say("not_found", name=missing) if missing else say("no_target"))


def _ended(trace: list[TraceRow], why: str) -> TurnResult:
    """Return the result of a request of which nothing was heard or understood."""
    outcome = Outcome("no_match", say(why))
    return TurnResult(_closed(trace, outcome), None, None, None, outcome)


def _closed(trace: list[TraceRow], outcome: Outcome) -> tuple[TraceRow, ...]:
    return (*trace, TraceRow("result", outcome.status), TraceRow("reply", outcome.response))
