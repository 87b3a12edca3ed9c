"""Bonds between requests, and how probable it is that the next turn says this one again."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from math import log, sqrt
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.rephrases.bonds import BOND_DOUBT, BOND_MOST, bonds
from sayagain.rephrases.cheap import WINDOW, link

Pair = tuple[int, int, int]
"""Who, request, next request."""


def bonded(pairs: list[Pair]) -> dict[tuple[int, int], tuple[int, float]]:
    near = ibis.memtable(
        {"user": [p[0] for p in pairs], "state": [p[1] for p in pairs], "next_state": [p[2] for p in pairs]}
    )
    rows = bonds(near).to_pyarrow().to_pylist()
    return {(row["state"], row["next_state"]): (row["people"], row["bond"]) for row in rows}


def bond_by_hand(pairs: list[Pair]) -> dict[tuple[int, int], tuple[int, float]]:
    """The definition, read off the pairs one by one."""
    who = defaultdict(set)
    for user, state, following in pairs:
        who[state, following].add(user)
    people = {pair: len(users) for pair, users in who.items()}
    found = {}
    for (state, following), count in people.items():
        of_state = sum(n for (one, _), n in people.items() if one == state)
        of_next = sum(n for (_, other), n in people.items() if other == following)
        by_chance = of_state * of_next / sum(people.values())
        ratio = max(0.0, count - BOND_DOUBT * sqrt(count)) / by_chance
        found[state, following] = (count, min(max(log(ratio) if ratio > 0 else 0.0, 0.0), BOND_MOST))
    return found


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_bonds_are_those_counted_by_hand(pairs: list[Pair]) -> None:
    found, expected = bonded(pairs), bond_by_hand(pairs)
    assert found.keys() == expected.keys()
    for pair, (people, bond) in expected.items():
        assert found[pair] == (people, pytest.approx(bond, abs=1e-12))
        assert 0 <= bond <= BOND_MOST


def test_a_way_that_many_go_and_that_leads_nowhere_else_is_a_bond() -> None:
    misheard = [(user, 1, 2) for user in range(20)]
    chance = [(user, 3 + user % 7, 3 + (user // 7) % 7) for user in range(490)]
    found = bonded(misheard + chance)
    assert found[1, 2][1] > 2
    assert all(bond < 0.1 for pair, (_, bond) in found.items() if pair != (1, 2))


def test_one_person_alone_has_no_habit_of_people() -> None:
    pairs = [(0, 1, 2)] * 50 + [(user, 3, 4) for user in range(20)] + [(user, 5, 5) for user in range(20)]
    found = bonded(pairs)
    assert found[1, 2] == (1, 0.0)
    assert found[3, 4][1] > 0


def linked(**columns: Any) -> list[float]:
    """Link turns that differ in the given columns only; the rest speaks for neither side."""
    neutral = {"next_alike": 0.6, "next_gap": 15, "p_defect": 0.5, "next_same_slots": False, "next_bond": 0.0}
    n = max(len(values) for values in columns.values())
    kinds = {"next_alike": "float64", "next_gap": "int64", "next_same_slots": "boolean", "next_bond": "float64"}
    rows = [
        {
            "place": place,
            **{name: columns[name][place] if name in columns else value for name, value in neutral.items()},
        }
        for place in range(n)
    ]
    judged = ibis.memtable(rows, schema={"place": "int64", "p_defect": "float64", **kinds})
    return [row["p_rephrase"] for row in sorted(link(judged).to_pyarrow().to_pylist(), key=lambda row: row["place"])]


def test_outside_the_window_nothing_is_said_again() -> None:
    perfect = {"next_alike": [1.0] * 2, "p_defect": [0.99] * 2, "next_bond": [BOND_MOST] * 2}
    inside, outside = linked(next_gap=[int(WINDOW), int(WINDOW) + 1], **perfect)
    assert inside > 0.5
    assert outside == 0


def test_the_window_can_be_set() -> None:
    judged = ibis.memtable(
        {"next_alike": [0.9], "next_gap": [30], "p_defect": [0.5], "next_same_slots": [False], "next_bond": [0.0]}
    )
    assert link(judged, window=20).to_pyarrow()["p_rephrase"].to_pylist() == [0]
    assert link(judged, window=40).to_pyarrow()["p_rephrase"].to_pylist()[0] > 0


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
