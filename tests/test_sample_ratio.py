"""The sample-ratio check and the choice among many e-values, against other implementations and against sums."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ville import BernoulliTest
from ville.evalues import ebh

from sayagain.experiments.false_discovery import FALSE_DISCOVERIES, discoveries
from sayagain.experiments.sample_ratio import CONCENTRATION, log_evidence


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_two_arms_are_the_beta_binomial_test_of_another_implementation(share: float) -> None:
    in_arm = (np.random.default_rng(1).random(3000) < share + 0.02).astype(float)
    other = BernoulliTest(share, prior=(CONCENTRATION * share, CONCENTRATION * (1 - share))).fit(in_arm)
    counts = np.cumsum(np.stack([in_arm, 1 - in_arm], axis=1), axis=0).astype(int)
    assert log_evidence(counts, np.array([share, 1 - share])) == pytest.approx(other.log_e_values_, abs=1e-6)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.3, 0.2), (0.02, 0.98)])
def test_where_shares_are_as_planned_the_evidence_is_one_on_the_average_of_all_ways_to_draw(
    shares: tuple[float, ...],
) -> None:
    ways = list(product(range(len(shares)), repeat=6))
    likely = [math.prod(shares[arm] for arm in way) for way in ways]
    counts = np.array([[way.count(arm) for arm in range(len(shares))] for way in ways])
    assert np.array(likely) @ np.exp(log_evidence(counts, np.array(shares))) == pytest.approx(1)


def test_two_units_in_a_hundred_that_go_astray_are_found() -> None:
    counts = np.array([[4800, 5200], [5000, 5000]])
    astray, planned = log_evidence(counts, np.array([0.5, 0.5]))
    assert astray > math.log(20) > 0 > planned


@given(st.lists(st.floats(0, 500), max_size=40))
def test_of_many_hypotheses_those_are_rejected_that_another_implementation_rejects(e_values: list[float]) -> None:
    names = {f"pair{number}": value for number, value in enumerate(e_values)}
    expected = {name for name, hit in zip(names, ebh(e_values, FALSE_DISCOVERIES), strict=True) if hit}
    found = discoveries(names)
    assert sorted(names[name] for name in found) == sorted(names[name] for name in expected)


def test_of_hypotheses_that_are_all_true_hardly_ever_one_is_rejected() -> None:
    draw = np.random.default_rng(2)
    effect = 2.0
    e_values = np.exp(effect * draw.standard_normal((2000, 20)) - effect**2 / 2)
    false = [bool(discoveries({str(place): value for place, value in enumerate(row)})) for row in e_values.tolist()]
    assert sum(false) / len(false) <= FALSE_DISCOVERIES
