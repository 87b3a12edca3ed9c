"""The counts of the chain: what moves, what is absorbed, and for which request a turn counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.rewrites.counts import LINK_FLOOR, SURE_LINK, organic, outcomes, transitions, uses, ways
from sayagain.text.normalise import EMPTY

Row = dict[str, Any]

SCHEMA = {
    "user": "int64",
    "day": "int64",
    "state": "int64",
    "lost": "boolean",
    "target": "int64",
    "p_defect": "float64",
    "p_rephrase": "float64",
    "rewritten": "boolean",
    "made": "int64",
}


Weights = dict[tuple[int, int], tuple[float, int, int]]
"""Weight, people and days of each move or way."""


def turn(state: int, target: int | None = None, **more: Any) -> Row:
    """One linked turn, of a person whom it served; with a target, the request that says it again."""
    said_again = target is not None
    return {
        "user": 0,
        "day": 0,
        "state": state,
        "lost": False,
        "target": target,
        "p_defect": 0.0,
        "p_rephrase": 1.0 if said_again else 0.0,
        "rewritten": more.get("made") is not None,
        "made": None,
        **more,
    }


def counts(turns: list[Row]) -> tuple[Weights, dict[int, tuple[int, float]]]:
    table = organic(ibis.memtable(turns, schema=SCHEMA))
    moves = transitions(table).to_pyarrow().to_pylist()
    ends = outcomes(table).to_pyarrow().to_pylist()
    return (
        {(row["source"], row["target"]): (row["weight"], row["people"], row["days"]) for row in moves},
        {row["state"]: (row["visits"], row["success"]) for row in ends},
    )


def sayers(turns: list[Row]) -> dict[int, int]:
    """How many people said each request, in turns that count."""
    ends = outcomes(organic(ibis.memtable(turns, schema=SCHEMA))).to_pyarrow().to_pylist()
    return {row["state"]: row["people"] for row in ends}


def gone(turns: list[Row], meanings: dict[int, int]) -> Weights:
    """Weight, people and days of each way from a request to a meaning; a request without an entry means itself."""
    numbers = pa.table({"target": pa.array(range(5), pa.int64()), "meaning": [meanings.get(i, i) for i in range(5)]})
    found = ways(organic(ibis.memtable(turns, schema=SCHEMA)), ibis.memtable(numbers)).to_pyarrow().to_pylist()
    return {(row["source"], row["meaning"]): (row["weight"], row["people"], row["days"]) for row in found}


def gone_by_hand(turns: list[Row], meanings: dict[int, int]) -> Weights:
    """The definition, read off the turns one by one."""
    weight: Counter[tuple[int, int]] = Counter()
    who, when = defaultdict(set), defaultdict(set)
    for row in turns:
        source, target = row["state"], row["target"]
        if row["rewritten"] or EMPTY in (source, target) or target in (None, source) or row["p_rephrase"] < SURE_LINK:
            continue
        way = (source, meanings.get(target, target))
        weight[way] += row["p_rephrase"]
        who[way].add(row["user"])
        when[way].add(row["day"])
    return {way: (weight[way], len(who[way]), len(when[way])) for way in weight}


def counts_by_hand(turns: list[Row]) -> tuple[Weights, dict[int, tuple[int, float]]]:
    """The definition, read off the turns one by one."""
    weight: Counter[tuple[int, int]] = Counter()
    who, when = defaultdict(set), defaultdict(set)
    visits: Counter[int] = Counter()
    success: Counter[int] = Counter()
    for row in turns:
        if row["state"] == EMPTY or row["rewritten"]:
            continue
        moves = row["target"] not in (None, EMPTY) and row["p_rephrase"] >= LINK_FLOOR
        p = row["p_rephrase"] if moves else 0.0
        visits[row["state"]] += 1
        success[row["state"]] += (1 - p) * (1 - row["p_defect"])
        if moves:
            pair = (row["state"], row["target"])
            weight[pair] += p
            who[pair] |= {row["user"]} if p >= SURE_LINK else set()
            when[pair] |= {row["day"]} if p >= SURE_LINK else set()
    moves_found = {pair: (weight[pair], len(who[pair]), len(when[pair])) for pair in weight}
    return moves_found, {i: (visits[i], success[i]) for i in visits}


probability = st.floats(0, 1)
made = st.one_of(st.none(), st.integers(0, 4))
linked_turns = st.lists(
    st.one_of(
        st.builds(
            turn,
            st.integers(0, 4),
            p_defect=probability,
            made=made,
            user=st.integers(0, 5),
            lost=st.booleans(),
        ),
        st.builds(
            turn,
            st.integers(0, 4),
            st.integers(0, 4),
            p_defect=probability,
            p_rephrase=probability,
            made=made,
            user=st.integers(0, 5),
            day=st.integers(0, 3),
        ),
    ),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=40)
@given(linked_turns)
def test_counts_are_those_counted_by_hand(turns: list[Row]) -> None:
    (moves, ends), (moves_by_hand, ends_by_hand) = counts(turns), counts_by_hand(turns)
    assert moves.keys() == moves_by_hand.keys()
    assert ends.keys() == ends_by_hand.keys()
    for pair, (weight, people, days) in moves_by_hand.items():
        assert moves[pair] == (pytest.approx(weight), people, days)
    for state, (visits, success) in ends_by_hand.items():
        assert ends[state] == (visits, pytest.approx(success))


@settings(deadline=None, max_examples=25)
@given(linked_turns)
def test_what_leaves_a_request_never_exceeds_what_came(turns: list[Row]) -> None:
    moves, ends = counts(turns)
    for state, (visits, success) in ends.items():
        leaving = sum(weight for (source, _), (weight, *_) in moves.items() if source == state)
        assert leaving + success <= visits * (1 + 1e-12)


def test_turns_that_the_layer_rewrote_are_no_turns_of_what_was_said() -> None:
    moves, ends = counts([turn(1, 2), turn(1, 2, made=3), turn(2), turn(2, made=3)])
    assert moves == {(1, 2): (1, 1, 1)}
    assert {state: visits for state, (visits, _) in ends.items()} == {1: 1, 2: 1}


def used(turns: list[Row]) -> dict[tuple[int, int], tuple[int, float]]:
    found = uses(ibis.memtable(turns, schema=SCHEMA)).to_pyarrow().to_pylist()
    return {(row["source"], row["target"]): (row["uses"], row["success"]) for row in found}


def test_what_became_of_them_is_counted_by_pair() -> None:
    again = turn(1, 2, made=3, p_rephrase=0.5, p_defect=0.2)
    turns = [turn(1, made=3), again, turn(2, made=3), turn(1), turn(EMPTY, made=3)]
    assert used(turns) == {(1, 3): (2, pytest.approx(1.4)), (2, 3): (1, 1.0)}


@settings(deadline=None, max_examples=25)
@given(linked_turns)
def test_every_turn_with_words_counts_for_what_was_said_or_for_a_pair(turns: list[Row]) -> None:
    _, ends = counts(turns)
    heard = sum(row["state"] != EMPTY for row in turns)
    assert sum(visits for visits, _ in ends.values()) + sum(count for count, _ in used(turns).values()) == heard


def test_a_turn_that_is_said_again_half_surely_is_absorbed_with_the_other_half() -> None:
    moves, ends = counts([turn(1, 2, p_rephrase=0.5, p_defect=0.2)])
    assert moves == {(1, 2): (0.5, 1, 1)}
    assert ends[1] == (1, pytest.approx(0.5 * 0.8))


def test_people_behind_a_move_are_those_whose_link_is_more_likely_than_not() -> None:
    moves, _ = counts([turn(1, 2, user=user, p_rephrase=p) for user, p in [(1, 0.9), (1, 0.9), (2, 0.6), (3, 0.3)]])
    weight, people, _ = moves[1, 2]
    assert weight == pytest.approx(2.7)
    assert people == 2


def test_days_of_a_move_are_those_of_surer_links() -> None:
    moves, _ = counts([turn(1, 2, day=day, p_rephrase=p) for day, p in [(1, 0.9), (1, 0.9), (2, 0.6), (3, 0.3)]])
    assert moves[1, 2] == (pytest.approx(2.7), 1, 2)


def test_a_request_is_lost_as_often_as_nothing_was_understood_in_it() -> None:
    turns = [turn(1, lost=True), turn(1, 2, lost=True), turn(1), turn(1, lost=True, made=2), turn(2)]
    ends = outcomes(organic(ibis.memtable(turns, schema=SCHEMA))).to_pyarrow().to_pylist()
    assert {row["state"]: row["lost"] for row in ends} == {1: pytest.approx(2 / 3), 2: 0.0}


def test_what_was_not_heard_is_no_state() -> None:
    moves, ends = counts([turn(EMPTY, 1), turn(1, EMPTY, p_defect=0.25)])
    assert moves == {}
    assert ends == {1: (1, 0.75)}


def test_unlikely_links_are_no_links() -> None:
    moves, ends = counts([turn(1, 2, p_rephrase=float(np.nextafter(LINK_FLOOR, 0)), p_defect=0.5)])
    assert moves == {}
    assert ends == {1: (1, 0.5)}


@settings(deadline=None, max_examples=25)
@given(linked_turns, st.dictionaries(st.integers(1, 4), st.integers(1, 4), max_size=3))
def test_ways_are_those_counted_by_hand(turns: list[Row], meanings: dict[int, int]) -> None:
    found, by_hand = gone(turns, meanings), gone_by_hand(turns, meanings)
    assert {way: (pytest.approx(weight), *behind) for way, (weight, *behind) in by_hand.items()} == found


def test_other_words_of_one_meaning_are_one_way() -> None:
    turns = [turn(1, 2, user=1), turn(1, 3, user=2), turn(1, 4, user=3)]
    assert gone(turns, {3: 2}) == {(1, 2): (2, 2, 1), (1, 4): (1, 1, 1)}


def test_people_who_say_a_request_are_counted_once_and_only_where_the_layer_kept_out() -> None:
    turns = [turn(1, user=1), turn(1, 2, user=1), turn(1, user=2), turn(1, user=3, made=2), turn(2, user=1)]
    assert sayers(turns) == {1: 2, 2: 1}
