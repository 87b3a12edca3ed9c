"""The baselines read the rewrites that their names promise off a small log, for enough people, within the guards."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest

from sayagain.evaluation.rewrites.baselines import REWRITE_BASELINES, Ways, mutual_information, next_request, table
from sayagain.guards.side import Guard, Side
from sayagain.log.requests import Requests
from sayagain.rephrases.apply import UNREAD
from sayagain.text.similarity import alike

Said = tuple[str, str | None, float, str]
"""Request, next request of the same person (None: silence), P(defect) of the first, who."""

SCHEMA = {
    "user": "string",
    "state": "int32",
    "next_state": "int32",
    "next_gap": "int64",
    "next_alike": "float64",
    "next_bond": "float64",
    "next_same_slots": "boolean",
    "p_defect": "float64",
    "next_rewritten": "boolean",
    **UNREAD,
}


def read(said: list[Said], gap: int = 8) -> Ways:
    """Read the ways of turns that are all answered after ``gap`` seconds."""
    states = ["", *sorted({state for state, *_ in said} | {after for _, after, *_ in said if after})]
    number = {state: i for i, state in enumerate(states)}
    forms = pa.array(states)
    requests = Requests(
        states=states,
        texts=[state.capitalize() for state in states],
        intents=["light"] * len(states),
        slots=[None] * len(states),
        numbers=pa.table({"text": forms, "state": range(len(states)), "act": pa.nulls(len(states), pa.string())}),
        understood_so=np.ones(len(states)),
        said=np.ones(len(states)),
    )
    rows = [
        {
            "user": user,
            "state": number[state],
            "next_state": None if after is None else number[after],
            "next_gap": None if after is None else gap,
            "next_alike": None if after is None else likeness(state, after),
            "next_bond": None if after is None else 1.0,
            "next_same_slots": None if after is None else False,
            "p_defect": p_defect,
            "next_rewritten": None if after is None else False,
            **dict.fromkeys(UNREAD),
        }
        for state, after, p_defect, user in said
    ]
    return Ways.read(ibis.memtable(rows, schema=SCHEMA), requests)


def likeness(one: str, other: str) -> float:
    return float(alike([one, other], np.array([0]), np.array([1]))[0])


def household() -> list[Said]:
    """Five people mishear-prone in one way, with other goals around; two of them say something private."""
    said: list[Said] = []
    for user in "abcde":
        said += [("like on", "light on", 0.9, user), ("light on", None, 0.1, user)] * 2
        said += [("light on", "play jazz", 0.1, user), ("play jazz", None, 0.2, user)]
    for user in "ab":
        said += [("call mum", "call my mum", 0.9, user), ("call my mum", None, 0.1, user)]
    return said


@pytest.fixture(scope="module")
def ways() -> Ways:
    return read(household())


@pytest.mark.parametrize("name", REWRITE_BASELINES)
def test_every_baseline_finds_the_plain_case(ways: Ways, name: str) -> None:
    found = {row["source"]: row for row in table(ways, REWRITE_BASELINES[name], ()).to_pylist()}
    assert found["like on"]["target"] == "Light on"
    assert found["like on"]["score"] == max(row["score"] for row in found.values())


@pytest.mark.parametrize("name", REWRITE_BASELINES)
def test_what_two_people_say_is_no_target(ways: Ways, name: str) -> None:
    assert "Call my mum" not in table(ways, REWRITE_BASELINES[name], ())["target"].to_pylist()


@pytest.mark.parametrize("name", REWRITE_BASELINES)
def test_a_guard_makes_way_for_the_next_best(name: str) -> None:
    said = household()
    for user in "abcde":
        said += [("like on", "light one", 0.9, user), ("light one", None, 0.2, user)]
    ways = read(said)

    def no_light_on(_: Side, target: Side) -> str | None:
        return "refused" if target.words == "light on" else None

    def found(*guards: Guard) -> dict[str, str]:
        return {row["source"]: row["target"] for row in table(ways, REWRITE_BASELINES[name], guards).to_pylist()}

    assert found()["like on"] == "Light on"
    assert found(no_light_on)["like on"] == "Light one"
    assert "Light on" not in found(no_light_on).values()


def test_pairs_are_counted_with_the_people_behind_them(ways: Ways) -> None:
    names = np.array(ways.states)
    pairs = {(names[i], names[j]): k for k, (i, j) in enumerate(zip(ways.source, ways.target, strict=True))}
    assert set(pairs) == {("like on", "light on"), ("light on", "play jazz")}
    assert ways.times[pairs["like on", "light on"]] == 10
    assert ways.pair_people[pairs["like on", "light on"]] == 5
    assert ways.success[ways.states.index("like on")] == pytest.approx(0.1)


def test_requests_outside_the_window_are_not_consecutive() -> None:
    far = read(household(), gap=120)
    assert not len(far.source)
    assert all(
        table(far, REWRITE_BASELINES[name], ()).num_rows == 0 for name in REWRITE_BASELINES if name != "similar_success"
    )


def test_mutual_information_is_that_of_the_formula(ways: Ways) -> None:
    source, target, _, score = mutual_information(ways)
    k = [ways.states[i] for i in source].index("like on")
    # p(pair) = 10/15, p(first) = 10/15, p(second) = 10/15; discounts 10/11 and 10/11; gain 0.9 - 0.1.
    assert ways.states[target[k]] == "light on"
    assert score[k] == pytest.approx(np.log(15 / 10) * (10 / 11) ** 2 * 0.8)


def test_the_most_frequent_next_request_is_taken_not_the_best() -> None:
    said = household() + [("like on", "play jazz", 0.9, user) for user in "abcde" for _ in range(3)]
    found = table(read(said), next_request, ()).to_pylist()
    assert {row["source"]: row["target"] for row in found}["like on"] == "Play jazz"
