"""A log that was read before: who learns from it again goes on from the stages that were kept of it.

Reading a log is nearly all that learning from a small one takes. Where a test is about what comes after it (what is
mined, published, decided or said), it goes on from the stages that a run left which was killed before it mined: to go
on from them gives the same as to begin again (``test_learn.py``).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sayagain.bundle.layout import WORK
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.counting import Counts
from sayagain.learning.log_tables import LogTables
from sayagain.learning.mining import mine
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.learning.stages import Run, count
from sayagain.log.anonymity import Public
from sayagain.log.store import Log
from sayagain.schema.rewrite import Rewrite


class Killed(BaseException):
    """What ends a run of learning."""


def killed(*_: object, **__: object) -> Counts:
    """Stand in for what a run of learning is killed in."""
    raise Killed


def read(log: Path, bundle: Path, settings: Settings | None = None) -> Path:
    """Read a log to learn from it, and be killed before anything is mined; return ``bundle``: it has no version."""
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr("sayagain.learning.mining.solve", killed)
        with pytest.raises(Killed):
            learn(log, bundle, settings or Settings())
    assert not (bundle / "current").exists()
    return bundle


def go_on(read_before: Path, bundle: Path) -> Path:
    """Lay what was read of a log beside ``bundle``: who learns it from that log, or an exact copy, goes on from there.

    What was read serves those who learn with the same settings as far as reading knows them (``--min-people`` and what
    words are sensitive): the others begin again.
    """
    shutil.copytree(read_before / WORK, bundle / WORK)
    return bundle


def keep_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs of learning leave their stages, as one does that is killed when it has published: the next goes on."""
    monkeypatch.setattr(Checkpoint, "done", lambda checkpoint: None)


def mined(log: Path, work: Path, settings: Settings | None = None) -> list[Rewrite]:
    """Return the rewrites that learning would publish of a log, and those refused, without all else of a bundle."""
    settings = settings or Settings()
    checkpoint = Checkpoint(work, "rewrites alone")
    counts = count(Run(LogTables(Log.open(log), checkpoint.spill, settings), checkpoint))
    public = Public.of(counts.public)
    return [rewrite for rewrite in mine(counts, settings)[1] if public.allows(rewrite)]
