"""A bundle where nothing can be written: it is served all the same; the state database is elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import layered
import pyarrow as pa
import pytest

from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn

FLIGHTS = Turn(user="ann", time=layered.MONDAY, text="Turn on the kitchen flights")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return layered.bundle(tmp_path / "media" / "bundle")


def written(folder: Path) -> dict[Path, int]:
    """Return when each file and folder was changed; a folder is changed by what is made in it."""
    return {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def test_opening_and_asking_writes_nothing_into_the_bundle(bundle: Path, tmp_path: Path) -> None:
    before = written(bundle.parent)
    layer = Layer.open(bundle, str(tmp_path / "state.db"))
    action = layer.rewrite(FLIGHTS)
    assert action is not None
    assert action.rewrite == "Turn on the kitchen lights"
    layer.observe(FLIGHTS.model_copy(update={"turn": "1", "status": "error"}))
    layer.reload()
    layer.close()
    assert written(bundle.parent) == before


READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 77; exec "$@"'
"""Runs a command in a mount namespace of its own, in which a folder is read-only."""
TRY = "from sayagain.cli.app import main; main()"


def on_read_only_media(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of sayagain where a folder is read-only, for whoever runs it."""
    command = ["unshare", "--mount", "sh", "-c", READ_ONLY, folder, sys.executable, "-c", TRY, *arguments]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        pytest.skip("unshare is not here")
    if "unshare failed" in done.stderr or done.returncode == 77:
        pytest.skip("this user may mount nothing")
    return done


def test_who_is_erased_where_the_bundle_is_on_read_only_media_is_erased_from_all_else(
    bundle: Path, tmp_path: Path
) -> None:
    state, log = tmp_path / "state.db", Log.create(tmp_path / "log")
    layer = Layer.open(bundle, str(state))
    layer.observe(FLIGHTS)
    layer.close()
    log.append([pa.Table.from_pylist([FLIGHTS.to_row()], Turn.arrow_schema())])
    done = on_read_only_media(
        bundle.parent, "log", "erase-user", log.path, "ann", "--state", state, "--bundle", bundle, "--json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    erased = json.loads(done.stdout)["erased"]
    assert (erased["turns in the log"], erased["user profiles"]) == (1, 1)
    assert not log.files()


def test_a_bundle_on_read_only_media_is_asked(bundle: Path, tmp_path: Path) -> None:
    asked = ("try", FLIGHTS.text, "--bundle", bundle)
    done = on_read_only_media(bundle.parent, *asked, "--state", tmp_path / "state.db")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Turn on the kitchen lights" in done.stdout


def test_the_state_database_must_then_be_elsewhere(bundle: Path) -> None:
    done = on_read_only_media(bundle.parent, "try", FLIGHTS.text, "--bundle", bundle)
    assert done.returncode == 2
    assert "cannot be opened. Check --state (unable to open database file): it must be where files" in done.stderr
    assert "Traceback" not in done.stderr
