"""Turns that nothing is learned from are counted, with reasons, where they come in, where it is learned, and after."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sayagain.bundle.bundle import Bundle
from sayagain.cli.app import app
from sayagain.text.normalise import FILLERS, NO_WORDS, NOT_HEARD, TOO_LONG, normalise, why_empty

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
SAID: list[dict[str, Any]] = [
    *({"text": f"turn on lamp {n}"} for n in range(6)),
    *({"text": "write a note about the sea and the hills " * 9} for _ in range(4)),
    *({"text": "🎉🎉"} for _ in range(3)),
    *({"text": ""} for _ in range(2)),
    {"text": "um, uh"},
    {"text": "turn of lamp 1", "layer": {"rewrite": "turn off lamp 1", "source": "precomputed"}},
]
REASONS = {TOO_LONG: 4, NO_WORDS: 3, NOT_HEARD: 2, FILLERS: 1}


def run(*words: str) -> str:
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, done.exception
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("left")
    turns = [
        {"turn": f"t{n}", "user": f"u{n % 4}", "time": (MONDAY + timedelta(hours=n)).isoformat(), **said}
        for n, said in enumerate(SAID)
    ]
    (place / "turns.jsonl").write_text("\n".join(map(json.dumps, turns)), encoding="utf8")
    return place


def test_what_is_not_learned_from_is_counted_from_import_to_report(folder: Path) -> None:
    log, bundle = str(folder / "log"), str(folder / "bundle")
    taken_in = json.loads(run("import", str(folder / "turns.jsonl"), "--into", log, "--json"))
    assert taken_in["not learned from"] == REASONS
    shown = " ".join(run("learn", log, "--out", bundle, "--min-people", "1").split())
    assert "11 requests not learned from: 4 over 300 characters, 3 no words" in shown
    learned = json.loads(run("learn", log, "--out", bundle, "--min-people", "1", "--json"))
    assert learned["left_out"] == REASONS | {"rewritten by the layer": 1}
    assert "11 requests not learned from: 4 over 300" in " ".join(run("report", bundle).split())
    figures = Bundle.open(Path(bundle)).manifest.learned_from
    assert figures.turns is not None
    assert figures.organic == figures.turns - sum(figures.left_out.values()) == 6


@given(st.text(max_size=320))
def test_a_request_is_left_out_exactly_where_it_has_no_normal_form(text: str) -> None:
    assert (why_empty(text) is None) == bool(normalise(text))
