"""What simulated people do after a response: planted rates come back, and all of it can happen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.assistant.reactions import (
    DEFAULT_RATES,
    RATE_PRESETS,
    REACTION_KINDS,
    REPHRASINGS,
    Answer,
    Reaction,
    ReactionRates,
    Situation,
    Temper,
    react,
    says_again,
    temper,
)

DRAWN = 20_000
WRONG = Situation("wrong_action")
UNHEARD = Situation("nothing_heard")
GOOD = Situation("good", lasting=True)
ANSWERS: tuple[Answer, ...] = ("good", "wrong_action", "not_understood", "nothing_heard", "question")


def reactions(
    situation: Situation, person: Temper | None = None, rates: ReactionRates = DEFAULT_RATES
) -> list[Reaction]:
    rng = np.random.default_rng(7)
    return [react(situation, rng, person, rates) for _ in range(DRAWN)]


def share(found: list[Reaction], *kinds: str) -> float:
    return sum(each.kind in kinds for each in found) / len(found)


@pytest.mark.parametrize("rates", RATE_PRESETS.values(), ids=RATE_PRESETS)
def test_rates_come_back(rates: ReactionRates) -> None:
    found = reactions(Situation("not_understood"), rates=rates)
    assert share(found, "repeat", "rephrase") == pytest.approx(rates.say_again, abs=0.012)
    again = [each for each in found if each.kind in ("repeat", "rephrase")]
    assert share(again, "repeat") == pytest.approx(rates.same_words, abs=0.02)
    assert np.mean([each.barge_in for each in found]) == pytest.approx(rates.barge_in_bad, abs=0.01)
    gaps = np.log([each.gap for each in again if each.gap is not None])
    assert np.exp(np.median(gaps)) == pytest.approx(rates.again_gap.median, rel=0.04)
    assert gaps.std() == pytest.approx(rates.again_gap.spread, rel=0.04)
    styles = Counter(each.style for each in again if each.kind == "rephrase")
    for style, rate in zip(REPHRASINGS, rates.styles, strict=True):
        assert styles[style] / styles.total() == pytest.approx(rate, abs=0.02)


def test_good_answers_are_interrupted_thanked_for_and_enjoyed() -> None:
    found = reactions(GOOD)
    assert np.mean([each.barge_in for each in found]) == pytest.approx(DEFAULT_RATES.barge_in_good, abs=0.008)
    rates = DEFAULT_RATES
    for kind, rate in (("thank", rates.thank), ("engage", rates.engage), ("repeat", rates.repeat_after_good),
                       ("new_request", rates.other_goal)):  # fmt: skip
        assert share(found, kind) == pytest.approx(rate, abs=0.01)


def test_what_went_wrong_shapes_how_it_is_said_again() -> None:
    wrong = [each.style for each in reactions(WRONG) if each.kind == "rephrase"]
    assert np.mean([style == "correction" for style in wrong]) == pytest.approx(
        DEFAULT_RATES.correction_after_wrong, abs=0.02
    )
    unheard = [each for each in reactions(UNHEARD) if each.kind in ("repeat", "rephrase")]
    assert share(unheard, "repeat") == pytest.approx(DEFAULT_RATES.same_words_unheard, abs=0.015)


def test_only_a_noticed_wrong_action_is_undone_or_said_again() -> None:
    assert share(reactions(WRONG), "undo") > 0.05
    unnoticed = reactions(replace(WRONG, noticed=False, lasting=True))
    assert {each.kind for each in unnoticed} == {"engage", "new_request", "nothing"}
    assert share(reactions(UNHEARD), "undo") == 0


def test_every_reaction_and_every_style_happens() -> None:
    found = [each for answer in ANSWERS for each in reactions(Situation(answer, lasting=True))]
    assert {each.kind for each in found} == set(REACTION_KINDS)
    assert {each.style for each in found} == {None, "slow", *REPHRASINGS}
    for each in found:
        assert (each.gap is None) == (each.kind in ("give_up", "nothing"))
        assert each.gap is None or each.gap > 0


def test_the_same_seed_gives_the_same_people() -> None:
    def day() -> list[Reaction]:
        rng = np.random.default_rng(3)
        person = temper(rng)
        return [react(Situation(answer), rng, person) for answer in ANSWERS * 20]

    assert day() == day()


@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), st.integers(0, 2**32 - 1))
def test_two_arms_that_differ_in_one_outcome_stay_paired(one: Answer, other: Answer, seed: int) -> None:
    streams = [np.random.default_rng(seed) for _ in range(2)]
    for stream, answer in zip(streams, (one, other), strict=True):
        react(Situation(answer), stream)
    assert react(GOOD, streams[0]) == react(GOOD, streams[1])


@given(
    st.sampled_from(["wrong_action", "not_understood", "nothing_heard"]),
    st.integers(1, 6),
    st.floats(0.1, 10),
    st.floats(1, 10),
    st.integers(0, 2**32 - 1),
)
def test_more_patience_never_gives_up_earlier(
    answer: Answer, attempt: int, patience: float, more: float, seed: int
) -> None:
    situation = Situation(answer, attempt=attempt)
    calm, calmer = Temper(patience), Temper(patience * more)
    assert says_again(situation, calm) <= says_again(situation, calmer) < 1
    assert says_again(replace(situation, attempt=attempt + 1), calm) < says_again(situation, calm)
    if react(situation, np.random.default_rng(seed), calm).kind in ("repeat", "rephrase"):
        assert react(situation, np.random.default_rng(seed), calmer).kind in ("repeat", "rephrase")


def test_people_differ_around_the_average() -> None:
    rng = np.random.default_rng(1)
    patience = np.array([temper(rng).patience for _ in range(5000)])
    assert patience.mean() == pytest.approx(1, abs=0.03)
    assert np.log(patience).std() == pytest.approx(0.5, abs=0.03)
    terse = reactions(Situation("not_understood"), Temper(styles={"short": 50.0}))
    assert np.mean([each.style == "short" for each in terse if each.kind == "rephrase"]) > 0.9
