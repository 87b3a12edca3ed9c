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
bounded random variables by betting" (JRSS-B 2023). That the means may change while l stays, and that l is mixed, is
from Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Ann. Stat.
2021).
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
PILOT = 20
"""Units that only tell how much outcomes vary, by which bets are sized: more of them, a small experiment would miss."""
BELIEF = 5.0
"""Units that the belief weighs, before the first outcome, that half of them fail: so that twenty units without a
failure are not taken for outcomes that do not vary."""
EARLY = 0.7
"""Where a sequence is tightest, as a share of the planned horizon: looks before it count too, so that the power up to
the horizon is highest then (ablation ``tightest_at_plan``)."""
PLANNED_STAKE = 0.95
"""Share of the capital on the bet that is best there; the others share the rest. What they bring is that a sequence
goes on narrowing where a plan was wrong; what they cost is power where it was right (ablation ``even_stakes``)."""
OTHER_BETS = 2.0 ** np.array([-4, -3, -2, -1, 1, 2, 3, 4])
"""The other bets by the planned one: they are best at horizons from 256 times as far to 256 times as near."""
BOLDEST = 0.5
"""A bet loses at most this share of its capital on one unit."""
NEWTON_STEPS = 5
"""Steps towards a bound, exact to rounding after five. It is approached from outside: fewer could only widen it."""
LARGEST_LOG = 690.0
"""Logarithm of the largest e-value told: the next powers of ten are no floats."""


@dataclass(frozen=True)
class ConfidenceSequence:
    """Intervals at each look; all arrays have the shape (..., looks)."""

    estimate: Floats
    """Mean of the scores; 0 during the pilot."""
    low: Floats
    """Lower bounds of the mean of the d_i after the pilot; -inf during it."""
    high: Floats
    e_value: Floats
    """Evidence against d_i = 0 for all i; 1 during the pilot."""


def difference(
    outcomes: Floats, weights: Floats, ends: Counts, horizon: float, planned_stake: float = PLANNED_STAKE
) -> ConfidenceSequence:
    """Return the sequence of the mean difference between the outcomes of an arm and of the control arm.

    Args:
        outcomes: shape (..., units), in the order of the draws, each in [0, 1].
        weights: shape (..., units): 1 / p_i in the arm, -1 / q_i in the control arm, 0 in others.
        ends: shape (..., looks): how many units each look has seen.
        horizon: units at which the sequence is to be tightest; not to be chosen by the outcomes.
        planned_stake: share of the capital on the bet that is best there.
    """
    surprise = outcomes - _mean_before(outcomes)
    spread = np.maximum(weights, 0).max(axis=-1) + np.maximum(-weights, 0).max(axis=-1)
    variance = spread * np.square(surprise[..., :PILOT]).mean(axis=-1)
    with np.errstate(divide="ignore"):  # outcomes of one half do not vary at all
        planned = np.sqrt(2 * np.log(2 / LEVEL) / (EARLY * horizon * variance))
    bets = planned[..., np.newaxis] * np.append(1.0, OTHER_BETS)
    bets = np.minimum(bets, BOLDEST / np.abs(weights).max(axis=-1, keepdims=True))
    return running_mean((weights * surprise)[..., PILOT:], bets, np.maximum(ends - PILOT, 0), planned_stake)


def running_mean(
    scores: Floats, bets: Floats, ends: Counts, planned_stake: float = PLANNED_STAKE
) -> ConfidenceSequence:
    """Return the sequence of the mean of what the scores are expected to be, each given those before.

    Args:
        scores: shape (..., units).
        bets: shape (..., bets): how much is bet, the planned bet first; a bet times a score is above -1 and below 1.
        ends: shape (..., looks): how many scores each look has seen.
        planned_stake: share of the capital on the first bet; the others share the rest.
    """
    others = bets.shape[-1] - 1
    stakes = np.append(planned_stake, np.full(others, (1 - planned_stake) / others))
    up, down = (_growth(sign * scores, bets, ends) + np.log(stakes) for sign in (1, -1))
    slopes = bets[..., np.newaxis, :] * np.maximum(ends, 1)[..., np.newaxis]
    known = ends > 0
    evidence = np.logaddexp(logsumexp(up, axis=-1), logsumexp(down, axis=-1)) - np.log(2)
    return ConfidenceSequence(
        estimate=_at(np.cumsum(scores, axis=-1), ends) / np.maximum(ends, 1),
        low=np.where(known, _bound(up, slopes), -np.inf),
        high=np.where(known, -_bound(down, slopes), np.inf),
        e_value=np.exp(np.minimum(evidence, LARGEST_LOG)),
    )


def _mean_before(outcomes: Floats) -> Floats:
    """Return the mean of the outcomes before each one, and of the belief that stands before them all."""
    before = np.cumsum(outcomes, axis=-1) - outcomes
    return np.asarray((BELIEF / 2 + before) / (BELIEF + np.arange(outcomes.shape[-1])))


def _growth(scores: Floats, bets: Floats, ends: Counts) -> Floats:
    """Return the logarithm of the capital of each bet at each look: (..., units), (..., bets) → (..., looks, bets)."""
    by_bet = np.moveaxis(bets, -1, 0)[..., np.newaxis]
    return np.stack([_at(np.cumsum(np.log1p(bet * scores), axis=-1), ends) for bet in by_bet], axis=-1)


def _at(sums: Floats, ends: Counts) -> Floats:
    """Return running sums where looks end; 0 before the first unit."""
    from_none = np.concatenate([np.zeros((*sums.shape[:-1], 1)), sums], axis=-1)
    return np.take_along_axis(from_none, ends, axis=-1)


def _bound(capital: Floats, slopes: Floats) -> Floats:
    """Return the D at which sum_k exp(capital_k - slopes_k D) is 2 / LEVEL.

    It begins at the largest D at which a single term is as much, so that all terms are small, and Newton's method on
    the logarithm of the sum, which is convex and falls, comes nearer without passing by.
    """
    excess = capital - np.log(2 / LEVEL)
    found = np.asarray((excess / slopes).max(axis=-1))
    for _ in range(NEWTON_STEPS):
        terms = np.exp(excess - slopes * found[..., np.newaxis])
        total = terms.sum(axis=-1)
        found = found + np.log(total) * total / (terms * slopes).sum(axis=-1)
    return found
