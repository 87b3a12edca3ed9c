"""Association between requests, and how probable it is that the next turn says this one again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import log, sqrt
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.rephrases.apply import UNREAD
from sayagain.rephrases.association import BOND_DOUBT, BOND_MOST, association
from sayagain.rephrases.pairwise import WINDOW, link

Ways = dict[tuple[int, int], int]
"""How many people went from the one request to the other."""


def bonded(ways: Ways, meanings: Mapping[int, int]) -> dict[tuple[int, int], float]:
    """Association of ways between requests; a request without an entry in ``meanings`` means itself."""
    n = 1 + max((max(pair) for pair in ways), default=0)
    meaning = np.array([meanings.get(i, i) for i in range(n)])
    source, target = np.array([*ways], dtype=np.int64).reshape(-1, 2).T
    found = association(source, target, np.array([*ways.values()], dtype=np.int64), meaning)
    return dict(zip(ways, found.tolist(), strict=True))


def bonded_by_hand(ways: Ways, meanings: Mapping[int, int]) -> dict[tuple[int, int], float]:
    """The definition, read off the ways one by one."""
    leaving, arriving, together = Counter[int](), Counter[int](), Counter[tuple[int, int]]()
    for (source, target), people in ways.items():
        meant = meanings.get(target, target)
        leaving[source] += people
        arriving[meant] += people
        together[source, meant] += people
    found = {}
    for source, target in ways:
        meant = meanings.get(target, target)
        count = together[source, meant]
        surely = max(0.0, count - BOND_DOUBT * sqrt(count))
        ratio = surely * sum(ways.values()) / (leaving[source] * arriving[meant])
        found[source, target] = min(log(ratio), BOND_MOST) if ratio > 1 else 0.0
    return found


number = st.integers(0, 5)


@settings(max_examples=200)
@given(
    st.dictionaries(st.tuples(number, number), st.integers(1, 30), max_size=20),
    st.dictionaries(number, number, max_size=3),
)
def test_bonds_are_those_counted_by_hand(ways: Ways, meanings: dict[int, int]) -> None:
    found = bonded(ways, meanings)
    assert found == pytest.approx(bonded_by_hand(ways, meanings), abs=1e-12)
    assert all(0 <= bond <= BOND_MOST for bond in found.values())


def by_chance(first: int, people: int) -> Ways:
    """Ways from each of seven requests to each of seven, as many people one way as another."""
    return {(first + i, first + j): people for i in range(7) for j in range(7)}


def test_a_way_that_many_go_and_that_leads_nowhere_else_is_a_bond() -> None:
    found = bonded({(1, 2): 20, **by_chance(3, people=10)}, {})
    assert found.pop((1, 2)) > 2
    assert set(found.values()) == {0}


def test_one_person_alone_has_no_habit_of_people() -> None:
    found = bonded({(1, 2): 1, (3, 4): 20, **by_chance(5, people=10)}, {})
    assert found[1, 2] == 0
    assert found[3, 4] > 0


def test_other_words_with_the_same_meaning_are_the_same_way() -> None:
    ways = {(1, 2): 3, (1, 3): 3, (1, 4): 3, **by_chance(5, people=3)}
    apart, together = bonded(ways, {}), bonded(ways, {3: 2, 4: 2})
    assert together[1, 2] == together[1, 3] == together[1, 4]
    assert together[1, 2] > apart[1, 2]


KINDS = {
    "place": "int64",
    "next_alike": "float64",
    "next_gap": "int64",
    "p_defect": "float64",
    "next_same_slots": "boolean",
    "next_bond": "float64",
    "next_state": "int32",
    "next_rewritten": "boolean",
    **UNREAD,
}


def linked(alone: float = 2, **columns: Any) -> list[float]:
    """Link turns that differ in the given columns only; the rest speaks for neither side.

    For each of them, ``alone`` turns are followed by nothing: people do not always go on.
    """
    return [row["p_rephrase"] for row in links(alone, **columns)]


def links(alone: float = 2, **columns: Any) -> list[dict[str, Any]]:
    neutral = {
        "next_alike": 0.6, "next_gap": 15, "p_defect": 0.5, "next_same_slots": False, "next_bond": 0.0,
        "next_state": 7, "next_rewritten": False, **dict.fromkeys(UNREAD),
    }  # fmt: skip
    n = max(len(values) for values in columns.values())
    rows: list[dict[str, Any]] = [
        {"place": place, **neutral, **{name: values[place] for name, values in columns.items()}} for place in range(n)
    ]
    rows += [{"place": n, **dict.fromkeys(neutral), "p_defect": 0.5}] * int(alone * n)
    found = link(ibis.memtable(rows, schema=KINDS)).to_pyarrow().to_pylist()
    return sorted(found, key=lambda row: int(row["place"]))[:n]


def test_outside_the_window_nothing_is_said_again() -> None:
    perfect = {"next_alike": [1.0] * 2, "p_defect": [0.99] * 2, "next_bond": [BOND_MOST] * 2}
    inside, outside = linked(next_gap=[int(WINDOW), int(WINDOW) + 1], **perfect)
    assert inside > 0.5
    assert outside == 0


def test_the_window_can_be_set() -> None:
    row = {"place": 0, "next_alike": 0.9, "next_gap": 30, "p_defect": 0.5, "next_same_slots": False, "next_bond": 0.0}
    judged = ibis.memtable([{**dict.fromkeys(KINDS), **row}], schema=KINDS)
    assert link(judged, window=20).to_pyarrow()["p_rephrase"].to_pylist() == [0]
    assert link(judged, window=40).to_pyarrow()["p_rephrase"].to_pylist()[0] > 0


def test_where_everybody_always_goes_on_going_on_says_little() -> None:
    (seldom,), (always,) = linked(alone=2, next_alike=[0.7]), linked(alone=0, next_alike=[0.7])
    assert 0 < always < seldom


def test_where_nothing_follows_nothing_is_said_again() -> None:
    assert linked(next_alike=[None], next_gap=[None], next_same_slots=[None], next_bond=[None]) == [0]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("next_alike", [0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("p_defect", [0.0, 0.1, 0.5, 0.9, 1.0]),
        ("next_gap", [60, 40, 20, 10, 5, 0]),
        ("next_same_slots", [False, True]),
        ("next_bond", [0.0, 0.5, 1.0, 2.0, 4.0]),
    ],
)
def test_more_evidence_makes_a_rephrase_more_probable(column: str, values: list[Any]) -> None:
    found = linked(**{column: values})
    assert all(0 < p < 1 for p in found)
    assert all(one <= other for one, other in pairwise(found))
    assert found[0] < found[-1]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 120), st.booleans(), st.floats(0, 4)),
        min_size=1,
        max_size=20,
    )
)
def test_links_are_probabilities_whatever_the_evidence(turns: list[tuple[float, float, int, bool, float]]) -> None:
    alike, defect, gap, same, bond = map(list, zip(*turns, strict=True))
    found = linked(next_alike=alike, p_defect=defect, next_gap=gap, next_same_slots=same, next_bond=bond)
    assert all(0 <= p <= 1 for p in found)
    assert all((p == 0) == (seconds > WINDOW) for p, seconds in zip(found, gap, strict=True))


def test_a_misheard_request_said_again_at_once_is_a_rephrase_and_a_new_goal_is_none() -> None:
    again, goal = linked(next_alike=[0.9, 0.3], p_defect=[0.9, 0.1], next_gap=[6, 30], next_same_slots=[False, False])
    assert again > 0.9
    assert goal < 0.1


def test_a_turn_that_was_read_takes_what_was_found_in_the_place_of_likeness() -> None:
    said, denied, unread = links(
        next_alike=[0.1, 0.99, 0.99],
        next_gap=[100, 5, 5],
        p_span=[0.9, 0.05, None],
        target=[3, 4, None],
        target_rewritten=[True, False, None],
    )
    assert said["p_rephrase"] > 0.8
    assert denied["p_rephrase"] < 0.2
    assert (said["target"], said["target_rewritten"]) == (3, True)
    assert (denied["target"], denied["target_rewritten"]) == (4, False)
    assert unread["p_rephrase"] > 0.9
    assert (unread["target"], unread["target_rewritten"]) == (7, False)


def test_that_many_people_go_a_way_outweighs_an_excerpt_that_shows_nothing() -> None:
    seldom, often = links(p_span=[0.01, 0.01], next_bond=[0.0, 4.0])
    assert seldom["p_rephrase"] < 0.2
    assert often["p_rephrase"] > 0.8


def test_what_people_do_next_says_nothing_of_a_later_turn() -> None:
    next_one, later = links(p_span=[0.3, 0.3], next_bond=[4.0, 4.0], target_later=[False, True])
    assert next_one["p_rephrase"] > later["p_rephrase"]


def test_a_turn_that_takes_the_mean_of_its_way_leads_to_the_next_request() -> None:
    (found,) = links(p_span=[0.4], next_rewritten=[True])
    assert (found["target"], found["target_rewritten"]) == (7, True)
