"""The reaction of a simulated person to a response: a pure function of the situation, the person and a random stream.

Each call takes ``DRAWS`` uniform numbers from the stream, whatever comes of it, so two arms that differ in one
outcome stay paired from the next turn on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import exp, log
from statistics import NormalDist
from typing import Literal, cast, get_args

import numpy as np

Answer = Literal["good", "wrong_action", "not_understood", "nothing_heard", "question"]
"""What the assistant made of the request; a question asks which of several things was meant."""
Kind = Literal[
    "repeat", "rephrase", "give_up", "try_later", "thank", "answer", "new_request", "undo", "engage", "nothing"
]
Style = Literal["slow", "other_words", "short", "long", "entity_only", "correction"]
"""How something is said again; a repeat is ``slow``: the same words, slower."""

REPHRASINGS: tuple[Style, ...] = ("other_words", "short", "long", "entity_only", "correction")
DRAWS = 5
"""Uniform numbers a reaction takes: to interrupt, to say it again, what to do, in which style, after how long."""
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Gap:
    """A lognormal time: its median and the standard deviation of its logarithm."""

    median: float
    spread: float

    def at(self, uniform: float) -> float:
        """Return the quantile at ``uniform``, kept off the ends by a ten-thousandth."""
        return self.median * exp(self.spread * _NORMAL.inv_cdf(min(max(uniform, 1e-4), 1 - 1e-4)))


@dataclass(frozen=True)
class ReactionRates:
    """Probabilities (0 to 1) and times (seconds) of an average person. docs/calibration.md has the measures.

    "Measured" names a number of DSTC2 (telephone) or SAIF (phone assistant); "assumed" means nothing measures it.
    """

    say_again: float = 0.70
    """Wants to say a noticed failure again at the first attempt. Of all failures fewer are said again: some are not
    noticed, some were no requests, for some there are no other words. Together they come out between the measured
    again_after_failure, DSTC2 0.43 and SAIF 0.58."""
    persistence: float = 0.80
    """What is left of that at each further attempt (a factor). Assumed; with it go the attempts, DSTC2 1.54."""
    same_words: float = 0.22
    """Of those who want to say it again: in the same words. With those who find no other words and give up it comes
    out at the measured same_words, DSTC2 0.32."""
    same_words_unheard: float = 0.80
    """The same, where the assistant heard nothing. Assumed: nobody thinks the words were wrong."""
    styles: tuple[float, ...] = (0.35, 0.25, 0.15, 0.10, 0.15)
    """Of those who rephrase: shares of REPHRASINGS. Assumed; together they make similarity_said (DSTC2 median 0.77)."""
    correction_after_wrong: float = 0.40
    """Share of corrections ("no, the kitchen one") where the wrong thing was done. Assumed."""
    undo: float = 0.20
    """Of noticed wrong actions not said again: put back by hand. Assumed."""
    try_later: float = 0.10
    """Of noticed failures not said again: tried again minutes or hours later. Assumed."""
    other_goal: float = 0.30
    """An unrelated request follows at once, after a goal met or given up. Assumed, as in the replay."""
    repeat_after_good: float = 0.03
    """Says again what was met. Measured: DSTC2 0.056 in any words, where callers keep one wish and change another;
    0.022 in the same words (replay)."""
    thank: float = 0.05
    """Thanks for a good answer. Assumed: the telephone has more of it, at the end of a call."""
    engage: float = 0.25
    """Listens, watches or reads on after a good answer. Assumed; only what plays on can be engaged with."""
    undo_after_good: float = 0.01
    """Puts back by hand what was done right: minds change. Assumed."""
    engage_with_wrong: float = 0.30
    """Goes along with a wrong action that was not noticed. Assumed."""
    answer_question: float = 0.75
    """Answers an ambiguous question. Assumed."""
    barge_in_good: float = 0.126
    """Interrupts a good answer. Measured: barge_in_after_good, DSTC2 0.126."""
    barge_in_bad: float = 0.20
    """Interrupts a bad answer. Measured: barge_in_after_bad, DSTC2 0.202."""
    again_gap: Gap = Gap(10.7, 0.53)
    """Request to its rephrase. Measured: gap_again, DSTC2 6.9 s, SAIF 16.5 s; their geometric mean."""
    next_gap: Gap = Gap(18.8, 0.80)
    """Request to an unrelated one. Measured: gap_next, SAIF 18.8 s (on the telephone it answers a prompt)."""
    answer_gap: Gap = Gap(7.2, 0.35)
    """Request to the answer to a question. Measured: gap_next of DSTC2, where turns answer prompts, 7.2 s."""
    undo_gap: Gap = Gap(15.0, 0.60)
    """Request to putting it back by hand: nearly always within a minute. Assumed."""
    later_gap: Gap = Gap(2700.0, 1.20)
    """Request to trying later: 15 minutes to some hours. Assumed."""
    engage_time: Gap = Gap(600.0, 1.00)
    """How long somebody listens or watches on. Assumed."""


DEFAULT_RATES = ReactionRates()
"""Telephone callers and users of a phone assistant, moved into a home as far as the numbers above allow."""
HARSH_RATES = replace(
    DEFAULT_RATES,
    say_again=0.35,
    repeat_after_good=0.06,
    barge_in_good=0.25,
    other_goal=0.60,
    again_gap=Gap(10.7, 1.06),
)
"""Twice the noise: half as many say it again, twice the needless repeats, interruptions of good answers, unrelated
goals at once, gaps spread twice as wide."""
RATE_PRESETS = {"default": DEFAULT_RATES, "harsh": HARSH_RATES}
"""The rates by name."""


@dataclass(frozen=True)
class Temper:
    """How one person differs from the average: factors on odds, rates and times; 1 is average."""

    patience: float = 1.0
    """On the odds of saying it again."""
    abruptness: float = 1.0
    """On the odds of interrupting."""
    politeness: float = 1.0
    """On the odds of thanking."""
    pace: float = 1.0
    """On gaps: above 1 is slower."""
    styles: dict[Style, float] = field(default_factory=dict)
    """On the share of each style; those not named have 1."""


@dataclass(frozen=True)
class Situation:
    """The situation that a person reacts to: the kind of answer, whether its error is noticed, and the attempt."""

    answer: Answer
    noticed: bool = True
    """Whether the person sees that a wrong action was wrong; other answers speak for themselves."""
    attempt: int = 1
    """Which attempt at this goal it was, from 1."""
    lasting: bool = False
    """Whether something plays on that one can listen to or watch."""


@dataclass(frozen=True)
class Reaction:
    """A person's reaction: its kind, the time until it, the style of wording, and whether it interrupts."""

    kind: Kind
    gap: float | None
    """Seconds from the request to the next thing the person does; None for nothing and for giving up. Of engage: how
    long it lasts."""
    style: Style | None = None
    """Of repeat and rephrase."""
    barge_in: bool = False
    """Whether the response is interrupted."""


