"""Failures of a written log: nothing was misheard, and nothing woke the assistant by mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.failures.written import OF_SOUND, as_written
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES, READINGS, STAGES

PROBABILITIES = st.lists(st.floats(0.0, 1.0, width=32), min_size=6, max_size=6).filter(lambda all_: sum(all_) > 0.01)


def readings(rows: Sequence[Sequence[float]]) -> pa.Table:
    """Return readings with the probabilities of ``OUTCOMES``, made to sum to 1."""
    other = {"p_unsupported": 0.0, "p_goal_start": 1.0, "p_goal_met": 0.0, "said_again_by": None, "p_said_again": 0.0}
    return pa.Table.from_pylist(
        [
            {f"p_{name}": value / sum(row) for name, value in zip(OUTCOMES, row, strict=True)}
            | other
            | {"turn": f"{at}"}
            for at, row in enumerate(rows)
        ],
        READINGS,
    )


@settings(deadline=None)
@given(st.lists(PROBABILITIES, min_size=1, max_size=5))
def test_as_much_failed_as_before_and_nothing_of_it_by_sound(rows: list[list[float]]) -> None:
    before = readings(rows)
    after = as_written(before)
    assert after.schema == before.schema
    assert after["p_correct"] == before["p_correct"]
    failed = [np.sum([table[f"p_{stage}"].to_numpy() for stage in STAGES], axis=0) for table in (before, after)]
    assert failed[1] == pytest.approx(failed[0], abs=1e-5)
    assert all(not np.any(after[f"p_{stage}"].to_numpy()) for stage in OF_SOUND)


def test_later_stages_get_it_in_their_proportions_and_what_has_none_was_not_understood() -> None:
    found = as_written(readings([[0.2, 0.2, 0.1, 0.0, 0.3, 0.2], [0.5, 0.3, 0.0, 0.0, 0.0, 0.2]]))
    assert [round(found[f"p_{stage}"][0].as_py(), 3) for stage in STAGES] == [0.0, 0.0, 0.2, 0.0, 0.6]
    assert [round(found[f"p_{stage}"][1].as_py(), 3) for stage in STAGES] == [0.0, 0.0, 0.8, 0.0, 0.0]


def test_the_command_tells_of_it_and_takes_it(tmp_path: Path) -> None:
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    said = ["where is my order", "this is useless", "where is my order now"]
    turns = [
        Turn(user="ann", time=monday + timedelta(seconds=20 * n), text=text, response="Sorry, I didn't get that.")
        for n, text in enumerate(said)
    ]
    Log.create(tmp_path / "log").append([pa.Table.from_pylist([t.to_row() for t in turns], Turn.arrow_schema())])
    spoken, written = (
        json.loads(CliRunner().invoke(app, ["failures", str(tmp_path / "log"), "--json", *options]).stdout)
        for options in ([], ["--written"])
    )
    assert any("--written" in note for note in spoken["notes"])
    assert not any("--written" in note for note in written["notes"])
    (everything,) = (row for row in written["totals"] if row["by"] == "all")
    assert everything["false_wake"] == everything["asr"] == 0
    assert everything["failed"] > 0
