"""The working directory of learning: what a killed run finished is kept, what it half removed is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sayagain.learning.checkpoint import Checkpoint


def fill(folder: Path) -> None:
    for name in "ab":
        (folder / name).write_text(name)


def names(work: Checkpoint) -> set[str]:
    """Return the files of a stage, which is run where no earlier run finished it."""
    return {file.name for file in work.directory("index", fill).iterdir()}


def killed(path: Path, **_: object) -> None:
    """Remove one file of all that was to be removed, then end."""
    next(file for file in sorted(path.rglob("*")) if file.is_file()).unlink()
    raise KeyboardInterrupt


CUT_SHORT: dict[str, Callable[[Path], object]] = {
    "by the run that is done with them": lambda folder: Checkpoint(folder, "log").done(),
    "by a run over another log": lambda folder: Checkpoint(folder, "another log"),
}


@pytest.mark.parametrize("removed", CUT_SHORT)
def test_stages_whose_removal_was_cut_short_are_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: str
) -> None:
    folder = tmp_path / "work"
    assert names(Checkpoint(folder, "log")) == {"a", "b"}
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda path, **_: killed(path) if any(path.rglob("[ab]")) else None)
        with pytest.raises(KeyboardInterrupt):
            CUT_SHORT[removed](folder)
    assert names(Checkpoint(folder, "log")) == {"a", "b"}
    Checkpoint(folder, "log").done()
    assert not folder.exists()
