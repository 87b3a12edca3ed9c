"""From counts to the arrays of the chain."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sayagain.guards.evidence import FAR_OFTENER, MAIN_SHARE, Evidence
from sayagain.guards.rules import Rules
from sayagain.guards.side import Side
from sayagain.guards.slots import catalogue
from sayagain.rewrites.absorb import solve
from sayagain.rewrites.markov import Chain

REQUESTS = pa.table(
    {
        "state": ["", "like on", "light on", "light off", "light gone"],
        "text": ["", "like on", "Light on!", "light off", "light gone"],
        "intent": [None, None, "light.on", "light.off", None],
        "slots": [None, "", "name=light", "name=light;mode=a=b", None],
    }
)


def chain(moves: list[tuple[int, int, float, int]], min_people: int = 1, **more: object) -> Chain:
    """Moves are (source, target, weight, people); every request but the last was said ten times."""
    outcomes = pa.table(
        {
            "state": [3, 1, 2],
            **dict.fromkeys(("visits", "ended"), [10] * 3),
            "success": [9.0, 1.0, 8.0],
            "lost": [0.0, 0.7, 0.0],
        }
    )
    source, target, weight, people = zip(*moves, strict=True) if moves else ((), (), (), ())
    transitions = pa.table(
        {
            "source": pa.array(source, pa.int64()),
            "target": pa.array(target, pa.int64()),
            "weight": pa.array(weight, pa.float64()),
            "people": pa.array(people, pa.int64()),
            "days": pa.array(people, pa.int64()),
        }
    )
    meanings = np.arange(len(REQUESTS))
    return Chain.of(REQUESTS, outcomes, transitions, meanings, min_people, **more)  # type: ignore[arg-type]


def test_counts_become_probabilities_and_rows_stay_below_1() -> None:
    made = chain([(1, 2, 6.0, 5), (1, 3, 2.0, 3), (2, 2, 1.0, 1)])
    assert made.moves[1, 2] == pytest.approx(0.6)
    assert made.moves[1, 3] == pytest.approx(0.2)
    assert made.success.tolist() == pytest.approx([0, 0.1, 0.8, 0.9, 0])
    assert made.visits.tolist() == [0, 10, 10, 10, 0]
    assert (np.asarray(made.moves.sum(axis=1)).ravel() + made.success <= 1 + 1e-12).all()
    share, far = pytest.approx((6 - 6**0.5) / 10), pytest.approx((6 - 6**0.5) / (10 * MAIN_SHARE / FAR_OFTENER))
    assert made.evidence(1, 2) == Evidence(people=5, days=5, turns=10, oftener=far, share=share, not_understood=True)
    assert made.evidence(2, 1) == Evidence(turns=10, oftener=pytest.approx(0), share=pytest.approx(0))


def test_moves_of_fewer_people_than_asked_are_left_out() -> None:
    made = chain([(1, 2, 6.0, 5), (1, 3, 2.0, 2)], min_people=3)
    assert made.moves.nnz == 1
    assert made.moves[1, 3] == 0


def test_moves_that_reverse_the_meaning_are_no_moves() -> None:
    made = chain([(3, 2, 6.0, 5), (1, 2, 6.0, 5)], forbidden=[Rules().reverses])
    assert made.moves[3, 2] == 0
    assert made.moves[1, 2] == pytest.approx(0.6)


def test_a_log_in_which_nobody_says_anything_again_is_a_chain_without_moves() -> None:
    made = chain([])
    assert made.moves.nnz == 0
    assert len(solve(made.moves, made.served).source) == 0


def test_requests_where_people_give_up_are_not_served() -> None:
    assert chain([]).served.tolist() == pytest.approx([0, 0, 0.8, 0.9, 0])


def test_a_request_is_seen_with_its_intent_and_slots() -> None:
    made = chain([])
    assert made.side(3) == Side("light off", "light.off", {"name": "light", "mode": "a=b"})
    assert made.side(1) == Side("like on", None, {})
    assert made.side(4) == Side("light gone", None, {})
    assert (made.form(2), made.text(2)) == ("light on", "Light on!")


def test_the_catalogue_holds_what_requests_that_work_name() -> None:
    built = chain([])
    sides = [built.side(i) for i in range(len(built.visits))]
    assert catalogue(sides, built.success) == {"name": {"light"}, "mode": {"a=b"}}


def test_the_chain_finds_the_way_over_a_step_between() -> None:
    made = chain([(1, 2, 5.0, 4), (2, 3, 1.5, 4)])
    best = solve(made.moves, made.served)
    target = dict(zip(best.source.tolist(), best.target.tolist(), strict=True))
    score = dict(zip(best.source.tolist(), best.score.tolist(), strict=True))
    assert target[1] == 2
    assert score[1] == pytest.approx(0.5 * 0.8)
    assert target[2] == 3
