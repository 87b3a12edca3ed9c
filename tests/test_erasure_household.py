"""Erasing a person and what a household learned: it goes, but for what was surely learned without this person."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sayagain.bundle.bundle import Bundle
from sayagain.cli import app as cli
from sayagain.errors import LogError
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.retention import retain
from sayagain.log.store import Log
from sayagain.online.erasure.offline import forget
from sayagain.online.layer import Layer
from sayagain.schema import Turn


def said(text: str, user: str, time: datetime) -> dict[str, Any]:
    return Turn(text=text, user=user, time=time).to_row()


def household(folder: Path) -> tuple[Log, Path]:
    """The log of ann and bob, and what was learned from it for their household."""
    log, bundle = Log.create(folder / "log"), folder / "bundle"
    rows = [
        said(text, user, datetime(2026, 1, day, minute=minute, tzinfo=UTC))
        for user in ("ann", "bob")
        for day in (5, 6)
        for minute, text in enumerate(("play jass", "play jazz"))
    ]
    log.append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
    learn(log.path, bundle, Settings(min_people=1))
    return log, bundle


def test_erasing_nobody_leaves_what_a_household_learned(tmp_path: Path) -> None:
    log, bundle = household(tmp_path)
    for _ in range(2):
        receipt = forget(log, "annna", bundle=bundle)
        assert receipt.notes[0].startswith("Nobody of this name was found")
        assert not Bundle.open(bundle).manifest.emptied
    receipt = forget(log, "ann", bundle=bundle)
    assert Bundle.open(bundle).manifest.emptied
    assert f"sayagain learn {log.path} --out {bundle} --min-people 1" in " ".join(receipt.notes)


def test_what_was_learned_from_another_log_stays_where_that_has_nobody_of_the_name(tmp_path: Path) -> None:
    _, bundle = household(tmp_path / "learned")
    served_log, _ = household(tmp_path / "served")
    served_log.append(
        [pa.Table.from_pylist([said("hello", "zoe", datetime(2026, 1, 7, tzinfo=UTC))], Turn.arrow_schema())]
    )
    forget(served_log, "zoe", bundle=bundle)
    assert not Bundle.open(bundle).manifest.emptied


@pytest.mark.parametrize("lost", ["erased before", "let go of with age", "moved away"])
def test_what_a_log_may_have_lost_since_is_erased_for_certain(tmp_path: Path, lost: str) -> None:
    log, bundle = household(tmp_path)
    if lost == "erased before":
        forget(log, "ann")
    elif lost == "let go of with age":
        assert retain(log, 1.0, datetime(2026, 1, 6, 12, tzinfo=UTC)) == 4
    else:
        log.path.rename(tmp_path / "elsewhere")
        log = Log.create(tmp_path / "log 2")
    forget(log, "ann", bundle=bundle)
    assert Bundle.open(bundle).manifest.emptied


def test_the_state_beside_a_bundle_that_is_named_is_reached_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, bundle = household(tmp_path)
    with closing(Layer.open(bundle)) as layer:
        layer.teach("ann", "by my lamp I mean the desk lamp")
        assert layer.preferences("ann", datetime(2026, 1, 7, tzinfo=UTC))
    monkeypatch.setattr(sys, "argv", ["sayagain", "log", "erase-user", str(log.path), "ann", "--bundle", str(bundle)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert (end.value.code, "preferences" in capsys.readouterr().out) == (0, True)
    with closing(Layer.open(bundle)) as layer:
        assert not layer.preferences("ann", datetime(2026, 1, 7, tzinfo=UTC))


def test_a_folder_that_is_no_log_is_left_as_it_is(tmp_path: Path) -> None:
    _, bundle = household(tmp_path)
    before = sorted(bundle.rglob("*"))
    with pytest.raises(LogError, match="is no log: it holds"):
        Log.open(bundle)
    assert sorted(bundle.rglob("*")) == before
