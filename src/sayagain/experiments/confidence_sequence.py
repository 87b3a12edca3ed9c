"""Confidence sequences: intervals that all hold at once, so that an experiment may be looked at, and stopped, any time.

Unit i is drawn into the arm with probability p_i and into the control arm with q_i, whatever came before. Its score

    x_i = (y_i - c_i) (1{in the arm} / p_i - 1{in the control arm} / q_i),   c_i the mean of the outcomes before it,

has, given all before, the mean d_i = E[y_i(arm) - y_i(control)]. So the draw alone makes it right: outcomes may
depend on each other, people may differ, days may be bad, the effect may fade. For every l with 1 + l x_i > 0

    M_t(l) = prod_{i<=t} (1 + l x_i) exp(-l d_i)

is a supermartingale from 1 on, because 1 + u <= exp(u), and a mixture of them over l is one too. By Ville's inequality
it ever reaches 2 / LEVEL with probability LEVEL / 2 at most. Only the sum of the d_i is unknown in it, so this bounds
their mean D_t from below at every t, and the same with -x_i from above.

The scores are those of Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro, "Anytime-valid off-policy inference for
contextual bandits" (arXiv 2210.10768); the product is the capital of Waudby-Smith and Ramdas, "Estimating means of
bounded random variables by betting" (JRSS-B 2023); that means may change while l stays, and that l is mixed, is from
Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Ann. Stat. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

LEVEL = 0.05
"""How often a sequence may miss, and a comparison of equal arms raise an alarm, over all looks together."""
PILOT = 50
"""Units that only tell how much outcomes vary, by which bets are sized: fewer would size them wrongly by a half."""
PLANNED_STAKE = 0.9
"""Share of the capital on the bet that is best at the planned horizon; the others share the rest. What the others
bring is that a sequence goes on narrowing where a plan was wrong (ablation ``even_stakes`` of the evaluation)."""
OTHER_BETS = 2.0 ** np.array([-4, -3, -2, -1, 1, 2, 3, 4])
"""The other bets by the planned one: they are best at horizons from 256 times as far to 256 times as near."""
BOLDEST = 0.5
"""A bet loses at most this share of its capital on one unit."""
NEWTON_STEPS = 12
"""The equation of a bound is convex and is approached from outside: stopping early could only widen the interval."""
LARGEST_LOG = 690.0
"""Logarithm of the largest e-value told: the next powers of ten are no floats."""


@dataclass(frozen=True)
class Sequence:
    """Intervals at each look; all arrays have the shape (..., looks)."""

    estimate: Floats
    """Mean of the scores; 0 during the pilot."""
    low: Floats
    """Lower bounds of the mean of the d_i after the pilot; -inf during it."""
    high: Floats
    e_value: Floats
    """Evidence against d_i = 0 for all i; 1 during the pilot."""


def difference(outcomes: Floats, weights: Floats, ends: Counts, horizon: int) -> Sequence:
    """Return the sequence of the mean difference between the outcomes of an arm and of the control arm.

    Args:
        outcomes: shape (..., units), in the order of the draws, each in [0, 1].
        weights: shape (..., units): 1 / p_i in the arm, -1 / q_i in the control arm, 0 in others.
        ends: shape (..., looks): how many units each look has seen.
        horizon: units at which the sequence is to be tightest; not to be chosen by the outcomes.
    """
    surprise = outcomes - _mean_before(outcomes)
    widest = np.maximum(weights, 0).max(axis=-1) + np.maximum(-weights, 0).max(axis=-1)
    variance = widest * np.square(surprise[..., :PILOT]).mean(axis=-1)
    planned = np.sqrt(2 * np.log(2 / LEVEL) / (horizon * variance))
    bets = planned[..., np.newaxis] * np.append(1.0, OTHER_BETS)
    bound = np.abs(weights).max(axis=-1)
    bets = np.minimum(bets, BOLDEST / bound[..., np.newaxis])
    return running_mean((weights * surprise)[..., PILOT:], bets, np.maximum(ends - PILOT, 0))


def running_mean(scores: Floats, bets: Floats, ends: Counts) -> Sequence:
    """Return the sequence of the mean of what the scores are expected to be, each given those before.

    Args:
        scores: shape (..., units).
        bets: shape (..., 9): how much is bet, the planned bet first; a bet times a score is above -1 and below 1.
        ends: shape (..., looks): how many scores each look has seen.
    """
    stakes = np.append(PLANNED_STAKE, np.full(OTHER_BETS.size, (1 - PLANNED_STAKE) / OTHER_BETS.size))
    up, down = (_growth(sign * scores, bets, ends) + np.log(stakes) for sign in (1, -1))
    slopes = bets[..., np.newaxis, :] * ends[..., np.newaxis]
    known = ends > 0
    evidence = np.logaddexp(logsumexp(up, axis=-1), logsumexp(down, axis=-1)) - np.log(2)
    return Sequence(
        estimate=_at(np.cumsum(scores, axis=-1), ends) / np.maximum(ends, 1),
        low=np.where(known, _bound(up, np.maximum(slopes, bets[..., np.newaxis, :])), -np.inf),
        high=np.where(known, -_bound(down, np.maximum(slopes, bets[..., np.newaxis, :])), np.inf),
        e_value=np.exp(np.minimum(evidence, LARGEST_LOG)),
    )


def _mean_before(outcomes: Floats) -> Floats:
    """Return the mean of the outcomes before each one, and of one half that stands before them all."""
    before = np.cumsum(outcomes, axis=-1) - outcomes
    return np.asarray((0.5 + before) / np.arange(1, outcomes.shape[-1] + 1))


def _growth(scores: Floats, bets: Floats, ends: Counts) -> Floats:
    """Return the logarithm of the capital of each bet at each look: (..., units), (..., bets) → (..., looks, bets)."""
    capital = [
        _at(np.cumsum(np.log1p(bet[..., np.newaxis] * scores), axis=-1), ends) for bet in np.moveaxis(bets, -1, 0)
    ]
    return np.stack(capital, axis=-1)


def _at(sums: Floats, ends: Counts) -> Floats:
    """Return running sums where looks end; 0 before the first unit."""
    from_none = np.concatenate([np.zeros((*sums.shape[:-1], 1)), sums], axis=-1)
    return np.take_along_axis(from_none, ends, axis=-1)


def _bound(capital: Floats, slopes: Floats) -> Floats:
    """Return the D at which sum_k exp(capital_k - slopes_k D) is 2 / LEVEL, by Newton's method from below."""
    excess = capital - np.log(2 / LEVEL)
    found = np.asarray((excess / slopes).max(axis=-1))
    for _ in range(NEWTON_STEPS):
        terms = excess - slopes * found[..., np.newaxis]
        total = logsumexp(terms, axis=-1)
        slope = (np.exp(terms - total[..., np.newaxis]) * slopes).sum(axis=-1)
        found = found + np.maximum(total, 0) / slope
    return found
