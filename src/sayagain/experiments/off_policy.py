"""The off-policy gate: whether another version would have done better than what was in use, from drawn rewrites alone.

A rewrite that was drawn was made with a probability p, and withheld otherwise. A candidate would have made the same
rewrite with a probability p'. With A = 1 where it was made, Y the outcome, and g(1), g(0) what is expected of both
kinds from the units before (the reward model), the doubly robust score of a unit is

    x = (p' - p) (g(1) - g(0)) + (w - 1) (Y - g(A)),   w = p' / p where it was made, (1 - p') / (1 - p) elsewhere,

whose mean over the draw is what the candidate gains on that unit, whatever g is: the draw alone makes it right, and a
good g only makes it vary less. For the lower bound g is held so low that (w - 1) g is ``DEEPEST`` at the most: a score
far below 0 costs such a bound more than one as far above brings. The upper bound is the lower one of 1 - Y, turned.

Both are of Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro, "Anytime-valid off-policy inference for contextual
bandits" (arXiv 2210.10768): the doubly robust scores with truncated predictors. The bound from the scores is that of
``confidence_sequence``, which may be looked at any time.

What the candidate does that the draws did not try, or hardly ever, cannot be judged. Nothing is left out for that: the
lower bound takes it that all of it goes wrong (Y = 0), the upper that all goes well. Left out, a candidate would look
no worse for replacing what works by what nobody tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sayagain.bundle.manifest import Gain, GateVerdict
from sayagain.experiments.confidence_sequence import Counts, Floats, running_mean

LEAST_PROPENSITY = 0.1
"""Probability below which an action counts as not tried: of a pair that is ``full`` one use in fifty is left alone, so
that a single one would weigh as much as fifty. That one is ``full`` was shown, and who drops it must show more."""
RANGE = 1 / LEAST_PROPENSITY
"""What no score passes, in either direction: (w - 1) is 9 at the most, and the rest 1."""
BETS: Floats = 0.8 / RANGE * 2.0 ** -np.arange(6, dtype=np.float64)
"""The largest loses at most 0.8 of its capital on one unit, and is best for about 500 units at nine in ten; the others
go on narrowing with more. Fixed beforehand, as sizes that are read off the units would not be (ablation
``half_bets``)."""
DEEPEST = 2.0
"""How far below 0 a score may be, but for 1: of 0, 1, 2, 4 and 9 the one that finds most, save where requests mostly go
well left alone (ablations ``inverse_propensity``, which is 0, and ``not_held``)."""
STRENGTH = 5.0
"""Uses of a pair, gone as those of all pairs of that kind, supposed besides those seen. 1 or 20 find as much, and so
does what supposes so many that nothing is learned (ablation ``half_expected``): the draw does the work."""
SURE = 1e-9
"""How far apart probabilities are that are the same but for rounding."""


@dataclass(frozen=True)
class DrawnUnits:
    """Units whose rewrite was drawn, in the order of the draws; all have the length n."""

    pairs: Sequence[str]
    """What names the request and its rewrite."""
    made: Floats
    """1 where it was rewritten, 0 where it was left alone; shape (n,)."""
    propensity: Floats
    """Probability of being rewritten, above 0 and below 1."""
    outcomes: Floats
    """1 - P(defect)."""
    wanted: Floats
    """Probability with which the candidate makes the same rewrite, else leaves it alone; NaN: it does otherwise."""

    @property
    def differ(self) -> np.ndarray:
        """Where the candidate would do otherwise than was done on the average: shape (n,)."""
        return ~(np.abs(self.wanted - self.propensity) <= SURE)

    @property
    def unsupported(self) -> np.ndarray:
        """Where what the candidate wants was not tried, or hardly ever: shape (n,)."""
        made = (self.wanted > SURE) & (self.propensity < LEAST_PROPENSITY - SURE)
        left = (self.wanted < 1 - SURE) & (1 - self.propensity < LEAST_PROPENSITY - SURE)
        return self.differ & (np.isnan(self.wanted) | made | left)


def gain(units: DrawnUnits) -> Gain:
    """Return what the candidate gains on the units on which it differs, and what follows."""
    differ = int(units.differ.sum())
    if not differ:
        return Gain(verdict="same", units=len(units.pairs), differ=0, unsupported=0, estimate=0.0, low=0.0, high=0.0)
    found = bounds(units, np.array([differ]))
    low, high = max(float(found.low[-1]), -1.0), min(float(found.high[-1]), 1.0)
    return Gain(
        verdict=_verdict(low, high),
        units=len(units.pairs),
        differ=differ,
        unsupported=int(units.unsupported.sum()),
        estimate=round(float(found.estimate[-1]), 4),
        low=round(low, 4),
        high=round(high, 4),
    )


def _verdict(low: float, high: float) -> GateVerdict:
    if low > 0:
        return "better"
    return "worse" if high < 0 else "not shown"


@dataclass(frozen=True)
class Bounds:
    """Of the mean gain on the units on which the candidate differs, at each look; shape (looks,)."""

    estimate: Floats
    """Where what was not tried goes well every other time."""
    low: Floats
    high: Floats


def scores(units: DrawnUnits, deepest: float = DEEPEST, strength: float = STRENGTH) -> Floats:
    """Return the scores of the units on which the candidate differs, in their order, for a lower bound.

    ``deepest`` is the most that (w - 1) g may be, ``strength`` is that of :func:`rewards`.
    """
    p, done = units.propensity, (np.arange(len(units.pairs)), units.made.astype(np.int64))
    wanted = np.where(units.unsupported, p, units.wanted)
    excess = np.stack([(1 - wanted) / (1 - p), wanted / p], axis=-1) - 1  # w - 1 of what is left alone, and made
    most = np.divide(deepest, excess, out=np.full_like(excess, np.inf), where=excess > 0)
    expected = np.minimum(rewards(units, strength), most)
    found = (wanted - p) * (expected[:, 1] - expected[:, 0]) + excess[done] * (units.outcomes - expected[done])
    return np.asarray(np.where(units.unsupported, -units.outcomes, found)[units.differ])


Scores = Callable[[DrawnUnits], Floats]


def bounds(units: DrawnUnits, ends: Counts, scored: Scores = scores, bets: Floats = BETS) -> Bounds:
    """Return the bounds of what the candidate gains, at looks that have seen so many of the units on which it differs.

    Ablations score, or bet, otherwise.
    """
    gains = running_mean(scored(units), bets, ends)
    losses = running_mean(scored(replace(units, outcomes=1 - units.outcomes)), bets, ends)
    return Bounds((gains.estimate - losses.estimate) / 2, gains.low, -losses.low)


def rewards(units: DrawnUnits, strength: float = STRENGTH) -> Floats:
    """Return the reward model: what is expected of each unit left alone and rewritten, from those before it, (n, 2).

    It is the mean of the uses of the pair, shrunk to that of all pairs of that kind, and that to a half, by so many.
    """
    of_all, of_pairs = [_Kind(), _Kind()], defaultdict[str, list[_Kind]](lambda: [_Kind(), _Kind()])
    expected = []
    for pair, made, outcome in zip(units.pairs, units.made.tolist(), units.outcomes.tolist(), strict=True):
        of_pair = of_pairs[pair]
        expected.append(
            [own.mean(all_.mean(0.5, strength), strength) for own, all_ in zip(of_pair, of_all, strict=True)]
        )
        for each in (of_all, of_pair):
            each[int(made)].add(outcome)
    return np.array(expected)


@dataclass(slots=True)
class _Kind:
    """Uses that were left alone, or rewritten."""

    uses: int = 0
    good: float = 0.0

    def mean(self, supposed: float, strength: float) -> float:
        return (self.good + strength * supposed) / (self.uses + strength)

    def add(self, outcome: float) -> None:
        self.uses, self.good = self.uses + 1, self.good + outcome
