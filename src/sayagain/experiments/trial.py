"""The trial of a pair: a draw has some of its uses rewritten and some left alone, and what came of both is compared.

With A = 1 where a use was rewritten, p its probability and Y the outcome, the payoff of a use is

    X = (A/p − (1 − A)/(1 − p)) (Y − c),

whose expectation is what the rewrite gains, whatever c is, as long as c was chosen before the draw (inverse propensity
weighting, centred). Var X is least for c = (1 − p) E[Y|A=1] + p E[Y|A=0], which is estimated from the uses before. Bets
on −X are evidence of harm, bets on X of gain (``betting``); p may change from use to use, as stages do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any, Self

import numpy as np

from sayagain.experiments.betting import FRACTIONS, Wealth

SUPPOSED = 2.0
"""Uses of each kind, of which half went well, supposed besides those seen: c is never 0 or 1."""

LOST_FROM = log(20)
"""Of the logarithm of an e-value: with 1/20 at the most, a pair without harm ever comes to it."""

WHOLE_LOST_FROM = log(100)
"""The same of all pairs together: it takes away all that the layer does, and a person must put it back."""

WON_FROM = log(5)
"""The same of gain: who is wrong here has nine uses in ten rewritten, not five, until harm shows; that costs less than
to withdraw a good pair."""


@dataclass
class Arm:
    """Uses of one kind, and the sum of their outcomes."""

    uses: int = 0
    good: float = 0.0

    @property
    def mean(self) -> float:
        """The share that went well, shrunk to a half."""
        return (self.good + SUPPOSED / 2) / (self.uses + SUPPOSED)


@dataclass(frozen=True)
class Use:
    """One use of a pair that was drawn, and what came of it."""

    made: bool
    """Whether it was rewritten; else it was left alone."""
    propensity: float
    """Probability of being rewritten, neither 0 nor 1."""
    outcome: float
    """1 − P(defect)."""


def payoff(use: Use, c: float) -> float:
    """Return X of a use, centred at ``c``."""
    return (use.outcome - c) / (use.propensity if use.made else use.propensity - 1)


@dataclass
class Trial:
    """What the uses of a pair have shown so far."""

    made: Arm = field(default_factory=Arm)
    left: Arm = field(default_factory=Arm)
    harm: Wealth = field(default_factory=Wealth)
    gain: Wealth = field(default_factory=Wealth)

    def add(self, use: Use) -> None:
        """Take in a use."""
        p = use.propensity
        c = (1 - p) * self.made.mean + p * self.left.mean
        gained = payoff(use, c)
        self.harm.bet(-gained, worst=max((1 - c) / p, c / (1 - p)))
        self.gain.bet(gained, worst=max(c / p, (1 - c) / (1 - p)))
        arm = self.made if use.made else self.left
        arm.uses, arm.good = arm.uses + 1, arm.good + use.outcome

    @property
    def uses(self) -> int:
        """Uses of both kinds."""
        return self.made.uses + self.left.uses

    @property
    def lost(self) -> bool:
        """Whether the rewrite harms, beyond doubt."""
        return self.harm.log_e >= LOST_FROM

    @property
    def won(self) -> bool:
        """Whether the rewrite gains, as far as it takes to rewrite more of its uses."""
        return self.gain.log_e >= WON_FROM

    def doubt(self) -> None:
        """Ask for new evidence of gain; what spoke of harm stays."""
        self.gain = Wealth()

    def summary(self) -> dict[str, float]:
        """Return what a person wants to know: uses of both kinds, the share of each that went well, and e-values."""
        return {
            "rewritten": self.made.uses,
            "rewritten_good": round(self.made.good / max(self.made.uses, 1), 4),
            "left_alone": self.left.uses,
            "left_alone_good": round(self.left.good / max(self.left.uses, 1), 4),
            "log_e_harm": round(self.harm.log_e, 3),
            "log_e_gain": round(self.gain.log_e, 3),
        }

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        arms = {name: [arm.uses, arm.good] for name, arm in (("made", self.made), ("left", self.left))}
        return {**arms, "harm": self.harm.logs.tolist(), "gain": self.gain.logs.tolist()}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` gave; players of another release begin anew."""
        made, left = Arm(*plain["made"]), Arm(*plain["left"])
        harm, gain = (np.array(plain[name], dtype=np.float64) for name in ("harm", "gain"))
        if len(harm) != len(FRACTIONS):
            return cls(made, left)
        return cls(made, left, Wealth(harm), Wealth(gain))
