"""``sayagain failures`` and its part of ``sayagain report``: what they print, and what they say of a mistake."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from failing import log, reading, said, table
from layered import LEARNED, NOTHING

from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.manifest import Failures
from sayagain.cli import app as cli
from sayagain.failures.causes import Cause
from sayagain.failures.totals import tells_of_waking
from sayagain.failures.turns import read_turns
from sayagain.learning import reading as reading_of_log
from sayagain.learning.failure_figures import failure_figures
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.turn import Hypothesis

WIDTH = 100
LOST = {"status": "error", "response": "Sorry, I didn't understand that."}
SECRET = "marzipan"
"""What one person speaks of, and nobody else shall hear of."""

Run = Callable[..., tuple[int, str, str]]


def told() -> Iterator[tuple[Turn, dict[str, Any]]]:
    """Three people are misheard alike and put it right; one of them also asks for what nobody else does."""
    for at, person in enumerate(("ann", "ben", "cem")):
        first, second, begun = f"{person}1", f"{person}2", 86_400 * at
        yield (
            said(first, "open the garbage door", begun, user=person, device="hall", **LOST),
            reading(first, "asr", 0.95, said_again_by=second, p_said_again=0.9, p_goal_met=1.0),
        )
        done = {"interpretation": {"intent": "open", "slots": {"name": "garage door"}}, "status": "ok"}
        yield (
            said(second, "open the garage door", begun + 9, user=person, device="hall", **done),
            reading(second, p_goal_start=0.0),
        )
        asked = said(f"{person}3", "make me a sandwich", begun + 4000, user=person, device="kitchen", **LOST)
        yield asked, reading(asked.turn, p_unsupported=0.9, p_goal_met=0.0)
    yield (
        said("own", f"play {SECRET}", 9000, device="kitchen", **LOST),
        reading("own", "nlu", 0.95, p_goal_met=0.0),
    )
    secret = said("dear", f"bake {SECRET}", 20_000, device="kitchen", **LOST)
    yield secret, reading("dear", p_unsupported=0.9)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log, in a directory that is the working directory; its readings are those made by hand."""
    turns, readings = zip(*told(), strict=True)
    log(tmp_path, turns)
    made = table(readings)

    def read(log: Log, model: Path | None, done: Callable[[int], None], stage: Callable[[str], None]) -> pa.Table:
        done(len(turns))
        return made

    monkeypatch.setattr(reading_of_log, "read_log", read)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sayagain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the console command in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sayagain", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        shown = capsys.readouterr()
        return int(end.value.code or 0), shown.out, shown.err

    return run


def test_failures_are_shown_in_totals_by_cause_and_with_what_is_unsupported(where: Path, sayagain: Run) -> None:
    code, out, err = sayagain("failures", "log")
    assert (code, err) == (0, "")
    lines = [line.rstrip() for line in out.splitlines()]
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[0] == "About 4 goals, 70% of them met in the end"
    assert any(line.split() == ["ASR", "3", "27.3%"] for line in lines)
    assert any(line.startswith("hall ") for line in lines)
    assert any(line.startswith("2026-03-02 ") for line in lines)
    assert '"open the garage door" heard as "open the garbage door"' in out
    assert any(line.split()[:2] == ["3", "3"] and "make me a sandwich" in line for line in lines)
    assert SECRET not in out
    assert "Not shown: 1 failure with a cause that fewer than 3 people met" in out
    assert "Not shown: 1 that fewer than 3 people said" in out


def test_a_household_alone_is_shown_everything(where: Path, sayagain: Run) -> None:
    _, out, _ = sayagain("failures", "log", "--min-people", "1")
    assert f'"play {SECRET}" not understood' in out
    assert f"bake {SECRET}" in out
    assert "Not shown" not in out


def test_tables_are_cut_where_asked(where: Path, sayagain: Run) -> None:
    _, out, _ = sayagain("failures", "log", "--min-people", "1", "--most", "1")
    assert "… and 1 cause more" in out
    assert "… and 1 request more" in out
    assert "… and 1 device more" in out


def test_json_has_every_table_in_a_stable_order(where: Path, sayagain: Run) -> None:
    _, out, _ = sayagain("failures", "log", "--json")
    facts = json.loads(out)
    assert list(facts) == ["goals", "met", "totals", "causes", "unsupported", "notes"]
    assert [row["by"] for row in facts["totals"][:2]] == ["all", "intent"]
    assert facts["causes"][0] | {"saved": 0} == {
        **{"stage": "asr", "what": "open the garbage door", "became": None, "instead": "open the garage door"},
        **{"forms": 1, "saved": 0, "turns": 3, "people": 3, "example": "cem1"},
    }
    assert SECRET not in out
    assert sayagain("failures", "log", "--json")[1] == out


def test_what_is_not_shown_and_what_the_log_cannot_show_is_said(where: Path, sayagain: Run) -> None:
    notes = json.loads(sayagain("failures", "log", "--json")[1])["notes"]
    assert [note.split(",")[0].split(" (")[0] for note in notes] == [
        "Rows without an example sum up what fewer than 3 people met or said; for a household alone: --min-people 1",
        "The log does not tell of waking",
    ]
    assert len(json.loads(sayagain("failures", "log", "--json", "--min-people", "1")[1])["notes"]) == 1
    assert "The log does not tell of waking" in sayagain("failures", "log")[1]
    woken = [said("w", "lights", trace=[{"stage": "wake", "output": "hey_jarvis"}])]
    log(where / "waking", woken)
    read = read_turns(Log.open(where / "waking" / "log").turns(connect(where / "spill")), table([reading("w")]))
    assert tells_of_waking(read)


