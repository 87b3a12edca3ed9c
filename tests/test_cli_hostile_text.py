"""What people say, and what logs hold, acts on no terminal and runs in no spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from sayagain.bundle.bundle import publish
from sayagain.bundle.manifest import Figures, LearnedFrom, RecordedSettings
from sayagain.cli import app
from sayagain.cli.console import PLAIN_STYLE, UNSHOWN, PlainConsole, escaped
from sayagain.cli.tables import pairs
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite
from sayagain.text.spreadsheet import FORMULA, cell

HOSTILE = ["\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\x7f", "\u202e", "\u2066", "\u061c", "\u2028", "\0"]
"""Clears the screen, renames the window, colours, deletes; turns the order of what follows; ends lines; ends text."""
OWN_STYLE = re.compile(r"\x1b\[[\d;]*m")
texts = st.text() | st.lists(st.sampled_from([*HOSTILE, "stop", "\n", "👩🏽‍🚀", "שלום"])).map("".join)


@given(texts)
def test_escaped_text_acts_on_nothing_and_means_the_same_in_json(text: str) -> None:
    assert not UNSHOWN.search(escaped(text))
    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text
    if not UNSHOWN.search(text):
        assert escaped(text) == text


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_that_is_printed_acts_on_a_terminal(hostile: str, terminal: bool) -> None:
    table = Table("text", title=f"a title {hostile}")
    for each in (f"stop{hostile}", Text(f"stop{hostile}", style="bold")):
        table.add_row(each)
    console = PlainConsole(file=io.StringIO(), force_terminal=terminal, width=100, **PLAIN_STYLE)
    for each in (f"stop{hostile}", Text(f"stop{hostile}"), table, pairs(hostile, {f"a{hostile}": f"b{hostile}"})):
        console.print(each, style="red")
    console.print_json(json.dumps({"text": f"stop{hostile}"}))
    assert isinstance(console.file, io.StringIO)
    printed = OWN_STYLE.sub("", console.file.getvalue())
    assert not UNSHOWN.search(printed)
    assert json.loads(printed[printed.index("{") :]) == {"text": f"stop{hostile}"}
    assert printed.count("stop") == 5


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["sayagain", *map(str, arguments)])
    with pytest.raises(SystemExit):
        app.main()


def test_no_command_about_a_log_acts_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "".join(each for each in HOSTILE if each != "\0")
    heard = {"asr": [{"text": f"x{bad}"}], "response": bad, "status": bad, "action": bad}
    meant = {"interpretation": {"domain": bad, "intent": bad, "slots": {bad: bad}}, "feedback": {"comment": bad}}
    turn = {"time": "2026-01-31T12:00:00Z", "user": f"eve{bad}", "session": f"s{bad}", "device": bad, "text": bad}
    row = Turn.model_validate({**turn, **heard, **meant}).to_row()
    log = Log.create(tmp_path / "log")
    log.append([pa.Table.from_pylist([row], Turn.arrow_schema())])
    where = tmp_path / "log"
    for arguments in (["show", where], ["show", where, f"s{bad}"], ["show", where, bad], ["stats", where]):
        for more in ([], ["--json"]):
            run(monkeypatch, "log", *arguments, *more)
    run(monkeypatch, "log", "erase-user", where, bad)
    run(monkeypatch, "import", tmp_path / f"none{bad}", "--into", where, "--format", "jsonl")
    printed = capsys.readouterr()
    assert "u001b[2J" in printed.out
    assert "u202e" in printed.err
    assert not UNSHOWN.search(printed.out + printed.err)


def rewrite(text: str) -> Rewrite:
    return Rewrite(
        id="0123abcd", source=text, target=text, target_state=text, path=[text, text], people=9, visits=50,
        target_visits=90, own=0.1, success=0.95, score=0.8, lift=-0.85, lift_low=-0.7, lift_high=0.9,
    )  # fmt: skip


@pytest.mark.parametrize("first", FORMULA)
def test_no_exported_cell_is_a_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    nothing: dict[str, Any] = {"prevalence": 0.25, "families": {}}
    facts = {"learned_from": LearnedFrom(), "settings": RecordedSettings(), "figures": Figures()}
    formula = f'{first}HYPERLINK("http://eve.example")'
    publish(tmp_path / "bundle", [rewrite(formula)], nothing, created=datetime.now(UTC), **facts)  # type: ignore[arg-type]
    run(monkeypatch, "rewrites", "export", "--bundle", tmp_path / "bundle", "--to", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["source"], row["target"]) == (f"'{formula}", f"'{formula}")
    assert row["path"].startswith("'")
    assert row["lift"] == "-0.85"


@given(texts)
def test_text_that_is_no_formula_is_exported_as_it_is(text: str) -> None:
    assert cell(text) in (text, f"'{text}")
    assert (cell(text) == text) == (text[:1] not in FORMULA or not text)
