"""Which action comes next in real routines: the command, on made-up files of the format."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.errors import FormatError
from sayagain.evaluation.choices.evaluate import LEAST_LEARNED, calibration_error, parts
from sayagain.evaluation.choices.overlap import households, without_the_asked, without_the_households
from sayagain.evaluation.choices.smartthings import Entry, Routine, read

DEVICES = 6
MORNING, EVENING = 2, 6


def routine(draw: np.random.Generator) -> list[list[int]]:
    """Do one thing after another; the last is what was done before the last, in the evening the thing after it."""
    done = [
        [int(day), MORNING, int(one), 1, 100 + int(one)]
        for day, one in zip(range(9), draw.integers(DEVICES, size=9), strict=True)
    ]
    hour = int(draw.choice([MORNING, EVENING]))
    one = done[-1][2] if hour == MORNING else (done[-1][2] + 1) % DEVICES
    return [[day % 7, *rest] for day, *rest in [*done, [9, hour, one, 1, 100 + one]]]


def days(first: int, control: int = 0) -> Routine:
    return tuple(Entry(day % 7, day // 7 % 8, 1, 1, control) for day in range(first, first + 10))


def write(path: Path, routines: Iterable[list[list[int]]]) -> None:
    path.write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in routines).encode()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw = np.random.default_rng(1)
    write(tmp_path / "x_trn.jsonl.gz", [routine(draw) for _ in range(150)])
    write(tmp_path / "x_vld.jsonl.gz", [routine(draw) for _ in range(40)])
    return tmp_path


def test_a_planted_habit_is_found_and_every_row_has_its_keys(folder: Path) -> None:
    judged, rows_file = folder / "x_vld.jsonl.gz", folder / "rows.json"
    options = ["--train", str(folder), "--data", str(judged), "--json", str(rows_file)]
    done = CliRunner().invoke(app, ["evaluate", "choices", "--set", "smartthings", *options])
    assert done.exit_code == 0, done.output
    rows = json.loads(rows_file.read_text())
    assert {*rows[0]} == {"set", "method", "role", "metric", "value", "low", "high", "n"}
    rate = {
        row["method"]: row["value"] for row in rows if row["set"] == "smartthings" and row["metric"] == "hit_rate@1"
    }
    assert rate["sayagain"] > 0.9
    assert rate["sayagain"] > rate["last"] > rate["popularity"]
    gains = [row for row in rows if row["metric"] == "gain_over_last" and row["set"] == "smartthings"]
    assert gains[0]["low"] > 0


def test_a_file_is_judged_by_the_one_to_learn_from_that_knows_its_actions() -> None:
    learned = {
        "x": [days(0)] * LEAST_LEARNED,
        "other": [days(0, control=9)] * LEAST_LEARNED,
        "few": [days(0, control=8)],
    }
    (found,) = parts(learned, {"kept aside": [days(3, control=9)]})
    assert found.learned == learned["other"]
    for control, told in ((7, "knows the actions of kept aside"), (8, "few holds only 1 routines")):
        with pytest.raises(FormatError, match=told):
            list(parts(learned, {"kept aside": [days(3, control=control)]}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no routine"),
        ("[[1, 2, 3, 4, 5]]\n", "line 1"),
        ("[1, 2\n", "line 1"),
        ("\n" + str([[7, 0, 1, 1, 1]] * 10), "line 2"),
    ],
)
def test_a_file_that_is_none_is_told_of_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x_vld.jsonl"
    path.write_text(text)
    with pytest.raises(FormatError, match=told):
        read(path)


def test_windows_that_share_five_entries_are_of_one_household() -> None:
    one, overlapping, chained, other = days(0), days(4), days(8), days(0, control=9)
    names = households([one, overlapping, chained, other])
    assert len({*names[:3]}) == 1
    assert names[3] not in names[:3]
    assert without_the_households([overlapping, chained, other], [one]) == [other]


def test_only_windows_that_hold_what_is_asked_are_left_out() -> None:
    judged = days(4)
    holds, ends_before = days(8), days(3)
    assert without_the_asked([holds, ends_before], [judged]) == [ends_before]


def test_the_calibration_error_is_how_far_the_probabilities_are_from_the_hits() -> None:
    hits = np.tile([1.0, 0.0], 50)
    assert calibration_error(np.full(100, 0.5), hits) == 0
    assert calibration_error(np.full(100, 0.8), hits) == pytest.approx(0.3)