def test_a_turn_is_explained(where: Path, sayagain: Run) -> None:
    _, out, _ = sayagain("failures", "log", "--turn", "ben1", "--turn", "ben3", "--turn", "ben2")
    assert "turn ben1, 2026-03-03 18:00:00 UTC: failed first at ASR" in out
    assert "reading    ASR 0.95" in out
    assert 'because    said again 9 s later with "garage" in the place of "garbage"' in out
    assert "turn ben3, 2026-03-03 19:06:40 UTC: no assistant here does this; no failure" in out
    assert "turn ben2, 2026-03-03 18:00:09 UTC: went well" in out


def test_turns_are_explained_in_the_order_asked_for_and_as_json(where: Path, sayagain: Run) -> None:
    _, out, _ = sayagain("failures", "log", "--turn", "own", "--turn", "ann1", "--json")
    first, second = json.loads(out)
    assert [first["turn"], first["outcome"], second["turn"], second["outcome"]] == ["own", "nlu", "ann1", "asr"]
    assert list(first["evidence"][0]) == ["name", "speaks_for", "sentence"]


def test_every_failed_turn_is_written_with_why(where: Path, sayagain: Run) -> None:
    code, _, _ = sayagain("failures", "log", "--out", "failed.jsonl")
    points = [json.loads(line) for line in (where / "failed.jsonl").read_text().splitlines()]
    assert code == 0
    assert {point["turn"]: point["outcome"] for point in points} == {
        **dict.fromkeys(("ann1", "ben1", "cem1"), "asr"),
        "own": "nlu",
    }
    assert all(point["evidence"] for point in points)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "There is no log at nowhere. Make one with: sayagain import FILE --into nowhere"),
        (["empty"], "The log at empty holds no turns. Import some with: sayagain import"),
        (["log", "--turn", "x"], "There is no turn x in log. Identifiers are in: sayagain log show log SESSION --json"),
        (["log", "--out", "no/where"], "no/where cannot be written: No such file or directory. Name another file"),
    ],
)
def test_a_mistake_ends_in_one_message(where: Path, sayagain: Run, arguments: list[str], message: str) -> None:
    (where / "empty").mkdir()
    code, out, err = sayagain("failures", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"sayagain: {message}")
    assert err.count("\n") == 1


def test_a_model_that_is_not_there_is_told(where: Path, sayagain: Run) -> None:
    code, _, err = sayagain("failures", "log", "--model", "nowhere.onnx")
    assert code == 2
    assert "nowhere.onnx" in err


def test_what_people_say_acts_on_no_terminal(
    where: Path, sayagain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sly = said("sly", "say [bold]x[/] \x1b[2J", 0, **LOST)
    log(tmp_path / "other", [sly])
    only = table([reading("sly", "nlu")])
    monkeypatch.setattr(reading_of_log, "read_log", lambda log, model, done, stage: only)
    _, out, _ = sayagain("failures", "other/log", "--turn", "sly")
    assert "say [bold]x[/] \\u001b[2J" in out


# The part of a report


@pytest.mark.parametrize("heard", [True, False])
def test_the_figures_of_a_log_are_in_the_manifest_and_the_report_shows_them(
    where: Path, tmp_path: Path, sayagain: Run, heard: bool
) -> None:
    turns, readings = zip(*told(), strict=True)
    at = where if not heard else tmp_path / "voice"
    if heard:
        log(at, [each.model_copy(update={"asr": [Hypothesis(text=each.text, score=0.9)]}) for each in turns])
    found = failure_figures(Log.open(at / "log").turns(connect(tmp_path / "spill")), table(readings), 3)
    mended = f'"open the garage door" {"heard" if heard else "written"} as "open the garbage door"'
    assert found.unsupported == 4
    assert found.mend == (mended,)
    assert SECRET not in found.model_dump_json()

    publish(tmp_path / "bundle", [], NOTHING, **LEARNED, failures=found)
    assert Bundle.open(tmp_path / "bundle").manifest.failures == found
    code, out, err = sayagain("report", "bundle")
    assert (code, err) == (0, "")
    assert "About 4 goals, 70% of them met in the end; requests failed first at" in out
    assert "\n  ASR 3 (27.3%), " in out
    assert "4 requests for what no assistant here does, which are no failures" in out
    assert f"Mend first\n  {mended}" in out
    assert len(turns) == found.turns


def test_a_report_of_a_log_that_was_not_read_says_nothing_of_failures(tmp_path: Path, sayagain: Run) -> None:
    publish(tmp_path / "bundle", [], NOTHING, **LEARNED)
    assert Bundle.open(tmp_path / "bundle").manifest.failures is None
    assert "failed first" not in sayagain("report", str(tmp_path / "bundle"))[1]


def test_a_report_without_goals_and_causes_is_whole(tmp_path: Path, sayagain: Run) -> None:
    nothing = Failures(turns=0, goals=0.0, met=0.0, first={"asr": 0.0}, unsupported=0)
    publish(tmp_path / "bundle", [], NOTHING, **LEARNED, failures=nothing)
    out = sayagain("report", str(tmp_path / "bundle"))[1]
    assert "Requests failed first at\n  ASR 0 (0.0%)\n" in out
    assert "Mend first" not in out


def test_a_cause_has_a_key_that_does_not_name_what_was_heard_where_it_is_known_what_was_said() -> None:
    heard = Cause("asr", "hall like", None, "hall light"), Cause("asr", "whole light", None, "hall light")
    assert heard[0].key == heard[1].key
    assert Cause("asr", "hall like", None, None).key != Cause("asr", "whole light", None, None).key
