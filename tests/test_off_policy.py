"""Whether another version would have done better is told from draws alone, and never by what nobody tried."""

from __future__ import annotations

from itertools import product
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.experiments.off_policy import DEEPEST, RANGE, DrawnUnits, bounds, gain, rewards, scores

SHARES = (0.5, 0.9)
"""Of a pair on trial, and of one that is live."""


def planted(n: int, seed: int, *, gains: tuple[float, float], wanted: Any, base: tuple[float, float] = (0.6, 0.6),
            shares: tuple[float, float] = SHARES) -> DrawnUnits:  # fmt: skip
    """Return units of two pairs: what each gains when it is made, and how often the request goes well without."""
    draw = np.random.default_rng(seed)
    pair = draw.integers(0, 2, n)
    p = np.array(shares)[pair]
    made = (draw.random(n) < p).astype(float)
    well = np.array(base)[pair] + made * np.array(gains)[pair]
    outcomes = (draw.random(n) < well).astype(float)
    return DrawnUnits([f"pair {each}" for each in pair], made, p, outcomes, np.array(wanted)[pair] * np.ones(n))


probability = st.sampled_from([0.1, 0.3, 0.5, 0.9])
unit = st.tuples(probability, st.sampled_from([0.0, 0.2, 0.5, 1.0, nan]), st.floats(0, 1), st.floats(0, 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(unit, min_size=1, max_size=4))
def test_over_all_draws_the_scores_add_up_to_what_the_candidate_gains(
    units: list[tuple[float, float, float, float]],
) -> None:
    p, wanted, alone, rewritten = map(np.array, zip(*units, strict=True))
    expected = 0.0
    for drawn in product((0.0, 1.0), repeat=len(units)):
        made = np.array(drawn)
        each = DrawnUnits(["one"] * len(units), made, p, np.where(made == 1, rewritten, alone), wanted)
        expected += float(np.prod(np.where(made == 1, p, 1 - p))) * scores(each).sum()
    in_use = p * rewritten + (1 - p) * alone
    candidate = np.where(np.isnan(wanted), 0.0, wanted * rewritten + (1 - wanted) * alone)
    assert expected == pytest.approx((candidate - in_use).sum(), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(unit, st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.02, 0.5, 0.98]),
)
def test_no_score_is_outside_the_range_that_bets_are_sized_by(
    units: list[tuple[tuple[float, float, float, float], bool]], first: float
) -> None:
    told, made = zip(*units, strict=True)
    p, wanted, alone, rewritten = map(np.array, zip(*told, strict=True))
    p[0] = first
    done = np.array(made, dtype=float)
    each = DrawnUnits(["a", "b"] * 15, done, p, np.where(done == 1, rewritten, alone), wanted)
    each = DrawnUnits(
        each.pairs[: len(p)], *(getattr(each, name) for name in ("made", "propensity", "outcomes", "wanted"))
    )
    found = scores(each)
    assert found.max(initial=0) <= RANGE
    assert found.min(initial=0) >= -DEEPEST - 1


def test_what_is_expected_of_a_unit_does_not_know_it_nor_what_came_later() -> None:
    units = planted(200, 1, gains=(-0.3, 0.3), wanted=(0.0, 0.9))
    later = units.outcomes.copy()
    later[100:] = 1 - later[100:]
    other = DrawnUnits(units.pairs, units.made, units.propensity, later, units.wanted)
    assert np.array_equal(rewards(units)[:101], rewards(other)[:101])
    assert not np.array_equal(rewards(units)[101:], rewards(other)[101:])


def test_dropping_pairs_that_harm_is_better_and_dropping_those_that_help_is_worse() -> None:
    better = gain(planted(1_500, 2, gains=(-0.4, -0.4), wanted=(0.0, 0.0)))
    assert (better.verdict, better.passes) == ("better", True)
    truth = 0.4 * np.mean(SHARES)
    assert better.low < truth < better.high
    worse = gain(planted(1_500, 3, gains=(0.3, 0.3), wanted=(0.0, 0.0)))
    assert (worse.verdict, worse.passes) == ("worse", False)
    assert worse.low < -0.3 * np.mean(SHARES) < worse.high


def test_a_version_that_does_the_same_differs_nowhere() -> None:
    found = gain(planted(50, 4, gains=(-0.4, 0.3), wanted=SHARES))
    assert (found.verdict, found.passes, found.differ, found.units) == ("same", True, 0, 50)


def test_a_version_that_changes_nothing_to_the_better_is_not_shown() -> None:
    found = gain(planted(1_500, 5, gains=(0.0, 0.0), wanted=(0.0, 0.0)))
    assert found.verdict == "not shown"
    assert found.low < 0 < found.high


def test_a_version_of_which_little_was_tried_is_not_better_though_that_little_is() -> None:
    tried = planted(1_500, 6, gains=(-0.4, -0.4), wanted=(0.0, 0.9))
    assert gain(tried).verdict == "better"
    otherwise = planted(1_500, 6, gains=(-0.4, -0.4), wanted=(0.0, nan), shares=(0.5, 0.5))
    found = gain(otherwise)
    assert found.verdict == "not shown"
    assert found.unsupported == sum(each == "pair 1" for each in otherwise.pairs)
    assert found.estimate > 0.05  # of what was tried


def test_who_drops_a_pair_that_is_hardly_ever_left_alone_cannot_be_judged_by_that() -> None:
    found = gain(planted(1_000, 7, gains=(-0.4, -0.4), wanted=(0.0, 0.0), shares=(0.98, 0.98)))
    assert (found.unsupported, found.verdict) == (1_000, "not shown")


def test_pairs_in_several_stages_are_no_gain_by_themselves() -> None:
    """What is left alone is mostly of the pair in doubt, whose requests go well anyhow: the plain means are misled."""
    units = planted(3_000, 8, gains=(0.0, 0.0), wanted=(0.0, 0.0), base=(0.8, 0.4))
    left, made = units.outcomes[units.made == 0], units.outcomes[units.made == 1]
    assert left.mean() - made.mean() > 0.1
    found = gain(units)
    assert found.low < 0 < found.high


def test_the_bounds_hold_the_truth_at_all_looks_in_all_but_few_runs() -> None:
    ends, held = np.arange(20, 401, 20), 0
    for seed in range(80):
        units = planted(400, 100 + seed, gains=(-0.3, 0.2), wanted=(0.0, 0.0))
        effects = np.array([-0.3 * 0.5, 0.2 * 0.9])
        truth = -np.cumsum([effects[int(each == "pair 1")] for each in units.pairs])[ends - 1] / ends
        found = bounds(units, ends)
        held += bool(((found.low <= truth) & (truth <= found.high)).all())
    assert held >= 73  # of 80: 76 are expected at the least
