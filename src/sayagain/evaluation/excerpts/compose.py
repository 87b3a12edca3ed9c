"""Excerpts composed from goals: what is said is real, in which order and after which response is simulated.

A request fails and is said again, at once or after a digression, or is given up; or it works and something that looks
like it follows, or the very same because it worked. About 40 % of the excerpts hold no rephrase. The composer knows
what was meant; the excerpt that comes out holds only what a log would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sayagain.evaluation.excerpts import replies
from sayagain.evaluation.excerpts.goals import Goal, Way, look_alikes
from sayagain.rephrases.excerpt import EXCERPT_TURNS, EXCERPT_WINDOW, Kind, Marked, Said, Span
from sayagain.text.normalise import normalise

REPHRASED = 0.60
"""Share of excerpts in which the request is said again."""
GIVEN_UP = 0.35
"""Share of the others whose request failed all the same, and was given up."""
DIGRESSIONS = (0.70, 0.20, 0.10)
"""Shares of rephrases that come at once, after one and after two other requests."""
LOOKALIKE_SHARE = 0.60
"""Share of the other requests that look like the first one."""
REPEATED_SHARE = 0.15
"""Share of the requests that worked which are said again later because they worked."""
SAID_WRONG_AGAIN = 0.25
"""Share of rephrases that fail as well."""
SAME_WORDS = 0.22
"""Share of rephrases in the same words (``assistant/reactions.py``)."""
PREAMBLE = 0.20
"""Share of rephrases that begin by denying, which is not part of the span."""
ELLIPSIS = 0.05
"""Share of rephrases that only point: "no, the other one"."""
VALUE_ONLY = 0.08
"""Share of rephrases that say only the value again."""
LEAST_TURNS, MORE = 3, 3
"""Turns of an excerpt at least, and other requests that come after at most."""
ADMITTED = 0.35
"""Of requests that a real assistant took wrong: it doubts and says so. Assumed."""
ASKED_SHARE = 0.12
"""Share of requests that worked which the assistant answers by asking for more; an answer is no rephrase."""
MISUNDERSTOOD = 0.45
"""Of failures without a response of their own: the assistant did something else, and does not know."""

AGAIN_GAP = (10.7, 0.53)
"""Median in seconds and spread of the logarithm: request to its rephrase (docs/calibration.md)."""
NEXT_GAP = (18.8, 0.80)
"""Request to another one."""
REPEAT_GAP = (40.0, 0.60)
"""Request to the same one because it worked: what it did is over first. Assumed."""
BARGE_IN = {True: 0.126, False: 0.20}
"""Share of responses that are interrupted, by whether the request worked (docs/calibration.md)."""
SCORE_SPREADS = {None: (0.55, 0.28), "command_correction": (0.55, 0.28), "asr_correction": (0.30, 0.24)}
"""Mean and spread of the rank of the recogniser's score: what was misheard scores lower, with much overlap."""
TOLD = {"response": 0.90, "barge_in": 0.60, "failed": 0.50, "score": 0.50, "understood": 0.50}
"""Share of logs that tell each thing: not every assistant keeps everything."""

PREAMBLES = (
    "no ", "no i said ", "i said ", "no i meant ", "i meant ", "not that ", "wrong ", "sorry i mean ", "no no ",
    "that's not what i said ", "no not that ", "no that's wrong ", "nope ",
)  # fmt: skip
ELLIPSES = (
    "no the other one", "not that one", "the other one", "no the other", "no not that one the other one", "wrong one",
)  # fmt: skip
AND_ALSO = ("the other one too", "and the other one", "also the other one", "same for the other one")
"""What points to another thing after success, and is a new goal."""


@dataclass
class _Moment:
    """A turn being composed."""

    way: Way
    goal: Goal
    worked: bool
    gap: float
    preamble: str = ""
    response: str | None = None


def compose(goals: Sequence[Goal], count: int, rng: np.random.Generator) -> Iterator[Marked]:
    """Yield ``count`` excerpts over the goals; the first request of each has at least two ways to say it."""
    composer = _Composer(goals, rng)
    sources = [i for i, goal in enumerate(goals) if goal.failing and _texts(goal) > 1]
    for _ in range(count):
        yield composer.excerpt(sources[rng.integers(len(sources))])


def _texts(goal: Goal) -> int:
    return len({normalise(way.text) for way in (*goal.working, *goal.failing)})


