"""What each signal says of a turn, told on small sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sayagain.defects.label_model import ABSENT, SILENT
from sayagain.defects.signals import ALL_SIGNALS, FAMILIES
from sayagain.defects.votes import decode, judge
from sayagain.learning.log_tables import likened
from sayagain.schema import Turn


def judged(path: Path, turns: list[dict[str, Any]], read: dict[str, float] | None = None) -> pd.DataFrame:
    """Judge the turns, given in the order they were said, half a minute apart where no time is given.

    ``read`` has what the span model found of a turn: the probability that a later one says it again.
    """
    base = pd.Timestamp("2026-01-01T10:00:00Z")
    rows = [
        Turn(**{"turn": f"t{i:03d}", "session": "s", "time": base + pd.Timedelta(seconds=30 * i), **turn}).to_row()
        for i, turn in enumerate(turns)
    ]
    pq.write_table(pa.Table.from_pylist(rows, Turn.arrow_schema()), path / "turns.parquet")
    log = ibis.duckdb.connect().read_parquet(path / "turns.parquet")
    beside, _, _ = likened(log, carry=["turn"])
    if read:
        beside = beside.mutate(p_span=beside.turn.cases(*read.items(), else_=None).cast("float64"))
    table, _ = judge(beside)
    return table.execute().sort_values("turn").set_index("turn")


def says(row: pd.Series) -> set[str]:
    (votes,) = decode(np.array([row["pattern"]], dtype=np.int64))
    return {name for name, vote in zip(ALL_SIGNALS, votes, strict=True) if vote >= 0}


CASES: list[tuple[list[dict[str, Any]], set[str]]] = [
    ([{"text": "play pink", "status": "error"}], {"error", "abandoned"}),
    ([{"text": "book a flight", "status": "unsupported"}, {"text": "bye"}], {"unsupported", "moved_on"}),
    ([{"text": "lights", "status": "clarify"}, {"text": "kitchen"}], {"clarify", "moved_on"}),
    ([{"text": "lights on", "response": "Sorry, I can't find that."}], {"apology", "at_a_loss", "abandoned"}),
    ([{"text": "lights on", "response": "The light is on."}], {"plain_answer"}),
    ([{"text": "lights on", "status": "ok", "response": "Sorry"}], {"ok"}),
    ([{"text": "um"}], {"empty"}),
    ([{"text": "play pink"}, {"text": "Play pink!"}], {"repeat"}),
    ([{"text": "turn of the kitchen light"}, {"text": "turn off the kitchen light"}], {"close_rephrase"}),
    ([{"text": "play some pink"}, {"text": "play pink floyd"}], {"rephrase"}),
    ([{"text": "what time is it"}, {"text": "buy milk"}], {"moved_on"}),
    ([{"text": "what time is it"}, {"text": "buy milk", "time": "2026-01-01T10:05:00"}], {"came_back_later"}),
    ([{"text": "add eggs to the list"}, {"text": "no i said pegs"}], {"denial"}),
    ([{"text": "add eggs", "response": "Which eggs?"}, {"text": "no"}], {"plain_answer", "moved_on"}),
    ([{"text": "добавь", "response": "Добавить яйца？"}, {"text": "нет"}], {"plain_answer", "moved_on"}),
    ([{"text": "what time is it"}, {"text": "nobody called"}], {"moved_on"}),
    ([{"text": "read the news"}, {"text": "stop"}], {"cancellation", "moved_on"}),
    ([{"text": "read the news"}, {"text": "thank you"}], {"thanks"}),
    ([{"text": "read the news"}, {"text": "yes"}], {"assent", "moved_on"}),
    ([{"text": "read the news", "feedback": {"helpful": False}}], {"unhelpful"}),
    ([{"text": "read the news", "feedback": {"helpful": True}}], {"helpful"}),
    ([{"text": "read the news", "barge_in": True}], set()),
    ([{"text": "lamp on", "undone_after": 15}], {"undone"}),
    ([{"text": "lamp on", "undone_after": 300}], set()),
    ([{"text": "play jazz", "engaged_for": 600}], {"stayed"}),
    ([{"text": "play jazz", "engaged_for": 3}], {"left"}),
    ([{"text": "play the jingle", "engaged_for": 3, "engaged_share": 1.0}], {"stayed"}),
    ([{"text": "find a recipe", "engaged_share": 0.0}], {"left"}),
]
"""Sessions, and what speaks about the first turn of each."""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    sessions = [
        turn | {"session": f"s{i}", "turn": f"{i}/{j}", "time": turn.get("time", f"2026-01-01T10:00:{30 * j:02d}")}
        for i, (turns, _) in enumerate(CASES)
        for j, turn in enumerate(turns)
    ]
    return judged(tmp_path_factory.mktemp("cases"), sessions)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_what_speaks_about_a_turn(cases: pd.DataFrame, case: int) -> None:
    assert says(cases.loc[f"{case}/0"]) == CASES[case][1]


def test_an_assistant_that_says_the_same_again_is_stuck(tmp_path: Path) -> None:
    table = judged(tmp_path, [{"text": "north", "response": "Which part of town?"}] * 2)
    assert "stuck" not in says(table.loc["t000"])
    assert "stuck" in says(table.loc["t001"])


def test_a_request_that_objects_is_itself_in_trouble(tmp_path: Path) -> None:
    table = judged(tmp_path, [{"text": "add eggs"}, {"text": "no pegs"}])
    assert says(table.loc["t001"]) == {"objection"}


def test_only_an_interruption_with_something_said_at_once_counts(tmp_path: Path) -> None:
    start = pd.Timestamp("2026-01-01T10:00:00Z")
    seconds = [0, 3, 33, 73, 123, 183]
    turns = [
        {"text": f"request {'abcdef'[i]}", "barge_in": i < 3, "time": start + pd.Timedelta(seconds=second)}
        for i, second in enumerate(seconds)
    ]
    table = judged(tmp_path, turns)
    assert [name for name, row in table.iterrows() if "cut_short" in says(row)] == ["t000", "t001"]


def scored(i: int, score: float, confidence: float) -> dict[str, Any]:
    asr = [{"text": "x", "score": score}, {"text": "y", "score": score - 1}]
    meaning = {"intent": "find", "confidence": confidence}
    return {"text": f"wish number {i}", "session": f"s{i}", "asr": asr, "interpretation": meaning}


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_scores_speak_by_their_rank_in_the_log_whatever_their_scale(tmp_path: Path, scale: float) -> None:
    table = judged(tmp_path, [scored(i, -scale * i, 1 - i / 100) for i in range(100)])
    assert {"asr_sure", "asr_certain", "nlu_sure", "nlu_certain"} <= says(table.loc["t000"])
    assert not says(table.loc["t050"]) & {"asr_sure", "asr_doubtful", "nlu_sure", "nlu_doubtful"}
    assert {"asr_doubtful", "nlu_doubtful"} <= says(table.loc["t075"])
    assert {"asr_lost", "nlu_lost"} <= says(table.loc["t099"])
    assert table.p_defect["t099"] > table.p_defect["t050"] > table.p_defect["t000"]


def test_finding_no_meaning_counts_only_where_others_have_one(tmp_path: Path) -> None:
    turns = [{"text": "play jazz", "session": "a"}, {"text": "stop it now", "session": "b"}]
    assert "no_intent" not in says(judged(tmp_path, turns).loc["t000"])
    turns[1]["interpretation"] = {"intent": "stop"}
    assert "no_intent" in says(judged(tmp_path, turns).loc["t000"])


def test_a_signal_votes_as_declared_is_silent_or_is_absent_with_its_family(tmp_path: Path) -> None:
    turns = [scored(i, -float(i), i / 60) | {"session": "s", "status": ["ok", "error"][i % 2]} for i in range(60)]
    votes = decode(judged(tmp_path, turns)["pattern"].to_numpy())
    for place, signal in enumerate(ALL_SIGNALS.values()):
        assert set(np.unique(votes[:, place])) <= {signal.vote, SILENT, ABSENT}
        family = [i for i, each in enumerate(ALL_SIGNALS.values()) if each.family == signal.family]
        assert ((votes[:, [place]] == ABSENT) == (votes[:, family] == ABSENT)).all()


def looks_at(row: pd.Series, family: str) -> bool:
    (votes,) = decode(np.array([row["pattern"]], dtype=np.int64))
    return any(votes[i] != ABSENT for i, each in enumerate(ALL_SIGNALS.values()) if each.family == family)


@pytest.mark.parametrize(("family", "told"), [("undoing", {"undone_after": 9}), ("engagement", {"engaged_for": 90})])
def test_not_undoing_says_something_only_where_undoing_would_be_told_and_something_was_done(
    tmp_path: Path, family: str, told: dict[str, Any]
) -> None:
    turns = [
        {"text": "lamp on", "status": "ok"},
        {"text": "lamp off", "status": "error"},
        {"text": "lamp up", "response": "Sorry, I can't"},
        {"text": "fan on"},
    ]
    assert not any(looks_at(row, family) for _, row in judged(tmp_path, turns).iterrows())
    table = judged(tmp_path, [*turns, {"text": "play jazz", "status": "ok", **told}])
    assert [looks_at(row, family) for _, row in table.iterrows()] == [True, False, False, True, True]


def test_a_plain_chat_log_without_scores_or_status_is_judged_all_the_same(tmp_path: Path) -> None:
    table = judged(tmp_path, [{"text": "turn on the fan"}, {"text": "turn on the fans"}, {"text": "what time is it"}])
    assert table.p_defect["t000"] > table.p_defect["t001"]
    assert table.p_defect.between(0, 1).all()


def test_every_signal_belongs_to_a_family_and_all_fit_one_integer() -> None:
    assert {signal.family for signal in ALL_SIGNALS.values()} == set(FAMILIES)
    assert len(ALL_SIGNALS) + len(FAMILIES) < 63
    assert all(signal.holds.__doc__ for signal in ALL_SIGNALS.values())


@pytest.mark.parametrize(("p_span", "spoken"), [(0.81, {"said_again"}), (0.79, set()), (0.19, set())])
def test_the_span_model_speaks_where_it_is_sure(tmp_path: Path, p_span: float, spoken: set[str]) -> None:
    turns = [{"text": "lamp on"}, {"text": "what time is it"}, {"text": "light the lamp"}]
    table = judged(tmp_path, turns, read={"t000": p_span})
    assert says(table.loc["t000"]) & {"said_again"} == spoken
    assert not says(table.loc["t001"]) & {"said_again"}


def test_a_turn_that_nobody_read_is_neither_said_again_nor_not(cases: pd.DataFrame) -> None:
    assert not any(says(row) & {"said_again"} for _, row in cases.iterrows())
