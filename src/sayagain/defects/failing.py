"""The share of a request's turns that went well, by all its turns together: what a single turn cannot tell.

Who gives up looks like who is content; but a request that is said again half of the time fails, and one that hardly
ever is works. So each request has a rate at which its turns look failed, and the rates of all requests have a
distribution that is learned from the log without a shape assumed: the nonparametric maximum likelihood estimate of a
mixing distribution (Kiefer and Wolfowitz 1956; by EM on a grid, Laird 1978). It falls into a low part, of requests
that work, and a high one; a request between them works now and then. How many failures show at all need not be known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]

GRID: Floats = np.linspace(0.01, 0.99, 50)
"""Rates at which the turns of a request may look failed."""

ROUNDS = 200
"""Rounds of EM; later ones move no mass that matters (a test plants rates and finds them)."""

LEAST_FAILING = 0.3
"""Rate below which no request is taken to fail always, however well the others go: people say half of what fails again
(docs/replay.md), and not all of that is seen."""

WORKING_PART = 0.9
"""Share of the turns of the low part whose rates are those of requests that always work."""


APART = 0.1
"""Rates of requests that work and of requests that fail differ by this much at the least."""

TINY = 1e-9


def share_fine(state: Ints, looks_failed: Floats) -> Floats:
    """Return, for each turn, the expected share of the turns of its request that went well, shape (turns,).

    Args:
        state: number of the request of each turn.
        looks_failed: probability, by itself, that each turn failed or was said again.
    """
    _, which = np.unique(state, return_inverse=True)
    which = which.ravel()
    of_request = _mixed(which, looks_failed)
    turns = np.bincount(which) @ of_request
    works, fails = _ends(turns / turns.sum())
    fine = np.clip((fails - GRID) / (fails - works), 0.0, 1.0)
    return np.asarray((of_request @ fine)[which])


def _mixed(which: Ints, looks_failed: Floats) -> Floats:
    """Return how likely each rate is for each request, in the light of all requests, shape (requests, rates)."""
    odds = [np.bincount(which, np.log(looks_failed * rate + (1 - looks_failed) * (1 - rate))) for rate in GRID]
    likely = np.stack(odds, axis=1)
    likely = np.exp(likely - likely.max(axis=1, keepdims=True))
    weight = np.full(len(GRID), 1 / len(GRID))
    for _ in range(ROUNDS):
        share = likely * weight
        share /= share.sum(axis=1, keepdims=True)
        weight = share.mean(axis=0)
    return np.asarray(share)


def _ends(turns: Floats) -> tuple[float, float]:
    """Return the rate up to which requests always work, and from which on they always fail.

    The two parts are those that lie furthest apart (Otsu 1979); halfway between their means a request is one that
    fails, for failures of some requests show less than those of others.
    """
    upto, sums = np.cumsum(turns), np.cumsum(turns * GRID)
    low, high = sums / np.maximum(upto, TINY), (sums[-1] - sums) / np.maximum(1 - upto, TINY)
    apart = upto * (1 - upto) * (high - low) ** 2
    cut = int(np.argmax(apart))
    works = float(GRID[np.searchsorted(upto, WORKING_PART * upto[cut])])
    return works, max(float(low[cut] + high[cut]) / 2, works + APART, LEAST_FAILING)
