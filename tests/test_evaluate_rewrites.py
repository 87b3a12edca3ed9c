"""Judging rewrites: planted tables give the wins, losses and ties counted by hand, and nothing beats the oracle."""

from __future__ import annotations

import gzip
import json
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.evaluation.replay import Recordings
from sayagain.evaluation.report import Row
from sayagain.evaluation.rewrites.evaluate import evaluate
from sayagain.evaluation.rewrites.figures import COUNTS, REWRITE_METRICS, Curve, Verdict, counted, level_rows, rows
from sayagain.evaluation.rewrites.verdicts import Assistant, Period, changes, oracle

LIGHT, MUSIC, RIDDLE = "light_on", "play_music", "general_quirky"


def recording(request: int, heard: str, gold: str, predicted: str, take: int = 0) -> dict[str, object]:
    return {
        "file": f"audio-{request}-{take}-{heard}.flac",
        "slurp_id": request,
        "gold_text": f"request {request}",
        "asr_text": heard,
        "gold_intent": gold,
        "gold_entities": [["thing", "x"]],
        "pred_intent": predicted,
        "pred_entities": [["thing", "x"]],
    }


def read(folder: Path, found: list[dict[str, object]]) -> Recordings:
    path = folder / "recordings.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf8") as out:
        out.writelines(json.dumps(row) + "\n" for row in found)
    return Recordings.read(path)


@pytest.fixture
def home(tmp_path: Path) -> Recordings:
    """Two requests for light and one for music; two riddles whose frames are the same but not what is asked."""
    return read(
        tmp_path,
        [
            recording(1, "light on", LIGHT, LIGHT),
            recording(1, "like on", LIGHT, MUSIC),
            recording(2, "lamp on", LIGHT, LIGHT),
            recording(3, "play", MUSIC, MUSIC),
            recording(3, "pray", MUSIC, "none"),
            recording(4, "riddle four", RIDDLE, RIDDLE),
            recording(4, "piddle four", RIDDLE, "none"),
            recording(5, "riddle five", RIDDLE, RIDDLE),
        ],
    )


def period(turns: list[tuple[str, int, bool, int]]) -> Period:
    """Turns given as (state, goal, defect, person)."""
    cases = sorted({(state, goal) for state, goal, _, _ in turns})
    return Period(
        states=[state for state, _ in cases],
        goals=np.array([goal for _, goal in cases]),
        recurrent=np.ones(len(cases), bool),
        case=np.array([cases.index((state, goal)) for state, goal, _, _ in turns]),
        defect=np.array([defect for _, _, defect, _ in turns]),
        person=np.array([person for *_, person in turns]),
    )


def goal(recordings: Recordings, request: int) -> int:
    return recordings.requests.index(str(request))


def test_the_assistant_answers_a_text_as_it_answered_its_recordings(home: Recordings) -> None:
    assistant = Assistant(home)
    light, music = goal(home, 1), goal(home, 3)
    assert assistant.serves("light on", light)
    assert assistant.serves("lamp on", light)
    assert not assistant.serves("like on", light)
    assert assistant.serves("like on", music)
    assert not assistant.serves("never heard", light)


def test_an_open_intent_is_served_only_by_the_request_itself(home: Recordings) -> None:
    assistant = Assistant(home)
    assert assistant.serves("riddle four", goal(home, 4))
    assert not assistant.serves("riddle five", goal(home, 4))


def test_the_commonest_interpretation_of_a_text_counts(tmp_path: Path) -> None:
    home = read(tmp_path, [recording(1, "on", LIGHT, frame, take) for take, frame in enumerate((LIGHT, MUSIC, LIGHT))])
    assert Assistant(home).serves("on", 0)


def planted(home: Recordings) -> tuple[Period, Verdict, Verdict]:
    light, music, four = (goal(home, request) for request in (1, 3, 4))
    turns = [("like on", light, True, 0)] * 4 + [("pray", music, True, 0), ("pray", music, True, 1)]
    turns += [("play", music, False, 1)] * 3 + [("piddle four", four, True, 1), ("light on", light, False, 0)]
    judged, assistant = period(turns), Assistant(home)
    table = {"like on": "lamp on", "pray": "light on", "play": "light on", "piddle four": "riddle five"}
    best = Verdict(*judged.apply(oracle(judged, set(home.heard), assistant), assistant))
    return judged, Verdict(*judged.apply(table, assistant)), best


