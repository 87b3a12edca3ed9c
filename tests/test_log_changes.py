"""Learning from a log that a service changes meanwhile: what is added is not seen, what is erased is not learned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from errno import EXDEV
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sayagain.errors import BundleError, LogError
from sayagain.learning import log_tables, pipeline
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.retention import erase_person
from sayagain.log.store import Log
from sayagain.schema import Turn

PEOPLE = 8
BORNE = 2
"""How many changes are borne here: each is a log that is read once more, and one shows less than several."""


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


@pytest.fixture
def borne(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "CHANGES_BORNE", BORNE)


@pytest.mark.usefixtures("borne")
def test_learning_begins_again_where_somebody_is_erased_meanwhile(log: Log, tmp_path: Path) -> None:
    left = list(range(BORNE))

    def stage(name: str) -> None:
        if name == "judging turns" and left:
            assert erase_person(log, f"user {left.pop()}".__eq__).turns == 2

    learned = learn(log.path, tmp_path / "bundle", Settings(spans=False), stage)
    assert not left
    assert learned.bundle.name == "000001"
    manifest = (learned.bundle / "manifest.json").read_text()
    assert f'"users": {PEOPLE - BORNE}' in manifest


@pytest.mark.parametrize(("same_disk", "small"), [(True, False), (False, False), (False, True)])
def test_learning_reads_the_log_as_it_was_at_the_beginning_or_begins_again(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_disk: bool, small: bool
) -> None:
    """A service moves turns into the log every few minutes, and files of a crowded day are replaced by one."""
    reads: list[str] = []

    def stage(name: str) -> None:
        if name == "reading the log, comparing neighbours":
            reads.append(name)
            if len(reads) == 1:
                one = Turn(turn="late", user="latecomer", time=datetime(2026, 1, 5, tzinfo=UTC), text="stop")
                whole = [pq.read_table(file) for file in log.files()]
                for file in log.files():
                    file.unlink()
                log.append([*whole, pa.Table.from_pylist([one.to_row()], Turn.arrow_schema())])

    if not same_disk:
        monkeypatch.setattr(Path, "hardlink_to", no_link)
    if not small:
        monkeypatch.setattr(log_tables, "SMALL_LOG", 0)
    learned = learn(log.path, tmp_path / "bundle", Settings(spans=False), stage)
    manifest = (learned.bundle / "manifest.json").read_text()
    assert (len(reads), f'"users": {PEOPLE}' in manifest) == ((1, True) if same_disk or small else (2, False))
    assert not (tmp_path / "bundle" / ".work").exists()


def test_two_runs_do_not_learn_one_bundle_at_once(log: Log, tmp_path: Path) -> None:
    def stage(name: str) -> None:
        with pytest.raises(BundleError, match="is being learned by another process"):
            learn(log.path, tmp_path / "bundle", Settings(spans=False))

    assert learn(log.path, tmp_path / "bundle", Settings(spans=False), stage).bundle.name == "000001"


def no_link(self: Path, target: Path) -> None:
    raise OSError(EXDEV, "Invalid cross-device link")


@pytest.mark.usefixtures("borne")
def test_a_log_that_changes_all_the_time_is_one_clear_message(log: Log, tmp_path: Path) -> None:
    people = iter(range(PEOPLE))

    def stage(name: str) -> None:
        if name == "judging turns":
            erase_person(log, f"user {next(people)}".__eq__)

    with pytest.raises(LogError, match=r"was changed while it was read\. Run the same command again"):
        learn(log.path, tmp_path / "bundle", Settings(spans=False), stage)
    assert not (tmp_path / "bundle" / "current").exists()
