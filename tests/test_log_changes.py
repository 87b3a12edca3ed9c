"""Learning from a log that a service changes meanwhile: it begins again, or says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from sayagain.errors import LogError
from sayagain.learning.pipeline import CHANGES_BORNE, learn
from sayagain.learning.settings import Settings
from sayagain.log.retention import erase_person
from sayagain.log.store import Log
from sayagain.schema import Turn

PEOPLE = 8


@pytest.fixture
def log(tmp_path: Path) -> Log:
    began = datetime(2026, 1, 5, 8, tzinfo=UTC)
    turns = [
        Turn(
            turn=f"{user} {i}", user=f"user {user}", time=began + timedelta(hours=6 * user + i), text=text, status="ok"
        )
        for user in range(PEOPLE)
        for i, text in enumerate(("play jazz", "stop"))
    ]
    log = Log.create(tmp_path / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    return log


@pytest.mark.parametrize("erasures", [1, CHANGES_BORNE])
def test_learning_begins_again_where_somebody_is_erased_meanwhile(log: Log, tmp_path: Path, erasures: int) -> None:
    left = list(range(erasures))

    def stage(name: str) -> None:
        if name == "judging turns" and left:
            assert erase_person(log, f"user {left.pop()}".__eq__).turns == 2

    learned = learn(log.path, tmp_path / "bundle", Settings(spans=False), stage)
    assert not left
    assert learned.bundle.name == "000001"
    manifest = (learned.bundle / "manifest.json").read_text()
    assert f'"users": {PEOPLE - erasures}' in manifest


def test_a_log_that_changes_all_the_time_is_one_clear_message(log: Log, tmp_path: Path) -> None:
    people = iter(range(PEOPLE))

    def stage(name: str) -> None:
        if name == "judging turns":
            erase_person(log, f"user {next(people)}".__eq__)

    with pytest.raises(LogError, match=r"was changed while it was read\. Run the same command again"):
        learn(log.path, tmp_path / "bundle", Settings(spans=False), stage)
    assert not (tmp_path / "bundle" / "current").exists()
