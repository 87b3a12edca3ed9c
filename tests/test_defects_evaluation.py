"""The figures of ``evaluate defects`` against scikit-learn's, and the bars on public data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from sayagain.defects.signals import ALL_SIGNALS
from sayagain.errors import FormatError
from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.defects.evaluate import _left_out, _parts, evaluate
from sayagain.evaluation.defects.judged import Judged
from sayagain.evaluation.statistics import Draws, bootstrap, interval


def sample(rows: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    truth = draw.random(rows) < 0.3
    score = np.round(np.clip(truth * 0.3 + draw.random(rows) * 0.7, 0, 1), 2)
    return score, truth, np.array([f"f{i}" for i in draw.integers(0, 40, rows)])


def test_metrics_are_those_of_scikit_learn() -> None:
    score, truth, folds = sample()
    ranking = Ranking.of(score, truth, Draws.of(folds, seed=0, resamples=2))
    assert ranking.roc_auc()[0] == pytest.approx(metrics.roc_auc_score(truth, score))
    assert ranking.average_precision()[0] == pytest.approx(metrics.average_precision_score(truth, score))
    assert ranking.f1()[0] == pytest.approx(metrics.f1_score(truth, score > 0.5))
    assert ranking.brier()[0] == pytest.approx(metrics.brier_score_loss(truth, score))


def test_the_interval_is_that_of_resampling_whole_folds() -> None:
    score, truth, folds = sample()
    _, low, high = interval(Ranking.of(score, truth, Draws.of(folds, seed=1)).roc_auc())
    slow = bootstrap(lambda rows: float(metrics.roc_auc_score(truth[rows], score[rows])), folds, 2, resamples=400)
    assert (low, high) == pytest.approx(slow, abs=0.01)


def test_calibrated_scores_have_no_calibration_error_and_shifted_ones_have_the_shift() -> None:
    truth = np.arange(1000) % 10 < 3
    draws = Draws.of(np.array(["f"] * 1000), seed=0, resamples=2)
    assert Ranking.of(np.full(1000, 0.3), truth, draws).calibration_error()[0] == pytest.approx(0)
    assert Ranking.of(np.full(1000, 0.5), truth, draws).calibration_error()[0] == pytest.approx(0.2)


def test_data_of_no_known_set_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"text": "hello"}\n')
    with pytest.raises(FormatError, match="no known set"):
        evaluate(None, tmp_path / "x.jsonl", 0)
    with pytest.raises(FormatError, match="no set"):
        evaluate("nonsense", None, 0)
    with pytest.raises(FormatError, match="no data"):
        evaluate("saif", tmp_path / "missing", 0)


def test_on_real_corrections_it_beats_the_baselines_and_comes_near_the_ceiling(public_data: Path) -> None:
    rows = evaluate(None, public_data / "saif" / "pairs.jsonl.gz", seed=0)
    found = {(row.method, row.metric): row for row in rows}
    assert {row.set for row in rows} == {"saif"}
    for baseline in ("majority", "majority_margin", "best_signal", "trajectory_signals"):
        gain = found["sayagain", f"roc_auc_gain_over_{baseline}"]
        assert gain.low is not None
        assert gain.low > 0
    share = found["sayagain", "auc_share"]
    assert share.low is not None
    assert share.low >= 0.9


def judged(**columns: list[bool]) -> Judged:
    turns = len(columns["answered"])
    known = {name: np.array(values) for name, values in columns.items()}
    return Judged(
        probability=np.full(turns, 0.5), label_model=np.full(turns, 0.5),
        votes=np.full((turns, len(ALL_SIGNALS)), -1, dtype=np.int8), trajectory=np.full(turns, 0.5),
        truth=np.zeros(turns, dtype=np.bool_), folds=np.array(["f"] * turns),
        scored=np.ones(turns, dtype=np.bool_), log=np.zeros(turns, dtype=np.int64), **known,
    )  # fmt: skip


def test_calls_are_scored_in_four_forms_and_others_whole() -> None:
    turns = judged(answered=[True, True, False], goodbye=[False, True, True])
    assert {name: keep.tolist() for name, keep in _parts("dstc2", turns)} == {
        "dstc2": [True, True, True],
        "dstc2_answered": [True, True, False],
        "dstc2_without_goodbyes": [True, False, False],
        "dstc2_answered_without_goodbyes": [True, False, False],
    }
    assert [name for name, _ in _parts("homes", turns)] == ["homes"]


def test_a_model_left_without_a_signal_is_learned_for_each_log_and_each_family_that_spoke() -> None:
    turns = judged(answered=[True] * 40, goodbye=[False] * 40)
    place = {name: number for number, name in enumerate(ALL_SIGNALS)}
    turns.votes[:10, place["error"]], turns.votes[10:, place["ok"]] = 1, 0
    turns.votes[::2, place["no_intent"]] = 1
    turns.log[20:] = 1
    found = dict(_left_out(turns))
    assert list(found) == ["error", "ok", "no_intent", "outcome"]
    assert found["no_intent"][:10].min() > found["no_intent"][10:20].max()  # the first log knows errors
    assert np.ptp(found["outcome"][:20:2]) == 0
    assert found["outcome"][0] > found["outcome"][1]
