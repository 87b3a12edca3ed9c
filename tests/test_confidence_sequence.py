"""Confidence sequences: what may be said at any look, against enumeration, brute force and another implementation."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ville import AsymptoticABTest, BettingABTest

from sayagain.experiments.confidence_sequence import (
    BELIEF,
    LEVEL,
    OTHER_BETS,
    PILOT,
    PLANNED_STAKE,
    difference,
    running_mean,
)

Floats = npt.NDArray[np.float64]

BETS = 0.05 * np.append(1.0, OTHER_BETS)


def drawn(units: int, rates: tuple[float, float], share: float, seed: int) -> tuple[Floats, Floats]:
    """Return outcomes and weights of an experiment: failure rates of control arm and arm, share of the arm."""
    draw = np.random.default_rng(seed)
    in_arm = draw.random(units) < share
    outcomes = (draw.random(units) < np.where(in_arm, rates[1], rates[0])).astype(float)
    return outcomes, np.where(in_arm, 1 / share, -1 / (1 - share))


@settings(max_examples=30, deadline=None)
@given(outcomes=st.lists(st.floats(0, 1), min_size=7, max_size=7), share=st.sampled_from([0.5, 0.3, 0.1]))
def test_where_arms_do_the_same_the_evidence_is_one_on_the_average_of_all_ways_to_draw(
    outcomes: list[float], share: float
) -> None:
    ways = np.array(list(product([True, False], repeat=len(outcomes))))
    likely = np.where(ways, share, 1 - share).prod(axis=1)
    surprise = np.array(outcomes) - 0.4
    scores = surprise * np.where(ways, 1 / share, -1 / (1 - share))
    bets = np.broadcast_to(np.minimum(BETS, 0.5 * share), (len(ways), BETS.size))
    ends = np.tile(np.arange(len(outcomes) + 1), (len(ways), 1))
    found = running_mean(scores, bets, ends)
    assert likely @ found.e_value == pytest.approx(np.ones(len(outcomes) + 1))


def test_a_bound_is_where_what_was_bet_on_more_has_grown_by_two_by_the_level() -> None:
    outcomes, weights = drawn(600, (0.2, 0.4), 0.5, 1)
    before = [(BELIEF / 2 + sum(outcomes[:i])) / (BELIEF + i) for i in range(len(outcomes))]
    scores = [w * (y - c) for y, c, w in zip(outcomes, before, weights, strict=True)]
    bets = np.minimum(BETS, 0.25)
    found = running_mean(np.array(scores), bets, np.array([600]))

    def capital(d: float, sign: int) -> float:
        stakes = [PLANNED_STAKE] + [(1 - PLANNED_STAKE) / len(OTHER_BETS)] * len(OTHER_BETS)
        grown = [math.prod((1 + sign * bet * x) * math.exp(-sign * bet * d) for x in scores) for bet in bets]
        return sum(stake * by for stake, by in zip(stakes, grown, strict=True))

    assert capital(float(found.low[0]), 1) == pytest.approx(2 / LEVEL)
    assert capital(float(found.high[0]), -1) == pytest.approx(2 / LEVEL)
    assert found.e_value[0] == pytest.approx((capital(0, 1) + capital(0, -1)) / 2)


@pytest.mark.parametrize(("share", "seed"), [(0.5, 2), (0.3, 3)])
def test_it_says_what_another_implementation_says_and_no_less_at_the_planned_horizon(share: float, seed: int) -> None:
    outcomes, weights = drawn(3000, (0.2, 0.28), share, seed)
    treated = weights > 0
    found = difference(outcomes, weights, np.array([3000]), 3000)
    betting = BettingABTest(propensity=share, grid=2000).fit(outcomes, treated).interval()
    normal = AsymptoticABTest(propensity=share, t_opt=3000).fit(outcomes, treated)
    assert found.estimate[0] == pytest.approx(normal.estimate_[-1], abs=0.01)
    assert found.low[0] < 0.08 < found.high[0]
    assert betting[0] < found.high[0]
    assert found.low[0] < betting[1]
    width = found.high[0] - found.low[0]
    assert width < betting[1] - betting[0]
    assert width < 1.02 * (normal.interval()[1] - normal.interval()[0])


def test_the_better_arm_is_known_from_the_worse() -> None:
    outcomes, weights = drawn(4000, (0.3, 0.2), 0.5, 4)
    better = difference(outcomes, weights, np.array([4000]), 4000)
    worse = difference(outcomes, -weights, np.array([4000]), 4000)
    assert better.high[0] < 0
    assert worse.low[0] == pytest.approx(-better.high[0])
    assert better.e_value[0] > 1 / LEVEL


def test_it_goes_on_narrowing_long_after_the_planned_horizon() -> None:
    outcomes, weights = drawn(40_000, (0.2, 0.2), 0.5, 5)
    found = difference(outcomes, weights, np.array([1000, 10_000, 40_000]), 1000)
    widths = found.high - found.low
    assert widths[1] < 0.55 * widths[0]
    assert widths[2] < 0.6 * widths[1]


def test_nothing_is_said_before_the_pilot_is_over() -> None:
    outcomes, weights = drawn(200, (0.2, 0.2), 0.5, 6)
    found = difference(outcomes, weights, np.array([0, PILOT, PILOT + 1, 200]), 1000)
    assert np.isinf(found.low).tolist() == [True, True, False, False]
    assert found.e_value[:2] == pytest.approx([1, 1])
    assert found.estimate[:2].tolist() == [0, 0]


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0])
def test_outcomes_that_are_all_alike_show_no_difference(constant: float) -> None:
    _, weights = drawn(500, (0.2, 0.2), 0.5, 7)
    found = difference(np.full(500, constant), weights, np.array([500]), 500)
    assert found.low[0] < 0 < found.high[0]
    assert found.e_value[0] < 1 / LEVEL


def test_runs_side_by_side_are_judged_as_each_alone() -> None:
    runs = [drawn(500, (0.2, 0.3), 0.5, seed) for seed in (8, 9)]
    ends = np.array([[100, 500], [300, 400]])
    together = difference(np.stack([y for y, _ in runs]), np.stack([w for _, w in runs]), ends, 500)
    for number, (outcomes, weights) in enumerate(runs):
        alone = difference(outcomes, weights, ends[number], 500)
        assert together.low[number] == pytest.approx(alone.low)
        assert together.high[number] == pytest.approx(alone.high)


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.3, 0.5])
def test_looking_costs_little_at_the_planned_horizon_whether_failures_are_rare_or_not(rate: float) -> None:
    draw = np.random.default_rng(10)
    in_arm = draw.random((60, 3000)) < 0.5
    outcomes = (draw.random((60, 3000)) < rate).astype(float)
    found = difference(outcomes, np.where(in_arm, 2.0, -2.0), np.full((60, 1), 3000), 3000)
    read_once = 2 * 1.96 * 2 * np.sqrt(rate * (1 - rate) / 3000)
    assert np.quantile(found.high - found.low, 0.95) < 1.75 * read_once


def test_a_small_share_and_a_near_horizon_do_not_lead_to_bets_that_lose_all() -> None:
    outcomes, weights = drawn(2000, (0.5, 0.5), 0.02, 11)
    found = difference(outcomes, weights, np.arange(0, 2001, 100), 10)
    assert np.isfinite(found.e_value).all()
    assert (found.low[1:] < found.high[1:]).all()
