"""The doctor looks whether everything is in order, says what to do, and ends with 1 where something is not."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from layered import LEARNED, NOTHING
from proposed import proposed

from sayagain.bundle.bundle import publish
from sayagain.cli import app as cli
from sayagain.cli import doctor
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.state import Database
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.switch import turn_off

RUBBED = proposed("dim the lamb", "dim the lamp")

Examine = Callable[..., tuple[int, dict[str, dict[str, Any]]]]


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Examine:
    """Run the doctor; return its exit code, and what it found by name."""

    def run(*arguments: object) -> tuple[int, dict[str, dict[str, Any]]]:
        monkeypatch.setattr(sys, "argv", ["sayagain", "doctor", *map(str, arguments), "--json"])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), {each["name"]: each for each in json.loads(capsys.readouterr().out)}

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of two days."""
    (tmp_path / "turns.csv").write_text("time,user,text\n2026-01-05T08:00:00Z,ann,stop\n2026-01-06T08:00:00Z,ann,go\n")
    ingest([tmp_path / "turns.csv"], "csv", tmp_path / "log", {})
    return tmp_path / "log"


def test_without_anything_named_it_looks_at_the_installation(examine: Examine) -> None:
    code, found = examine()
    assert code == 0
    assert [found[name]["verdict"] for name in ("Python", "models", "disk")] == ["ok"] * 3
    assert "state" not in found


def test_every_shipped_model_has_the_digest_it_was_published_with() -> None:
    """A model that is trained again is listed anew: cd src/sayagain && sha256sum …/model/… > models.sha256."""
    package = Path(str(files("sayagain")))
    listed = {line.partition("  ")[2] for line in (package / doctor.DIGESTS).read_text().splitlines()}
    models = [each for each in package.rglob("*") if each.is_file() and "model" in each.relative_to(package).parts]
    assert listed == {each.relative_to(package).as_posix() for each in models if each.suffix not in (".py", ".pyc")}
    assert doctor._models().verdict == "ok"


def test_a_damaged_model_is_named(examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.onnx").write_bytes(b"half")
    (tmp_path / doctor.DIGESTS).write_text(f"{'0' * 64}  model/a.onnx\n")
    monkeypatch.setattr(doctor, "files", lambda _: tmp_path)
    code, found = examine()
    assert (code, found["models"]["verdict"]) == (1, "wrong")
    assert found["models"]["found"] == "model/a.onnx is missing or damaged"


def test_an_extra_that_is_not_installed_is_no_fault(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayagain.extras.brought", lambda: {None: ("numpy",), "train": ("numpy", "nowhere")})
    code, found = examine()
    assert (code, found["extra train"]["verdict"]) == (0, "absent")
    assert found["extra train"]["found"].endswith("without nowhere")
    assert "pip install 'sayagain[train]'" in found["extra train"]["remedy"]
    monkeypatch.setattr("sayagain.extras.brought", lambda: {None: ("nowhere",)})
    code, found = examine()
    assert (code, found["Python"]["verdict"]) == (1, "wrong")


def test_days_are_counted_as_the_statistics_of_the_log_do(examine: Examine, tmp_path: Path) -> None:
    """Old months are rolled up to one folder, whatever days are in it."""
    rows = "".join(f"2024-03-{day:02d}T09:00Z,stop\n" for day in range(1, 13))
    (tmp_path / "t.csv").write_text("time,text\n" + rows)
    ingest([tmp_path / "t.csv"], "csv", tmp_path / "log")
    assert [file.parent.name for file in Log.open(tmp_path / "log").files()] == ["day=2024-03"]
    assert examine("--log", tmp_path / "log")[1]["log"]["found"].endswith("12 turns of 12 days")


def test_a_whole_log_is_counted_and_a_damaged_file_named(examine: Examine, log: Path) -> None:
    code, found = examine("--log", log)
    assert (code, found["log"]["found"]) == (0, f"{log}: 2 turns of 2 days")
    file = sorted(log.glob("day=*/*.parquet"))[0]
    file.write_bytes(file.read_bytes()[:50])
    code, found = examine("--log", log)
    assert (code, found["log"]["verdict"]) == (1, "wrong")
    assert str(file) in found["log"]["found"]


@pytest.mark.parametrize("asked", [["nowhere"], ["--log", "nowhere"]], ids=" ".join)
def test_what_is_asked_about_and_not_there_is_wrong(
    examine: Examine, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, found = examine(*asked)
    assert code == 1
    assert [each["found"].split()[-2:] for each in found.values() if each["verdict"] == "wrong"] == [["at", "nowhere"]]
    assert not list(tmp_path.iterdir()), "the doctor makes nothing"


def test_it_says_who_writes_to_the_state(examine: Examine, state: str) -> None:
    database = Database.open(state)
    code, found = examine("--state", state)
    assert (code, found["state"]["verdict"]) == (0, "ok")
    assert found["state"]["found"].endswith("opens; nobody writes to it")
    database.lock.acquire()
    assert f"process {os.getpid()} on " in examine("--state", state)[1]["state"]["found"]
    database.lock.release()
    assert examine("--state", state)[1]["state"]["found"].endswith("nobody writes to it")


def test_a_layer_that_is_switched_off_is_not_in_order(examine: Examine, state: str) -> None:
    turn_off(Database.open(state), "it calls the wrong people")
    code, found = examine("--state", state)
    assert (code, found["state"]["verdict"], found["switch"]["verdict"]) == (1, "ok", "wrong")
    assert "it calls the wrong people. Turn it on again with: sayagain switch on" in found["switch"]["found"]


def test_it_says_that_another_process_writes(examine: Examine, tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    Database.open(str(file))
    with FileLock(f"{file}.lock"):
        assert examine("--state", file)[1]["state"]["found"].endswith("another process writes to it")


def test_a_state_database_that_is_none_is_wrong(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("no database at all, but long enough to be taken for one of some pages" * 20)
    code, found = examine("--state", tmp_path / "state.db")
    assert (code, found["state"]["verdict"]) == (1, "wrong")
    assert examine("--state", "telegraph://x")[1]["state"]["verdict"] == "wrong"


def test_little_room_on_the_disk_is_wrong(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 5, 5))
    code, found = examine()
    assert (code, found["disk"]["verdict"]) == (1, "wrong")


def test_rewrites_that_the_state_database_never_heard_of_are_told(examine: Examine, tmp_path: Path, state: str) -> None:
    bundle = tmp_path / "bundle"
    publish(bundle, [RUBBED], NOTHING, **LEARNED)
    assert examine(bundle)[1]["rewrites"]["verdict"] == "absent"
    database = Database.open(state)
    with database.session() as session:
        session.connection()
    code, found = examine(bundle, "--state", state)
    assert (code, found["rewrites"]["found"].split(":")[0]) == (1, "1 of the bundle's rewrites are not in use")
    Lifecycle(database).receive([RUBBED], review=False)
    assert examine(bundle, "--state", state)[0] == 0