class _Composer:
    def __init__(self, goals: Sequence[Goal], rng: np.random.Generator) -> None:
        self.goals, self.rng = goals, rng
        self.alike = look_alikes(goals)
        self.able = [i for i, goal in enumerate(goals) if goal.working]

    def excerpt(self, number: int) -> Marked:
        """Return one excerpt whose first request is of goal ``number``."""
        goal = self.goals[number]
        again = bool(self.rng.random() < REPHRASED)
        fails = again or not goal.working or self.rng.random() < GIVEN_UP
        first = self._moment(goal, fails)
        moments, hard = [first], list[str]()
        span_turn = 0
        if again:
            for _ in range(self.rng.choice(len(DIGRESSIONS), p=DIGRESSIONS)):
                hard += self._other(moments, number)
            moments.append(self._rephrase(first))
            span_turn = len(moments) - 1
        elif not fails:
            hard += self._after_success(moments, goal)
        wanted = min(max(LEAST_TURNS, len(moments) + self._below(MORE + 1)), EXCERPT_TURNS)
        while len(moments) < wanted:
            hard += self._other(moments, number)
        return self._marked(moments, span_turn, goal.group, hard)

    def _moment(self, goal: Goal, fails: bool) -> _Moment:
        ways = goal.failing if (fails and goal.failing) or not goal.working else goal.working
        way = ways[self._below(len(ways))]
        return _Moment(way, goal, ways is goal.working, self._gap(NEXT_GAP))

    def _rephrase(self, first: _Moment) -> _Moment:
        goal = first.goal
        wrong = self.rng.random() < SAID_WRONG_AGAIN or not goal.working
        said = normalise(first.way.text)
        ways = [way for way in (goal.failing if wrong else goal.working) if way is not first.way]
        other = [way for way in ways if normalise(way.text) != said]
        if other and self.rng.random() >= SAME_WORDS:
            ways = other
        way = ways[self._below(len(ways))] if ways else first.way
        moment = _Moment(way, goal, not wrong, self._gap(AGAIN_GAP))
        draw = self.rng.random()
        if draw < ELLIPSIS and first.way.kind == "command_correction":
            moment.way = Way(ELLIPSES[self._below(len(ELLIPSES))])
        elif draw < ELLIPSIS + VALUE_ONLY and goal.values:
            moment.way = Way(goal.values[self._below(len(goal.values))][1])
        elif self.rng.random() < PREAMBLE:
            moment.preamble = PREAMBLES[self._below(len(PREAMBLES))]
        return moment

    def _after_success(self, moments: list[_Moment], goal: Goal) -> list[str]:
        """Add what follows a request that worked: an answer to a question, the same again, one thing more."""
        draw = self.rng.random()
        first = moments[0]
        if draw < ASKED_SHARE and goal.values:
            slot, _ = goal.values[self._below(len(goal.values))]
            other = self._value(slot, {value for _, value in goal.values})
            if other is not None:
                first.response = replies.asks(slot, self.rng)
                moments.append(_Moment(Way(other), goal, True, self._gap(AGAIN_GAP)))
                return ["answer"]
        if draw < ASKED_SHARE + REPEATED_SHARE:
            same = first.way if self.rng.random() < 0.5 else goal.working[self._below(len(goal.working))]
            moments.append(_Moment(same, goal, True, self._gap(REPEAT_GAP)))
            return ["repeated"]
        if draw < ASKED_SHARE + REPEATED_SHARE + ELLIPSIS:
            more = AND_ALSO[self._below(len(AND_ALSO))]
            moments.append(_Moment(Way(more), goal, True, self._gap(NEXT_GAP)))
            return ["pointing"]
        return []

    def _value(self, slot: str, known: set[str]) -> str | None:
        for _ in range(20):
            goal = self.goals[self._below(len(self.goals))]
            for name, value in goal.values:
                if name == slot and value not in known:
                    return value
        return None

    def _other(self, moments: list[_Moment], number: int) -> list[str]:
        """Add a request with another goal; return what kind of look-alike it is, if any."""
        said = {normalise(moment.way.text) for moment in moments}
        kinds = [kind for kind, numbers in self.alike[number].items() if numbers]
        if kinds and self.rng.random() < LOOKALIKE_SHARE:
            kind = kinds[self._below(len(kinds))]
            numbers = self.alike[number][kind]
            moment = self._moment(self.goals[numbers[self._below(len(numbers))]], bool(self.rng.random() < 0.2))
            if normalise(moment.way.text) not in said:
                moments.append(moment)
                return [kind]
        other = self.able[self._below(len(self.able))]
        moment = self._moment(self.goals[other], bool(self.rng.random() < 0.2))
        if other != number and normalise(moment.way.text) not in said:
            moments.append(moment)
        return []

    def _below(self, count: int) -> int:
        return int(self.rng.integers(count))

    def _gap(self, gap: tuple[float, float]) -> float:
        return float(gap[0] * np.exp(gap[1] * self.rng.standard_normal()))

    def _marked(self, moments: list[_Moment], turn: int, group: str, hard: list[str]) -> Marked:
        told = {name: bool(self.rng.random() < share) for name, share in TOLD.items()}
        after, said = 0.0, list[Said]()
        for place, moment in enumerate(moments):
            after += moment.gap if place else 0.0
            said.append(self._said(moment, round(after, 1), told))
        excerpt = tuple(said)
        span = None
        if turn and excerpt[turn].after <= EXCERPT_WINDOW:
            start = len(moments[turn].preamble)
            kind: Kind = moments[0].way.kind or "command_correction"
            span = Span(turn, start, len(excerpt[turn].text), kind)
        return Marked(excerpt, span, group, tuple(hard))

    def _said(self, moment: _Moment, after: float, told: dict[str, bool]) -> Said:
        way, worked = moment.way, moment.worked
        response, knows = self._reply(moment)
        middle, spread = SCORE_SPREADS[None if worked else way.kind]
        return Said(
            text=moment.preamble + way.text,
            after=after,
            response=response if told["response"] else None,
            barge_in=bool(self.rng.random() < BARGE_IN[worked]) if told["barge_in"] else None,
            failed=knows if told["failed"] else None,
            score=float(np.clip(self.rng.normal(middle, spread), 0, 1).round(2)) if told["score"] else None,
            understood=not knows if told["understood"] else None,
        )

    def _reply(self, moment: _Moment) -> tuple[str, bool]:
        """Return a response, and whether the assistant knows that it failed."""
        way, goal = moment.way, moment.goal
        if moment.response or way.response:
            return moment.response or way.response or "", not moment.worked
        if moment.worked:
            return replies.done(goal.intent, goal.values, self.rng), False
        taken = way.taken
        if taken is None:
            other = self.goals[self._below(len(self.goals))]
            taken = (other.intent, other.values)
        if self.rng.random() < (MISUNDERSTOOD if way.taken is None else 1 - ADMITTED):
            return replies.done(*taken, self.rng), False
        return replies.lost(way.text, goal.values if way.taken is None else taken[1], self.rng), True
