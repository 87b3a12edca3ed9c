"""What drawn uses of a pair show: harm is found soon, what is good stays, whoever looks however often."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.experiments.betting import FRACTIONS, Wealth
from sayagain.experiments.stages import SHARES, after_use, first_stage
from sayagain.experiments.trial import LOST_FROM, Trial, Use, payoff
from sayagain.schema.rewrite import IN_USE, Status

MOST_USES = 2_000


def uses(rewritten: float, alone: float, share: float, seed: int, wrong: float = 0.0) -> Iterator[Use]:
    """Planted uses: how often a request goes well rewritten and left alone; a share of the verdicts is wrong."""
    rng = np.random.default_rng(seed)
    while True:
        made = bool(rng.random() < share)
        good = rng.random() < (rewritten if made else alone)
        yield Use(made, share, float(good != (rng.random() < wrong)))


def withdrawn_after(rewritten: float, alone: float, share: float, seed: int, wrong: float = 0.0) -> int | None:
    trial = Trial()
    for count, use in zip(range(1, MOST_USES + 1), uses(rewritten, alone, share, seed, wrong), strict=False):
        trial.add(use)
        if trial.lost:
            return count
    return None


@pytest.mark.parametrize(("stage", "most"), [(Status.CANARY, 200), (Status.LIVE, 550)])
def test_a_rewrite_that_halves_success_is_withdrawn(stage: Status, most: int) -> None:
    found = [withdrawn_after(0.3, 0.6, SHARES[stage], seed, wrong=0.15) for seed in range(15)]
    assert np.median([each or MOST_USES for each in found]) <= most


def test_a_rewrite_that_changes_nothing_is_hardly_ever_withdrawn() -> None:
    found = [withdrawn_after(0.6, 0.6, 0.5, seed) for seed in range(30)]
    assert sum(each is not None for each in found) <= 5  # expected at the most: 1.5


def test_a_tenth_less_of_success_still_shows() -> None:
    found = [withdrawn_after(0.5, 0.6, 0.5, seed) for seed in range(15)]
    assert np.median([each or MOST_USES for each in found]) < MOST_USES


def test_a_good_rewrite_is_not_withdrawn_but_shown_to_gain() -> None:
    trial = Trial()
    for use, _ in zip(uses(0.8, 0.3, 0.5, 3), range(400), strict=False):
        trial.add(use)
        assert not trial.lost
    assert trial.won


@given(
    share=st.sampled_from([0.1, 0.5, 0.9, 0.98]),
    rewritten=st.floats(0, 1),
    alone=st.floats(0, 1),
    c=st.floats(0.01, 0.99),
)
def test_the_payoff_is_what_the_rewrite_gains_whatever_the_centre(
    share: float, rewritten: float, alone: float, c: float
) -> None:
    made, left = Use(True, share, rewritten), Use(False, share, alone)
    assert share * payoff(made, c) + (1 - share) * payoff(left, c) == pytest.approx(rewritten - alone)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.5, 0.9, 0.98]), st.floats(0, 1)), max_size=60))
def test_wealth_stays_positive_whatever_comes(drawn: list[tuple[bool, float, float]]) -> None:
    trial = Trial()
    for made, share, outcome in drawn:
        trial.add(Use(made, share, outcome))
    for wealth in (trial.harm, trial.gain):
        assert np.isfinite(wealth.logs).all()
    assert trial.uses == len(drawn)
    assert Trial.of_json(json.loads(json.dumps(trial.to_json()))).to_json() == trial.to_json()


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.sampled_from([0.5, 0.9]))
def test_where_rewriting_changes_nothing_wealth_is_expected_to_stay(outcome: float, c: float, share: float) -> None:
    """A fair game: over the draw, the wealth of each player after one use is 1 on average, of harm and of gain."""
    worst = max((1 - c) / share, c / (1 - share), c / share, (1 - c) / (1 - share))
    after = np.zeros((2, len(FRACTIONS)))
    for probability, made in ((share, True), (1 - share, False)):
        for row, sign in enumerate((-1, 1)):
            wealth = Wealth()
            wealth.bet(sign * payoff(Use(made, share, outcome), c), worst)
            after[row] += probability * np.exp(wealth.logs)
    assert after == pytest.approx(np.ones_like(after))


def test_what_lost_is_withdrawn_and_what_won_after_doubt_is_live() -> None:
    rich = Wealth(np.full(len(FRACTIONS), LOST_FROM + 1))
    lost, won = Trial(harm=rich), Trial(gain=rich)
    assert set(SHARES) == set(IN_USE)
    assert {after_use(stage, lost) for stage in SHARES} == {Status.WITHDRAWN}
    assert {stage: after_use(stage, won) for stage in SHARES} == {
        Status.CONTESTED: Status.LIVE,
        Status.CANARY: Status.LIVE,
        Status.LIVE: Status.LIVE,
        Status.FULL: Status.FULL,
    }
    assert after_use(Status.BLOCKED, lost) is Status.BLOCKED


@pytest.mark.parametrize(
    ("helps", "reversible", "stage"),
    [
        (True, True, Status.LIVE),
        (None, True, Status.LIVE),
        (False, True, Status.CANARY),
        (True, False, Status.CANARY),
    ],
)
def test_a_pair_begins_by_what_the_backtest_showed_and_a_mistake_costs(
    helps: bool | None, reversible: bool, stage: Status
) -> None:
    assert first_stage(helps=helps, reversible=reversible) is stage
