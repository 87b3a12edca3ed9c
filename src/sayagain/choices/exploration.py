"""Exploration: when something else than the likeliest is tried, to learn how it goes, and how probably.

Inverse-gap weighting (Foster and Rakhlin, "Beyond UCB", ICML 2020, algorithm 1) over the best two: the closer they
are, the more often the second is tried. Never where a mistake could not be undone, nor at quiet hours, nor beyond a
share of a person's turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CLOSE = 0.5
"""Difference of P(meant) between the best two up to which the second is tried."""

STEEPNESS = 10.0
"""How fast trying falls with the difference, the paper's gamma: at none a half, at 0.1 a third, at 0.5 one in seven."""

MOST_EXPLORED = 0.01
"""Share of a person's turns at which something is tried, at the most."""

FIRST_TRIES = 1
"""Tries that a new person's first turns may have, before that share allows one."""


@dataclass(frozen=True)
class Exploration:
    """Whether and when something may be tried."""

    on: bool = False
    """Off until a household switches it on."""
    quiet_from: int = 22
    """Hour from which nothing is tried."""
    quiet_until: int = 7
    """Hour until which nothing is tried."""

    def allows(self, time: datetime, seen: int, explored: int) -> bool:
        """Return whether something may be tried at a time on the person's clock, after so many turns and tries."""
        quiet = time.hour >= self.quiet_from or time.hour < self.quiet_until
        return self.on and not quiet and explored + 1 <= FIRST_TRIES + MOST_EXPLORED * seen


NEVER = Exploration()


def share_of_second(gap: float) -> float:
    """Return how often the second best is tried that is ``gap`` less likely than the best."""
    return 1 / (2 + STEEPNESS * gap) if 0 <= gap <= CLOSE else 0.0