def react(
    situation: Situation, rng: np.random.Generator, temper: Temper | None = None, rates: ReactionRates = DEFAULT_RATES
) -> Reaction:
    """Return what a person does after a response; ``rng`` is moved on by ``DRAWS`` numbers."""
    temper = temper or Temper()
    interrupt, again, what, style, when = rng.random(DRAWS).tolist()
    unseen = situation.answer == "wrong_action" and not situation.noticed
    fine = situation.answer in ("good", "question") or unseen
    rate = rates.barge_in_good if fine else rates.barge_in_bad
    barge_in = interrupt < _scaled(rate, temper.abruptness)
    if situation.answer == "good":
        kind = _content(what, situation, temper, rates)
    elif situation.answer == "question":
        rest = (what - rates.answer_question) / (1 - rates.answer_question)
        kind = "answer" if rest < 0 else _again_or_not(again, rest, situation, temper, rates)
    elif unseen:
        goes_along = situation.lasting and what < rates.engage_with_wrong
        kind = "engage" if goes_along else "new_request" if what > 1 - rates.other_goal else "nothing"
    else:
        kind = _again_or_not(again, what, situation, temper, rates)
    return Reaction(kind, _gap(kind, when, temper, rates), _style(kind, style, situation, temper, rates), barge_in)


