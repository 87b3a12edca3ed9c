"""Intervals of figures: bootstrap over people, calls or days, and Wilson's for shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.rewrites import share_intervals

Floats = npt.NDArray[np.float64]

RESAMPLES = 1000
"""Bootstrap resamples: the ends of a 95 % interval then vary by about a tenth of its width."""


def bootstrap(
    statistic: Callable[[npt.NDArray[np.intp]], float],
    folds: Sequence[str] | npt.NDArray[np.str_],
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Return the 95 % percentile interval of ``statistic(row numbers)``, resampling whole folds (callers, days).

    Rows of one fold depend on each other, so folds are what is drawn with replacement. Resamples for which the
    statistic is not defined (NaN) are passed over.
    """
    _, fold_of = np.unique(np.asarray(folds), return_inverse=True)
    order = np.argsort(fold_of, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(fold_of))[:-1])
    draw = np.random.default_rng(seed)
    values = [
        statistic(np.concatenate([rows_of[i] for i in draw.integers(len(rows_of), size=len(rows_of))]))
        for _ in range(resamples)
    ]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share of ``n`` cases.

    >>> [round(end, 3) for end in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    low, high = share_intervals.wilson(np.array([share]), np.array([float(n)]))
    return float(low[0]), float(high[0])


@dataclass(frozen=True)
class Draws:
    """How often each fold is in each resample; shared between methods, so that differences are paired."""

    fold_of: npt.NDArray[np.intp]
    times: Floats
    """Shape (1 + resamples, folds); row 0 is all ones."""

    @classmethod
    def of(cls, folds: npt.NDArray[np.str_], seed: int, resamples: int = RESAMPLES) -> Draws:
        """Draw as many folds as there are, with replacement, ``resamples`` times."""
        names, fold_of = np.unique(folds, return_inverse=True)
        size = len(names)
        drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=resamples)
        return cls(fold_of.ravel(), np.vstack([np.ones(size), drawn]))


def resampled(counts: Floats, draws: Draws) -> Floats:
    """Sum what excerpts add over each resample: shape (excerpts, …) → (1 + resamples, …)."""
    groups = np.zeros((draws.times.shape[1], *counts.shape[1:]))
    np.add.at(groups, draws.fold_of, counts)
    return np.tensordot(draws.times, groups, axes=1)


def interval(values: Floats) -> tuple[float, float, float]:
    """Return the value on the data as they are and the ends of the 95 % interval of the resamples."""
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return float(values[0]), float(low), float(high)