def test_wins_losses_and_ties_are_those_counted_by_hand(home: Recordings) -> None:
    judged, verdict, best = planted(home)
    counts = dict(zip(COUNTS, counted(judged, verdict, best).sum(axis=0).tolist(), strict=True))
    # 4 misheard lights are won; 3 good "play" are lost; 2 "pray" and 1 riddle stay as wrong as they were.
    assert counts == {
        "wins": 4,
        "losses": 3,
        "ties": 3,
        "rewritten": 10,
        "served": 4,
        "defects": 7,
        "fine": 4,
        "covered": 7,
        "oracle_recurrent": 7,
        "shared_recurrent": 4,
    }
    found = {row.metric: row for row in rows("set", "planted", "ours", counted(judged, verdict, best), seed=0)}
    assert set(found) == set(REWRITE_METRICS)
    assert found["win_loss"].value == pytest.approx(4.5 / 3.5)
    assert found["coverage"].value == 1.0
    assert found["fixed"].value == found["recurrent_fixed"].value == pytest.approx(4 / 7)
    assert found["harm"].value == pytest.approx(3 / 4)
    assert found["precision"].value == pytest.approx(0.4)
    assert found["win_loss"].n == 11


def test_a_case_heard_seldom_in_learning_is_not_recurrent(home: Recordings) -> None:
    judged, verdict, best = planted(home)
    seldom = Period(**{**judged.__dict__, "recurrent": np.zeros(len(judged.states), bool)})
    counts = counted(seldom, verdict, best).sum(axis=0)
    assert counts[COUNTS.index("oracle_recurrent")] == 0
    assert "recurrent_fixed" not in {row.metric for row in rows("s", "m", "ours", counted(seldom, verdict, best), 0)}


def test_the_interval_holds_the_value_and_widens_when_people_differ(home: Recordings) -> None:
    light = goal(home, 1)
    alike = period([("like on", light, True, person) for person in range(40)] + [("like on", light, False, 40)] * 10)
    verdict = Verdict(*alike.apply({"like on": "lamp on"}, Assistant(home)))
    none = Verdict(np.zeros(len(alike.states), bool), np.zeros(len(alike.states), bool))
    found = {row.metric: row for row in rows("s", "m", "ours", counted(alike, verdict, none), seed=1)}
    row = found["win_loss"]
    assert row.low is not None
    assert row.high is not None
    assert row.low <= row.value <= row.high
    # 40 people with one win each: the sum over 41 draws has a standard deviation of 1, doubled by (n + ½) / ½.
    assert row.high - row.low == pytest.approx(2 * 2 * 1.96, abs=2)


def test_the_curve_moves_the_threshold_from_the_best_score_down(home: Recordings) -> None:
    judged, verdict, _ = planted(home)
    curve = Curve.of(judged, verdict, {"like on": 0.9, "piddle four": 0.9, "play": 0.5, "pray": 0.1})
    assert curve.threshold.tolist() == [0.9, 0.5, 0.1]
    assert curve.coverage == pytest.approx([5 / 7, 5 / 7, 1])
    assert curve.fixed == pytest.approx([4 / 7] * 3)
    assert curve.win_loss == pytest.approx([9, 4.5 / 3.5, 4.5 / 3.5])
    assert curve.best_threshold() == 0.9
    assert curve.reached(8.5) == pytest.approx((5 / 7, 4 / 7))
    assert curve.reached(20) == (0, 0)
    assert [row.metric for row in level_rows("s", "m", "ours", curve, 11)] == [
        "coverage_at_win_loss_8.5",
        "fixed_at_win_loss_8.5",
        "coverage_at_win_loss_20",
        "fixed_at_win_loss_20",
    ]


def test_a_table_that_only_loses_has_no_threshold_to_keep(home: Recordings) -> None:
    judged = period([("play", goal(home, 3), False, 0)])
    verdict = Verdict(*judged.apply({"play": "light on"}, Assistant(home)))
    assert Curve.of(judged, verdict, {"play": 1.0}).best_threshold() == float("inf")


