"""What other turns with the same request say about a turn: planted shares come back, single turns stay as they are."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest

from sayagain.defects.requests import by_request, share_of_defects


def planted(shares: list[float], visits: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return request, P(defect) by its own signals and truth of turns whose signals are calibrated to the log's share.

    A turn shows one of five observations; how probable each is in a defect and in a fine turn is fixed.
    """
    rng = np.random.default_rng(seed)
    in_defect, in_fine = np.array([0.45, 0.25, 0.15, 0.1, 0.05]), np.array([0.05, 0.1, 0.15, 0.25, 0.45])
    request = np.repeat(np.arange(len(shares)), visits)
    truth = rng.random(len(request)) < np.array(shares)[request]
    seen = np.where(truth, rng.choice(5, len(request), p=in_defect), rng.choice(5, len(request), p=in_fine))
    overall = float(np.mean(shares))
    posterior = overall * in_defect / (overall * in_defect + (1 - overall) * in_fine)
    return request, posterior[seen], truth, overall


def shares(request: np.ndarray, judged: np.ndarray) -> tuple[np.ndarray, float]:
    return share_of_defects(np.bincount(request, judged), np.bincount(request).astype(float))


def test_planted_shares_of_defects_are_told_apart_and_never_overstated() -> None:
    true = np.array([0.02, 0.1, 0.3, 0.6, 0.9, 0.98])
    request, judged, _, overall = planted(true.tolist(), visits=20_000, seed=1)
    theta, found = shares(request, judged)
    assert found == pytest.approx(overall, abs=0.01)
    assert (np.diff(theta) > 0.02).all()
    assert (np.minimum(true, overall) - 0.01 <= theta).all()
    assert (theta <= np.maximum(true, overall) + 0.01).all()


def test_a_request_said_once_stays_near_the_share_of_the_log() -> None:
    request, judged, _, overall = planted([0.2] * 50, visits=40, seed=3)
    theta, _ = shares(np.append(request, [50, 51]), np.append(judged, [0.999, 0.001]))
    assert abs(theta[50] - overall) < 0.2
    assert abs(theta[51] - overall) < 0.1
    assert theta[51] < theta[50]


def again(request: np.ndarray, judged: np.ndarray, made: list[int | None] | None = None) -> np.ndarray:
    """P(defect) of each turn, judged again; ``made`` is what the layer made of each."""
    of_layer = pa.array([None] * len(request) if made is None else made, pa.int32())
    columns = {"turn": np.arange(len(request)), "state": request, "p_defect": judged, "made": of_layer}
    rows = by_request(ibis.memtable(pa.table(columns))).to_pyarrow().sort_by("turn")
    assert rows["turn"].to_pylist() == list(range(len(request)))
    return rows["p_defect"].to_numpy()


def test_every_turn_is_judged_once_and_is_a_probability() -> None:
    request = np.array([0, 0, 1, 7, 7, 7])
    found = again(request, np.array([0.0, 1.0, 0.5, 0.3, 0.3, 0.31]))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_turns_judged_again_are_nearer_to_the_truth() -> None:
    request, judged, truth, _ = planted([0.02, 0.5, 0.95], visits=500, seed=4)
    found = again(request, judged)
    assert np.mean((found - truth) ** 2) < 0.9 * np.mean((judged - truth) ** 2)


def test_turns_that_the_layer_rewrote_lend_their_request_nothing() -> None:
    request, judged, _, _ = planted([0.1, 0.9], visits=50, seed=7)
    alone = again(request, judged)
    more = np.append(request, np.ones(200, dtype=request.dtype)), np.append(judged, np.full(200, 0.01))
    made = [None] * len(request) + [2] * 200
    assert again(*more, made)[: len(request)] == pytest.approx(alone, abs=1e-12)


def test_turns_in_which_the_same_was_made_of_the_same_are_judged_together_and_by_the_share_of_the_log() -> None:
    request, judged, _, _ = planted([0.1, 0.9], visits=50, seed=7)
    more = np.append(request, [1] * 40), np.append(judged, [0.2] * 20 + [0.7] * 20)
    found = again(*more, [None] * len(request) + [2] * 20 + [3] * 20)[len(request) :]
    assert (found[:20] < 0.2).all()
    assert (found[20:] > 0.7).all()


def test_of_two_turns_with_one_request_the_more_suspicious_stays_so() -> None:
    request, judged, _, _ = planted([0.1, 0.6], visits=100, seed=5)
    found = again(request, judged)
    for each in range(2):
        order = np.argsort(judged[request == each], kind="stable")
        assert (np.diff(found[request == each][order]) >= -1e-12).all()


def test_where_all_requests_are_alike_little_changes() -> None:
    request, judged, _, _ = planted([0.3, 0.3], visits=5_000, seed=6)
    assert again(request, judged) == pytest.approx(judged, abs=0.02)
