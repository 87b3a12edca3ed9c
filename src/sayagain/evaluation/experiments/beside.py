"""What the confidence sequence and the sample-ratio check are measured against: tests read once, or read every hour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import erfc

from sayagain.evaluation.experiments.traffic import Counts, Floats, Observed
from sayagain.experiments.confidence_sequence import LEVEL, PILOT
from sayagain.rewrites.share_intervals import Z

Hits = npt.NDArray[np.bool_]

LEAST_UNITS = 30
"""Units of each arm below which nobody trusts a z-test."""
MIXTURE_UNITS = 100
"""Units below which the normal mixture, which holds in large samples, says nothing."""


def z_test(runs: Observed) -> Hits:
    """Return whether a two-sided z-test of two means (unpooled) says so at each hour: shape (runs, hours)."""
    arms = [runs.in_arm, ~runs.in_arm]
    counts, sums, squares = (
        np.stack([_at(values * arm, runs.ends) for arm in arms])
        for values in (np.ones_like(runs.outcomes), runs.outcomes, runs.outcomes**2)
    )
    enough = (counts >= LEAST_UNITS).all(axis=0)
    means = sums / np.maximum(counts, 1)
    errors = np.sqrt(((squares / np.maximum(counts, 1) - means**2) / np.maximum(counts - 1, 1)).sum(axis=0))
    return np.asarray(enough & (np.abs(means[0] - means[1]) > Z * errors))


def z_test_once(runs: Observed) -> Hits:
    """Return what the z-test says when all units are there: shape (runs, 1)."""
    return z_test(runs)[:, -1:]


def normal_mixture(runs: Observed) -> tuple[Floats, Floats]:
    """Return the asymptotic confidence sequence of the same scores, narrowest at the planned units: (runs, hours).

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
    sequences" (Ann. Stat. 2024; arXiv 2103.06476), theorem 2.2, with the parameter that they give for a planned time.
    """
    before = np.cumsum(runs.outcomes, axis=-1) - runs.outcomes
    expected = before / np.maximum(np.arange(runs.outcomes.shape[-1]), 1)
    scores = (runs.outcomes - expected) * runs.weights
    n = np.maximum(runs.ends, 1)
    mean = _at(scores, runs.ends) / n
    variance = _at(scores**2, runs.ends) / n - mean**2
    rho2 = (-2 * np.log(LEVEL) + np.log(-2 * np.log(LEVEL) + 1)) / runs.planned
    radius = np.sqrt(variance * 2 * (n * rho2 + 1) / (n**2 * rho2) * np.log(np.sqrt(n * rho2 + 1) / LEVEL))
    radius = np.where(runs.ends >= MIXTURE_UNITS, radius, np.inf)
    return mean - radius, mean + radius


def ratio_test(counts: Counts, shares: Floats) -> Hits:
    """Return whether a z-test of the first arm's share says so: (..., arms) → (...,), read at that moment alone."""
    n = np.maximum(counts.sum(axis=-1), 1)
    z = np.abs(counts[..., 0] - n * shares[0]) / np.sqrt(n * shares[0] * (1 - shares[0]))
    return np.asarray((erfc(z / np.sqrt(2)) < LEVEL) & (n >= PILOT))


def _at(values: Floats, ends: Counts) -> Floats:
    """Return running sums at the ends: (runs, units), (runs, hours) → (runs, hours)."""
    sums = np.pad(np.cumsum(values, axis=-1), ((0, 0), (1, 0)))
    return np.take_along_axis(sums, ends, axis=-1)
