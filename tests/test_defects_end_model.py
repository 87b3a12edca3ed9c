"""What the end model learns from the label model's probabilities: planted truth that no vote shows comes out."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from sayagain.defects.end_model import KNOWN, LEAST_TURNS, judge_again

TURNS = 4_000


def log_of(seed: int, turns: int = TURNS) -> tuple[pa.Table, np.ndarray]:
    """Return turns as they are judged, and which are defects.

    The label model saw one vote, right three times in four; how soon and how like the next request comes was no vote.
    """
    draw = np.random.default_rng(seed)
    truth = draw.random(turns) < 0.3
    vote = truth ^ (draw.random(turns) < 0.25)
    columns = {
        "key": draw.permutation(10 * turns)[:turns].astype(np.int64) - 5 * turns,
        "user": draw.integers(0, 40, turns).astype(str),
        "state": draw.integers(0, 200, turns),
        "next_state": draw.integers(0, 200, turns),
        "made": pa.nulls(turns, pa.int32()),
        "pattern": vote.astype(np.int64),
        "p_defect": np.where(vote, 0.6, 0.15),
        "next_gap": np.where(truth, draw.exponential(10, turns), draw.exponential(60, turns)),
        "next_alike": np.clip(draw.normal(np.where(truth, 0.6, 0.4), 0.15), 0, 1),
        "next_same_slots": draw.random(turns) < 0.2,
        "next_bond": draw.normal(size=turns),
        "p_span": pa.nulls(turns, pa.float64()),
        "lost": draw.random(turns) < 0.05,
    }
    assert set(KNOWN) <= set(columns)
    return pa.table(columns), truth


def judged_again(table: pa.Table) -> np.ndarray:
    found = judge_again(ibis.memtable(table)).to_pyarrow()
    assert len(found) == len(table)
    place = {key: number for number, key in enumerate(found["key"].to_pylist())}
    return found["p_defect"].to_numpy()[[place[key] for key in table["key"].to_pylist()]]


def test_what_no_vote_shows_is_learned_from_the_turns_around() -> None:
    table, truth = log_of(1)
    before, after = table["p_defect"].to_numpy(), judged_again(table)
    assert roc_auc_score(truth, after) > roc_auc_score(truth, before) + 0.1
    assert np.mean((after - truth) ** 2) < np.mean((before - truth) ** 2)


def test_where_nothing_else_is_known_a_turn_keeps_what_the_label_model_says() -> None:
    table, truth = log_of(2)
    for name in KNOWN:
        column = table.schema.get_field_index(name)
        table = table.set_column(column, name, pa.nulls(TURNS, table.schema.field(name).type))
    after = judged_again(table)
    assert roc_auc_score(truth, after) > roc_auc_score(truth, table["p_defect"].to_numpy()) - 0.03
    assert after.mean() == pytest.approx(table["p_defect"].to_numpy().mean(), abs=0.01)


def test_a_turn_is_not_judged_by_trees_that_it_taught() -> None:
    table, _ = log_of(3)
    doubted = table["p_defect"].to_numpy().copy()
    doubted[0] = 1 - doubted[0]
    column = table.schema.get_field_index("p_defect")
    changed = table.set_column(column, "p_defect", pa.array(doubted))
    assert judged_again(changed)[0] == pytest.approx(judged_again(table)[0], abs=0.01)


def test_the_same_log_is_judged_the_same_in_any_order() -> None:
    table, _ = log_of(4)
    order = np.random.default_rng(0).permutation(TURNS)
    assert judged_again(table.take(order)) == pytest.approx(judged_again(table)[order], abs=1e-6)


def test_a_small_log_stays_as_it_was_judged() -> None:
    table, _ = log_of(5, LEAST_TURNS - 1)
    assert judged_again(table) == pytest.approx(table["p_defect"].to_numpy())
