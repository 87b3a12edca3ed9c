"""Which model ranks: the comparison on one log, without labels."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sayagain.errors import SayAgainError
from sayagain.evaluation.online.rankers import Ranked, evaluate
from sayagain.log.store import Log
from sayagain.retrieval.feature_vectors import kinds_of_evidence
from sayagain.retrieval.fit import LOSS_RATE
from sayagain.retrieval.rank import RANKER_FEATURES
from sayagain.schema import Turn

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_every_feature_is_evidence_of_one_kind() -> None:
    counted = Counter(name for names in kinds_of_evidence().values() for name in names)
    assert counted == Counter(RANKER_FEATURES)
    assert max(counted.values()) == 1


def ranked(rows: list[tuple[str, bool, float, float]]) -> Ranked:
    """Rows of (failed or fine, right, gain, weight)."""
    fates, right, gain, weight = zip(*rows, strict=True)
    failed = np.array([verdict == "failed" for verdict in fates])
    return Ranked(failed, ~failed, np.array(right), np.array(gain, dtype=np.float32), np.array(weight, dtype=float))


def test_a_failed_request_is_mended_where_the_best_candidate_is_right_and_sure_enough() -> None:
    made = ranked(
        [("failed", True, 0.9, 1), ("failed", True, 0.1, 1), ("failed", False, 0.8, 1), ("fine", True, 0.9, 1)]
    )
    assert made.figures(0.5) == {"top1": 2 / 3, "mended": 1 / 3, "traded": 1 / 3}


def test_the_threshold_spoils_no_more_of_what_works_than_the_stated_rate() -> None:
    many = round(1 / LOSS_RATE)
    rows = [
        ("fine", False, 0.7, 1.0),
        ("fine", False, 0.6, 1.0),
        ("fine", True, 0.9, many - 2.0),
        ("failed", True, 0.65, 1.0),
    ]
    assert 0.6 < ranked(rows).threshold() <= 0.7, "one of so many may be spoilt, two may not"
    assert ranked(rows).figures(ranked(rows).threshold())["mended"] == 1.0


def test_a_log_in_which_too_little_failed_is_refused(tmp_path: Path) -> None:
    turns = [Turn(user="ann", time=START + timedelta(minutes=10 * at), text="stop") for at in range(5)]
    rows = pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())
    Log.create(tmp_path / "log").append([rows])
    with pytest.raises(SayAgainError, match="too few failed"):
        evaluate(tmp_path / "log", seed=1)
