"""The figures of ``evaluate defects`` against scikit-learn's, and the bars on public data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from sayagain.errors import FormatError
from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.defects.evaluate import evaluate
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
    for baseline in ("majority", "best_signal"):
        gain = found["sayagain", f"roc_auc_gain_over_{baseline}"]
        assert gain.low is not None
        assert gain.low > 0
    share = found["sayagain", "auc_share"]
    assert share.low is not None
    assert share.low >= 0.9
