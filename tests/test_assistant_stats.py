"""Counting what went wrong, on a small log and truth made by hand."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console

from sayagain.errors import LogError
from sayagain.evaluation.homes.stats import stats, tables
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.truth import FAILURE_POINTS, Truth


def simulation(directory: Path, truths: list[dict[str, Any]]) -> Path:
    log = Log.create(directory / "log")
    turns = [
        Turn(turn=str(n), user="u", time=f"2026-01-01T08:{n:02}:00Z", text="open the garage door").to_row()
        for n in range(len(truths))
    ]
    known = [Truth(turn=str(n), **each).to_row() for n, each in enumerate(truths)]
    with log.adding() as addition:
        addition.turns(pa.Table.from_pylist(turns, Turn.arrow_schema()))
        addition.truth(pa.Table.from_pylist(known, Truth.arrow_schema()))
        addition.settle(log.path, log.days(), log.truth_path)
    return directory


HAND_MADE: list[dict[str, Any]] = [
    {"defect": True, "failure_point": "asr", "home": "h1", "voice": "ann", "condition": "babble", "rephrased_by": "1"},
    {"defect": False, "home": "h1", "voice": "ann", "condition": "clean", "recovered": True, "rephrases": "0"},
    {"defect": False, "home": "h1", "voice": "ann", "condition": "clean", "unsupported": True},
    {"defect": True, "failure_point": "asr", "home": "h2", "voice": "bob", "condition": "babble"},
    {"defect": True, "failure_point": "entity", "home": "h2", "voice": "bob", "condition": "clean"},
    {"defect": True, "failure_point": "false_wake", "home": "h1"},
    {"defect": False, "home": "h1", "voice": "ann", "condition": "clean"},
    {"defect": False, "home": "h1", "voice": "ann", "condition": "clean"},
]


def test_defects_are_counted_by_failure_point_and_group(tmp_path: Path) -> None:
    found = stats(simulation(tmp_path, HAND_MADE))
    assert found["turns"] == 8
    assert found["defect_rate"] == 0.5
    assert found["low"] < 0.5 < found["high"]
    assert found["failure_points"] == {"false_wake": 0.25, "asr": 0.5, "nlu": 0, "entity": 0.25, "result": 0}
    assert found["unsupported"] == 1 / 8
    assert found["recovered"] == 1 / 8
    assert found["by_home"] == {"h1": {"turns": 6, "defect_rate": 2 / 6}, "h2": {"turns": 2, "defect_rate": 1.0}}
    assert found["by_condition"]["babble"] == {"turns": 2, "defect_rate": 1.0}
    assert sum(each["turns"] for each in found["by_voice"].values()) == 7  # nobody spoke at the false wake
    json.dumps(found)


def test_a_simulation_beside_real_people(tmp_path: Path, public_data: Path) -> None:
    found = stats(simulation(tmp_path, HAND_MADE), public_data)
    assert {row["set"] for row in found["calibration"]} == {"simulated", "dstc2", "saif", "evi"}
    json.dumps(found)


def test_tables_fit_a_terminal(tmp_path: Path) -> None:
    many = [{"defect": n % 5 == 0, "failure_point": "nlu" if n % 5 == 0 else None, "home": f"h{n}"} for n in range(30)]
    console = Console(width=100, file=StringIO(), record=True)
    console.print(tables(stats(simulation(tmp_path, many))))
    printed = console.export_text()
    assert "20.0%" in printed
    assert "and 18 more" in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_a_log_without_outcomes_or_with_an_unknown_point_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="knows no outcomes"):
        stats(simulation(tmp_path / "none", [{"said": "hello"}]))
    with pytest.raises(LogError, match="failure point None"):
        stats(simulation(tmp_path / "odd", [{"defect": True}]))


def test_no_defects_at_all_is_an_answer(tmp_path: Path) -> None:
    found = stats(simulation(tmp_path, [{"defect": False}]))
    assert found["defect_rate"] == 0
    assert found["failure_points"] == dict.fromkeys(FAILURE_POINTS, 0.0)