def test_a_row_that_changes_nothing_is_no_rewrite() -> None:
    assert changes({"light on": "Light, on!", "like on": "light on", "x": "..."}) == {"like on": "light on"}


def net(judged: Period, table: dict[str, str], assistant: Assistant) -> int:
    rewritten, served = judged.apply(table, assistant)
    right, wrong = judged.turns()
    return int((wrong * served).sum() - (right * (rewritten & ~served)).sum())


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_table_beats_the_oracle(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    texts, frames = ["aa", "bb", "cc", "dd"], [LIGHT, MUSIC, RIDDLE]
    pick = st.tuples(st.sampled_from(texts), st.sampled_from(frames))
    found = []
    for request in range(3):
        gold = data.draw(st.sampled_from(frames))
        takes = data.draw(st.lists(pick, min_size=1, max_size=3))
        found += [recording(request, heard, gold, predicted, i) for i, (heard, predicted) in enumerate(takes)]
    home = read(tmp_path_factory.mktemp("home"), found)
    turn = st.tuples(st.sampled_from(texts), st.integers(0, 2), st.booleans(), st.just(0))
    judged = period(data.draw(st.lists(turn, min_size=1, max_size=12)))
    assistant, heard = Assistant(home), set(home.heard)
    best = net(judged, oracle(judged, heard, assistant), assistant)
    for targets in product([None, *sorted(heard)], repeat=len(texts)):
        table = {source: target for source, target in zip(texts, targets, strict=True) if target}
        assert net(judged, changes(table), assistant) <= best


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Thirty requests, each well heard, misheard alike in all its recordings, or served by another wording."""
    found = []
    for request in range(30):
        intent = f"intent_{request // 2}"
        for take in range(12):
            wrong = take % 3 == 0
            heard = f"{'mumble' if wrong else 'clear'} words {request}"
            found.append(recording(request, heard, intent, "none" if wrong else intent, take))
    read(tmp_path, found)
    return tmp_path / "recordings.jsonl.gz"


def table(source: list[str], target: list[str], score: list[float]) -> pa.Table:
    return pa.table({"source": source, "target": target, "score": score})


def value(found: list[Row], set_name: str, method: str, metric: str) -> float:
    (only,) = (row.value for row in found if (row.set, row.method, row.metric) == (set_name, method, metric))
    return only


def test_the_whole_evaluation_of_a_perfect_and_a_harmful_table(street: Path, tmp_path: Path) -> None:
    logs = []

    def planted(log: Path) -> dict[str, pa.Table]:
        logs.append(sorted(file.parent.name for file in log.glob("*/*.parquet")))
        mumbled, clear = ([f"{how} words {n}" for n in range(30)] for how in ("mumble", "clear"))
        return {
            "sayagain": table(mumbled, clear, [1.0] * 30),
            "harmful": table(clear, mumbled, [1.0] * 30),
        }

    curve = tmp_path / "curve.png"
    found = evaluate("slurp", street, turns=4000, seed=1, curve=curve, learners=[planted])
    assert len(logs) == 2
    assert len(logs[0]) == 56
    assert {row.set for row in found} == {
        preset + part for preset in ("slurp", "slurp_harsh") for part in ("", "_untrained", "_unseen")
    }
    for name in ("slurp", "slurp_unseen", "slurp_harsh"):
        assert value(found, name, "sayagain", "losses") == 0
        assert value(found, name, "sayagain", "wins") == value(found, name, "oracle", "wins") > 1000
        assert value(found, name, "sayagain", "recurrent_fixed") == 1.0
        assert value(found, name, "sayagain", "coverage") == 1.0
        assert value(found, name, "harmful", "coverage_at_win_loss_20") == 0.0
    assert {row.role for row in found if row.method == "oracle"} == {"ceiling"}
    assert {row.role for row in found if row.method == "harmful"} == {"baseline"}
    assert curve.read_bytes().startswith(b"\x89PNG")


def test_a_table_for_requests_that_nobody_makes_changes_nothing(street: Path) -> None:
    found = evaluate("slurp", street, 1000, seed=1, learners=[lambda _: {"sayagain": table(["x"], ["y"], [1.0])}])
    assert value(found, "slurp", "sayagain", "wins") == value(found, "slurp", "sayagain", "ties") == 0
    assert value(found, "slurp", "sayagain", "win_loss") == 1.0