def says_again(situation: Situation, temper: Temper, rates: ReactionRates = DEFAULT_RATES) -> float:
    """Return the probability of saying a noticed failure again: patience acts on its odds, attempts wear it down."""
    return _scaled(rates.say_again, temper.patience) * rates.persistence ** (situation.attempt - 1)


def _again_or_not(again: float, what: float, situation: Situation, temper: Temper, rates: ReactionRates) -> Kind:
    if again < says_again(situation, temper, rates):
        unheard = situation.answer == "nothing_heard"
        return "repeat" if what < (rates.same_words_unheard if unheard else rates.same_words) else "rephrase"
    undo = rates.undo if situation.answer == "wrong_action" else 0.0
    ways: tuple[Kind, ...] = ("undo", "try_later", "new_request")
    return _pick(what, ways, (undo, rates.try_later, rates.other_goal), "give_up")


def _content(what: float, situation: Situation, temper: Temper, rates: ReactionRates) -> Kind:
    engage = rates.engage if situation.lasting else 0.0
    ways: tuple[Kind, ...] = ("repeat", "undo", "thank", "engage", "new_request")
    thank = _scaled(rates.thank, temper.politeness)
    shares = (rates.repeat_after_good, rates.undo_after_good, thank, engage, rates.other_goal)
    return _pick(what, ways, shares, "nothing")


def _pick(uniform: float, ways: tuple[Kind, ...], shares: tuple[float, ...], otherwise: Kind) -> Kind:
    total = 0.0
    for way, share in zip(ways, shares, strict=True):
        total += share
        if uniform < total:
            return way
    return otherwise


def _style(kind: Kind, uniform: float, situation: Situation, temper: Temper, rates: ReactionRates) -> Style | None:
    if kind != "rephrase":
        return "slow" if kind == "repeat" else None
    shares = np.array(rates.styles)
    if situation.answer == "wrong_action":
        rest = shares[:-1] / shares[:-1].sum()
        shares = np.append(rest * (1 - rates.correction_after_wrong), rates.correction_after_wrong)
    shares = shares * [temper.styles.get(each, 1.0) for each in REPHRASINGS]
    place = int(np.searchsorted(np.cumsum(shares) / shares.sum(), uniform, side="right"))
    return REPHRASINGS[min(place, len(REPHRASINGS) - 1)]


def _gap(kind: Kind, uniform: float, temper: Temper, rates: ReactionRates) -> float | None:
    gaps = {
        "repeat": rates.again_gap,
        "rephrase": rates.again_gap,
        "thank": rates.answer_gap,
        "answer": rates.answer_gap,
        "new_request": rates.next_gap,
        "undo": rates.undo_gap,
        "try_later": rates.later_gap,
        "engage": rates.engage_time,
    }
    return gaps[kind].at(uniform) * temper.pace if kind in gaps else None


def _scaled(rate: float, factor: float) -> float:
    """Return a rate with its odds multiplied: stays between 0 and 1, and grows with the factor."""
    odds = rate / (1 - rate) * factor if rate < 1 else float("inf")
    return odds / (1 + odds) if odds != float("inf") else 1.0


TEMPER_SPREAD = 0.5
"""Spread of the logarithm of what people differ in: two thirds lie within 0.6 and 1.65 of the average. Assumed."""


def temper(rng: np.random.Generator, spread: float = TEMPER_SPREAD) -> Temper:
    """Draw how one person differs: lognormal factors around 1, paces half as far apart."""
    drawn = spread * rng.standard_normal(4 + len(REPHRASINGS))
    patience, abruptness, politeness, pace, *styles = np.exp(drawn - spread**2 / 2).tolist()  # of mean 1
    return Temper(patience, abruptness, politeness, exp(log(pace) / 2), dict(zip(REPHRASINGS, styles, strict=True)))


REACTION_KINDS = cast(tuple[Kind, ...], get_args(Kind))
"""All kinds of reaction."""
