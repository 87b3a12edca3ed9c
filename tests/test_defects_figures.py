"""How often signals speak, with whom and against whom, counted by hand; and a signal of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from ibis.expr import types as ir

from sayagain import Log, Turn
from sayagain.defects.signals import ALL_SIGNALS, FINE, signal
from sayagain.learning.judging import judged_turns, signal_report

TURNS = [
    {"text": "play pink", "status": "error"},
    {"text": "play pink", "status": "error"},
    {"text": "play the blue album", "status": "ok"},
    {"text": "what time is it", "status": "ok"},
    {"text": "no that is wrong", "status": "ok"},
]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    same = {"session": "s", "user": "ann"}
    turns = [
        Turn.model_validate({**same, **turn, "turn": f"t{i}", "time": f"2026-01-01T10:00:{i * 9:02}Z"})
        for i, turn in enumerate(TURNS)
    ]
    log = Log.create(tmp_path / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    return log


@pytest.fixture
def morning() -> Iterator[str]:
    @signal("before", FINE)
    def in_the_morning(t: ir.Table) -> ir.BooleanValue:
        """People who spoke within the last minute are content, here."""
        return t.prev_gap < 60

    yield "in_the_morning"
    del ALL_SIGNALS["in_the_morning"]


def test_the_figures_of_signals_are_those_counted_by_hand(log: Log) -> None:
    report = signal_report(log)
    found = {each.signal: each for each in report.signals}
    assert report.turns == len(TURNS)
    assert list(found) == list(ALL_SIGNALS)
    error, ok, denial = found["error"], found["ok"], found["denial"]
    assert (error.coverage, error.overlap, error.conflict) == (0.4, 1.0, 0.5), "said again; then they moved on"
    assert (ok.coverage, ok.conflict) == (0.6, pytest.approx(2 / 3)), "one was denied, one is an objection"
    assert (denial.coverage, denial.vote, denial.overlap) == (0.2, "defect", 1.0)
    assert error.weight is not None
    assert ok.weight is not None
    assert error.weight > 0 > ok.weight
    assert (found["unhelpful"].coverage, found["unhelpful"].overlap, found["unhelpful"].weight) == (0.0, None, None)


def test_a_turn_is_shown_with_the_evidence_about_it(log: Log) -> None:
    judged = judged_turns(log, ["t0", "t3"])
    assert judged.keys() == {"t0", "t3"}
    assert judged["t0"].p_defect > 0.5
    spoke = {name for each in judged["t0"].evidence for name in each.signals if each.weight > 0}
    assert {"error", "repeat"} <= spoke


def test_a_deployment_adds_a_signal_of_its_own(log: Log, morning: str) -> None:
    found = {each.signal: each for each in signal_report(log).signals}
    assert found[morning].coverage == 0.8
    assert morning in {name for each in judged_turns(log, ["t2"])["t2"].evidence for name in each.signals}


def test_a_signal_that_cannot_be_says_why() -> None:
    with pytest.raises(ValueError, match="no family weather"):
        signal("weather", FINE)(lambda t: t.status.isnull())

    def error(t: ir.Table) -> ir.BooleanValue:
        return t.status == "error"

    with pytest.raises(ValueError, match="a signal error already"):
        signal("outcome", FINE)(error)
