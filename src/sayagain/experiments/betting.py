"""The e-process of a one-sided claim about a mean, by betting (Waudby-Smith and Ramdas, JRSS-B 2023, section 4).

A player bets on each payoff before it is seen, and can lose no more than what they have. While the claim "no payoff is
positive in expectation" is true, their wealth is a supermartingale that begins at 1: it ever reaches 1/α with
probability α at the most, however often it is looked at (Ville's inequality). Wealth is evidence against the claim.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FRACTIONS = np.array([0.1, 0.2, 0.3, 0.5])
"""Shares of the wealth that can be lost by one payoff, a player each; the wealth is their mean, so never less than a
quarter of the best player's. Who bets much is quick where the truth is far from the claim, who bets little lasts where
it is near: a tenth more of success still shows."""


@dataclass
class Wealth:
    """What the players have, as logarithms, shape (players,)."""

    logs: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(FRACTIONS)))
    log_e: float = field(init=False)
    """The logarithm of their mean; kept, since it is asked for oftener than it changes."""

    def __post_init__(self) -> None:
        self._count()

    def bet(self, payoff: float, worst: float) -> None:
        """Take in a payoff of which was known before that it is −``worst`` at the least."""
        self.logs = self.logs + np.log1p(FRACTIONS * payoff / worst)
        self._count()

    def _count(self) -> None:
        self.log_e = float(np.logaddexp.reduce(self.logs) - np.log(len(self.logs)))
