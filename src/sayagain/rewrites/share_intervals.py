"""Intervals of shares: of one (Wilson), and of the difference of two (Newcombe)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Z = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


def wilson(share: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the Wilson (1927) 95 % score interval of shares out of n trials."""
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return centre - half, centre + half


def lift_interval(own: Floats, visits: Floats, success: Floats, target_visits: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % interval of ``success − own``, two shares of independent turns (Newcombe 1998, method 10)."""
    own_low, own_high = wilson(own, visits)
    low, high = wilson(success, target_visits)
    lift = success - own
    down = np.sqrt((success - low) ** 2 + (own_high - own) ** 2)
    up = np.sqrt((high - success) ** 2 + (own - own_low) ** 2)
    return lift - down, lift + up
