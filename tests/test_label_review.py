"""Reviews of labels: what people answer stays while their turns do, and has the form of a meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import typer
from failing import log, said
from test_labels import DONE, turns

from sayagain.cli import label_review
from sayagain.cli.label_review import FORM, Names
from sayagain.labels.label import Label
from sayagain.learning.label_files import Asked, label_log, labels_in, parts_of
from sayagain.learning.label_plan import LABELS
from sayagain.learning.label_review import remember
from sayagain.log.store import Log
from sayagain.schema import Turn

EVERY = Asked(precision=0.0)


def by_turn(to: Path) -> dict[str, Label]:
    return {each.turn: each for part in parts_of(to) for each in labels_in(part)}


def corrected(made: Log, to: Path, *corrections: str) -> None:
    label_log(made, to, Asked(precision=0.0, formats=("csv",)))
    found = by_turn(to)
    remember(to, [(found[turn], False, "kitchen.cook|what=cake") for turn in corrections])


def test_answers_stay_when_a_log_grows(tmp_path: Path) -> None:
    made, to = log(tmp_path, turns()), tmp_path / "labels"
    corrected(made, to, "own")
    later = said("later", "open the garage door", 30 * 86_400.0, **DONE)
    made.append([pa.Table.from_pylist([later.to_row()], Turn.arrow_schema())])
    summary = label_log(made, to, EVERY)
    assert (summary.kept_answers, summary.notes.dropped_answers) == (1, 0)
    assert {each.turn: each.intent for each in labels_in(to / LABELS)}["own"] == "cook"


def test_answers_about_somebody_who_was_erased_go_and_so_does_what_was_exported(tmp_path: Path) -> None:
    made, to = log(tmp_path, turns()), tmp_path / "labels"
    corrected(made, to, "own", "ben-3")
    (tmp_path / "without").mkdir()
    smaller = log(tmp_path / "without", (each for each in turns() if each.user != "ann"))
    summary = label_log(smaller, to, EVERY)
    assert (summary.kept_answers, summary.notes.dropped_answers) == (1, 1)
    assert [each["turn"] for each in json.loads((to / "review.json").read_text(encoding="utf8"))] == ["ben-3"]
    assert "ann-" not in (to / "labels.csv").read_text(encoding="utf8")  # written again, though nobody asked


@pytest.mark.parametrize(
    "meant", ["open", "open|", "open|name=hall", "home.open|name=hall;floor=two", "HassTurnOn|a=b"]
)
def test_a_meaning_has_an_intent_and_slots_with_values(meant: str) -> None:
    assert FORM.fullmatch(meant)


@pytest.mark.parametrize(
    "meant", ["blah blah|||==", "|name=hall", "open|name", "open|=hall", "open|name=", "a=b", "a|b|c"]
)
def test_what_has_not_this_form_is_no_correction(meant: str) -> None:
    assert not FORM.fullmatch(meant)


def test_what_the_log_has_no_name_for_is_asked_about_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    typed: Iterator[str] = iter(["blah|||==", "opne|name=hall", "open|name=hall"])
    doubts: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        doubts.append(question)
        return False

    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(typed))
    monkeypatch.setattr(typer, "confirm", confirm)
    assert label_review._correction(Names({"open"}, {"name"})) == "open|name=hall"
    assert len(doubts) == 1
    assert "intent opne" in doubts[0]
