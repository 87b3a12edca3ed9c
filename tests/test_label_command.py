"""``sayagain label``: what it prints, what it asks, and what it says of a mistake."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from failing import log
from test_labels import turns

from sayagain.cli import app as cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sayagain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the console command in this process, with what is typed."""

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sayagain", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return run


def test_a_log_is_labelled_checked_and_learned_from(sayagain: Run, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    log(tmp_path, turns())
    asked = ["label", str(tmp_path / "log"), "--out", str(tmp_path / "labels"), "--precision", "0", "--json"]
    code, out, _ = sayagain(*asked, "--retrain", str(tmp_path / "model"))
    assert code == 0
    found = json.loads(out)
    assert found["turns"] == 40
    assert 0 < found["labels"] <= 40
    assert (tmp_path / "model" / "understander.onnx").exists()
    code, out, _ = sayagain(*asked[:-1], "--sample", "2", typed="a\nc\nkitchen.cook|what=cake\ny\n")
    assert code == 0
    assert "1 of 2" in out
    answers = json.loads((tmp_path / "labels" / "review.json").read_text(encoding="utf8"))
    assert [each["right"] for each in answers] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--format", "spss"], "There is no format spss"),
        (["--sample", "0"], "Invalid value for '--sample'"),
        (["--precision", "95"], "Invalid value for '--precision'"),
    ],
)
def test_what_is_not_understood_is_said(sayagain: Run, tmp_path: Path, arguments: list[str], why: str) -> None:
    log(tmp_path, turns())
    code, _, err = sayagain("label", str(tmp_path / "log"), "--out", str(tmp_path / "labels"), *arguments)
    assert code == 2
    assert why in err


def test_no_log_is_one_message(sayagain: Run, tmp_path: Path) -> None:
    code, _, err = sayagain("label", str(tmp_path / "none"), "--out", str(tmp_path / "labels"))
    assert code == 2
    assert "There is no log" in err


def test_a_log_that_tells_no_intents_is_told_what_it_lacks(sayagain: Run, tmp_path: Path) -> None:
    log(tmp_path, (each.model_copy(update={"interpretation": None}) for each in turns()))
    code, out, _ = sayagain("label", str(tmp_path / "log"), "--out", str(tmp_path / "labels"))
    assert code == 0
    assert "the log tells no intents" in " ".join(out.split())
    assert "--map interpretation.intent=" in out
