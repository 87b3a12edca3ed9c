"""Which rewrites are published: better beyond doubt, by enough people, past the guards, never of what works."""

from __future__ import annotations

import doctest
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from sayagain.guards.evidence import Evidence
from sayagain.guards.rules import Rules, Ruling
from sayagain.guards.side import Matcher, Side
from sayagain.rewrites.absorb import solve
from sayagain.rewrites.markov import Chain
from sayagain.rewrites.select import NOT_UNDERSTOOD, Policy, select
from sayagain.rewrites.share_intervals import lift_interval, wilson
from sayagain.schema import rewrite as schema
from sayagain.schema.rewrite import Rewrite, rewrite_id


@given(st.integers(1, 5000), st.data())
def test_the_interval_of_a_share_is_wilsons(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(np.array([k / n]), np.array([float(n)]))
    theirs = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert float(low[0]) == pytest.approx(theirs.low, abs=2e-5)
    assert float(high[0]) == pytest.approx(theirs.high, abs=2e-5)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_lift_is_that_of_newcombes_table(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    """Table II, method 10, of Newcombe (1998), Statistics in Medicine 17, 873-890."""
    found = lift_interval(np.array([b / n]), np.array([float(n)]), np.array([a / m]), np.array([float(m)]))
    assert [float(end[0]) for end in found] == pytest.approx([low, high], abs=1e-4)


def chain(
    forms: Sequence[str], visits: Sequence[int], success: Sequence[int], moves: Sequence[tuple[int, int, float, int]]
) -> Chain:
    """Requests with counts of turns and of good ends; moves are (source, target, weight, people)."""
    blank = [None] * len(forms)
    requests = pa.table(
        {"state": forms, "text": [form.capitalize() for form in forms], "intent": blank, "slots": blank}
    )
    ends = {"success": [float(each) for each in success], "lost": [0.0] * len(forms), "ended": visits}
    outcomes = pa.table({"state": range(len(forms)), "visits": visits, **ends})
    columns = dict(zip(("source", "target", "weight", "people"), zip(*moves, strict=True), strict=True))
    return Chain.of(requests, outcomes, pa.table({**columns, "days": columns["people"]}), np.arange(len(forms)))


class Say(Rules):
    """Rules that say what a test wants of a pair, and nothing against any other."""

    said: ClassVar[dict[tuple[str, str], Ruling]] = {}

    def ruling(self, source: Side, target: Side, evidence: Evidence) -> Ruling:
        return self.said.get((source.words, target.words), Ruling("rewrite"))


def selected(made: Chain, matcher: Matcher | None = None, **rulings: Ruling) -> list[Rewrite]:
    """Publish from a chain; ``rulings`` has a ruling by the two requests of a pair, of one letter each."""
    rules = Say()
    object.__setattr__(rules, "said", {(pair[0], pair[1]): ruling for pair, ruling in rulings.items()})
    return select(made, solve(made.moves, made.served), Policy(rules, matcher))


def one_way(own: int, visits: int, success: int, target_visits: int, people: int = 9) -> list[Rewrite]:
    """Publish from a chain in which all who do not succeed with the first request go on to the second."""
    moves = [(0, 1, float(visits - own), people)]
    return selected(chain(["play pinc", "play pink"], [visits, target_visits], [own, success], moves))


def test_a_request_that_fails_and_is_said_again_better_is_rewritten_with_its_evidence() -> None:
    (found,) = one_way(own=2, visits=20, success=95, target_visits=100)
    assert (found.source, found.target, found.target_state) == ("play pinc", "Play pink", "play pink")
    assert found.id == rewrite_id("play pinc", "play pink")
    assert found.path == ["play pinc", "play pink"]
    assert (found.people, found.visits, found.target_visits) == (9, 20, 100)
    assert (found.own, found.success) == (pytest.approx(0.1), pytest.approx(0.95))
    assert found.score == pytest.approx(0.9 * 0.95)
    assert found.lift == pytest.approx(0.85)
    assert 0 < found.lift_low < found.lift < found.lift_high <= 1
    assert found.refused is None


@pytest.mark.parametrize(("own", "visits", "success", "target_visits"), [(0, 1, 1, 1), (1, 2, 2, 2), (5, 10, 6, 10)])
def test_a_lift_that_may_be_chance_is_not_published(own: int, visits: int, success: int, target_visits: int) -> None:
    assert one_way(own, visits, success, target_visits) == []


def test_what_ends_no_better_is_not_published() -> None:
    assert one_way(own=600, visits=1000, success=550, target_visits=1000) == []


def test_a_request_that_mostly_works_is_left_alone_however_good_the_other() -> None:
    assert one_way(own=800, visits=1000, success=1000, target_visits=1000) == []


def test_a_lift_of_a_few_points_is_not_published_however_certain() -> None:
    assert one_way(own=60_000, visits=100_000, success=65_000, target_visits=100_000) == []


def test_a_way_that_one_in_a_hundred_goes_is_not_what_the_others_mean() -> None:
    made = chain(["play pinc", "play pink"], [1000, 1000], [100, 950], [(0, 1, 10.0, 9)])
    assert selected(made) == []


def test_more_turns_of_the_same_shares_make_a_lift_certain() -> None:
    lows = [one_way(own=n // 4, visits=n, success=n * 3 // 4, target_visits=n)[0].lift_low for n in (20, 100, 1000)]
    assert lows == sorted(lows)
    assert all(low < 0.5 for low in lows)


def test_the_people_are_those_of_the_weakest_step() -> None:
    made = chain(
        ["a", "b", "c"], [100, 100, 100], [0, 0, 95], [(0, 1, 90.0, 12), (1, 2, 90.0, 4)]
    )  # fmt: skip
    first = next(each for each in selected(made) if each.source == "a")
    assert first.path == ["a", "b", "c"]
    assert first.people == 4


def test_the_surest_way_comes_first() -> None:
    made = chain(
        ["a", "b", "c", "d"], [100] * 4, [10, 10, 95, 95], [(0, 2, 40.0, 9), (1, 3, 80.0, 9)]
    )  # fmt: skip
    assert [each.source for each in selected(made)] == ["b", "a"]


def test_what_the_rules_refuse_is_kept_with_the_reason_and_what_they_would_ask_about_waits() -> None:
    made = chain(["a", "b"], [100, 100], [10, 95], [(0, 1, 80.0, 9)])
    (refused,) = selected(made, ab=Ruling("alone", "why"))
    assert (refused.refused, refused.held) == ("why", None)
    (held,) = selected(made, ab=Ruling("offer", "stakes"))
    assert (held.refused, held.held) == (None, "stakes")
    (made_,) = selected(made)
    assert (made_.refused, made_.held) == (None, None)


def test_the_assistants_own_matcher_is_asked_about_open_rewrites_only() -> None:
    forms = ["a", "b", "c", "d", "e", "f"]
    made = chain(forms, [100] * 6, [10, 95] * 3, [(0, 1, 80.0, 9), (2, 3, 70.0, 9), (4, 5, 60.0, 9)])
    asked: list[str] = []

    def matcher(texts: Sequence[str]) -> list[bool]:
        asked.extend(texts)
        return [text != "D" for text in texts]

    found = {each.source: each.refused for each in selected(made, matcher, ef=Ruling("alone", "no f"))}
    assert found == {"a": None, "c": NOT_UNDERSTOOD, "e": "no f"}
    assert asked == ["B", "D"]


def test_where_everybody_gives_up_there_is_no_target() -> None:
    assert one_way(own=0, visits=100, success=20, target_visits=100) == []


def test_a_cycle_of_requests_that_never_succeed_publishes_nothing() -> None:
    assert selected(chain(["a", "b"], [100, 100], [0, 0], [(0, 1, 100.0, 9), (1, 0, 100.0, 9)])) == []


def test_names_of_pairs_are_stable_and_differ_by_direction() -> None:
    assert rewrite_id("play pinc", "play pink") == "e5433967"
    assert rewrite_id("play pink", "play pinc") != "e5433967"
    assert doctest.testmod(schema).failed == 0
