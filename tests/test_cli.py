"""The command line: what it prints, what it says when something is wrong, and what no error may repeat."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from read_before import go_on, keep_what_was_read, read
from rich.console import Console

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import FORMAT, MANIFEST, REFUSED, REWRITES, SIGNALS
from sayagain.cli import app as cli
from sayagain.cli.commands import ELSEWHERE
from sayagain.log.store import Log

SECRET = "marzipan"
"""What people of the household speak of, and nobody else shall hear of."""

WIDTH = 100


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        """Standard output read as strict JSON: no NaN, no Infinity."""
        return json.loads(self.out, parse_constant=no_number)


def no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


Sayagain = Callable[..., Ran]


@pytest.fixture
def sayagain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sayagain:
    """Run the console command in this process."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["sayagain", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Ran(int(end.value.code or 0), *capsys.readouterr())

    return run


def household() -> Iterator[dict[str, Any]]:
    """People who are not understood, and say it again: a rewrite, a sensitive one, and a session with brackets."""
    again = [
        ("find marcipan cake", f"find {SECRET} cake"),
        ("unlock the font door", "unlock the front door"),
        (f"play [red]{SECRET}[/] :fire: sonks", f"play [red]{SECRET}[/] :fire: songs"),
    ]
    for k, (first, second) in enumerate(again):
        for i in range(12):
            who = {"user": f"{SECRET} lover {i} {k}", "session": f"{k}-{i}"}
            begun = f"2026-01-{5 + i % 3:02}T08:{5 * i:02}"
            yield {"time": f"{begun}:00Z", "text": first, "status": "error", "response": f"No {SECRET} here", **who}
            yield {"time": f"{begun}:05Z", "text": second, "status": "ok", "response": "Okay", **who}
            yield {"time": f"{begun}:55Z", "text": second, "status": "ok", "response": "Okay", **who}


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the file of turns, the log and the bundle, made by the real console command."""
    folder = tmp_path_factory.mktemp("household")
    (folder / "turns.jsonl").write_text("".join(json.dumps(turn) + "\n" for turn in household()))
    console(folder, "import", "turns.jsonl", "--into", "log")
    console(folder, "learn", "log", "--out", "bundle")
    return folder


def console(folder: Path, *arguments: str) -> Ran:
    """Run the console command in a process of its own, in a directory."""
    script = [sys.executable, "-c", "from sayagain.cli.app import main; main()", *arguments]
    done = subprocess.run(script, cwd=folder, check=False, capture_output=True, encoding="utf8")
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran


@pytest.fixture
def at(learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that directory, with the working directory in it."""
    copy = Path(shutil.copytree(learned, tmp_path / "household"))
    monkeypatch.chdir(copy)
    return copy


GoOn = Callable[[str], object]


@pytest.fixture(scope="module")
def read_before(learned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of learning from the log leaves that was killed when it had read it."""
    return read(learned / "log", tmp_path_factory.mktemp("killed") / "bundle")


@pytest.fixture
def going_on(read_before: Path, at: Path, monkeypatch: pytest.MonkeyPatch) -> GoOn:
    """Lets the runs that learn a bundle go on from what was read of the log, each of them."""
    keep_what_was_read(monkeypatch)
    return lambda bundle: go_on(read_before, at / bundle)


# What short commands load

LOADED = """
import sys
from sayagain.cli.app import main
try:
    main()
finally:
    print([name for name in sys.stdin.read().split() if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["import", "turns.csv", "--into", "other"], "ibis sqlglot scipy xgboost sqlalchemy onnxruntime rapidfuzz"),
        (["try", "find marcipan cake", "--bundle", "bundle"], "duckdb ibis sqlglot pyarrow.dataset hassil"),
    ],
)
def test_a_short_command_loads_little_and_ends_in_silence(at: Path, arguments: list[str], spared: str) -> None:
    (at / "turns.csv").write_text("time,user,text\n2026-01-05T08:00:00Z,ann,find marcipan cake\n")
    script = [sys.executable, "-c", LOADED, *arguments]
    done = subprocess.run(script, cwd=at, check=True, capture_output=True, encoding="utf8", input=spared)
    assert done.stderr == "[]\n"
    assert done.stdout


# A bundle of before


def test_a_bundle_of_before_is_told_on_stderr_until_it_is_learned_again(
    sayagain: Sayagain, at: Path, going_on: GoOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is printed for programs stays what it is."""
    going_on("bundle")
    path = at / "bundle" / "000001" / MANIFEST
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT - 1}'))
    monkeypatch.setattr("sayagain.server.run.serve", lambda opened, *_: opened())
    ask = ["try", "find marcipan cake", "--bundle", "bundle"]
    what = f"sayagain: {Path('bundle', '000001')} was learned by an earlier release"
    shadow = "It is served in shadow: what it decides is shown, not done"
    again = f"{what}. {shadow}. Learn it again with: sayagain learn LOG --out BUNDLE\n"
    listing = ["rewrites", "list", "--bundle", "bundle"]
    told = [["report", "bundle"], ask, listing, ["serve", "bundle", "--log", "served"]]
    for command in [*told, ["report", "bundle", "--json"], [*ask, "--json"], [*listing, "--json"]]:
        ran = sayagain(*command)
        assert (ran.code, ran.err) == (0, again), command
    facts = sayagain("report", "bundle", "--json").facts
    del facts["signals"], facts["rewrites"]
    assert facts == json.loads(path.read_text())
    answer = sayagain(*ask, "--json").facts
    assert (answer["rewritten"], answer["action"], answer["shadow"]["rewritten"]) == (False, None, True)
    shown = sayagain(*ask).out
    assert shown.startswith("left alone - what the bundle would do is held: it is served in shadow\n")
    assert f"in shadow: find {SECRET} cake - rewrite " in shown
    assert "The rewrite above decides, since the log bore it out. Without it:" in " ".join(shown.split())
    assert sayagain("learn", "log", "--out", "bundle").code == 0
    assert [sayagain(*command).err for command in told] == [""] * len(told)
    assert sayagain(*ask, "--json").facts["rewritten"]


# Help


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


COMMANDS = list(commands(typer.main.get_command(cli.app)))


def test_help_waits_for_no_heavy_library() -> None:
    heavy = ("duckdb", "ibis", "numpy", "onnxruntime", "pandas", "pyarrow", "pydantic", "sqlalchemy", "xgboost")
    script = f"import sys, sayagain.cli.app; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout == "[]\n"


def test_the_commands_are_those_of_the_documentation() -> None:
    named = {"import", "learn", "try", "report", "defects", "log", "rewrites", "replay", "evaluate", "rephrases"}
    named |= {"doctor", "init", "serve"}
    rephrases = {("rephrases", name) for name in ("build", "train")}
    rewrites = {("rewrites", name) for name in ("list", "show", "approve", "block", "retire", "export")}
    log = {("log", name) for name in ("stats", "show", "erase-user", "retain")}
    assert {(name,) for name in named} | rephrases | rewrites | log <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_of_a_hundred_columns(sayagain: Sayagain, command: tuple[str, ...]) -> None:
    ran = sayagain(*command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: sayagain")
    assert max(map(len, ran.out.splitlines())) <= WIDTH


# Figures


REPORTS = [
    ["import", "turns.jsonl", "--into", "log"],
    ["learn", "log", "--out", "bundle"],
    ["try", "find marcipan cake", "--bundle", "bundle"],
    ["try", "something else", "--bundle", "bundle"],
    ["report", "bundle"],
    ["log", "stats", "log"],
    ["log", "show", "log", "0-0"],
    ["log", "show", "log"],
    ["rewrites", "list", "--bundle", "bundle"],
]


@pytest.mark.parametrize("command", REPORTS, ids=" ".join)
def test_what_is_reported_is_a_table_of_a_hundred_columns_or_json(
    sayagain: Sayagain, at: Path, going_on: GoOn, command: list[str]
) -> None:
    going_on("bundle")
    table, facts = sayagain(*command), sayagain(*command, "--json")
    assert (table.code, table.err, facts.code, facts.err) == (0, "", 0, "")
    assert max(map(len, table.out.splitlines())) <= WIDTH
    assert facts.facts


def test_an_import_says_what_it_added_and_what_it_knew(sayagain: Sayagain, at: Path) -> None:
    (at / "more.jsonl").write_text('{"time": "2026-01-06", "text": "stop"}\nnonsense\n{"text": "no time"}\n')
    ran = sayagain("import", "turns.jsonl", "more.jsonl", "--into", "log", "--json")
    assert (ran.facts["added"], ran.facts["already known"], ran.facts["rejected"]) == (1, 108, 2)
    rejected = [json.loads(line) for line in Path(ran.facts["rejected lines"]).read_text().splitlines()]
    assert [(each["file"], each["line"]) for each in rejected] == [("more.jsonl", 2), ("more.jsonl", 3)]


def test_a_report_names_the_log_the_signals_and_the_rewrites(sayagain: Sayagain, at: Path) -> None:
    facts = sayagain("report", "bundle", "--json").facts
    assert (facts["learned_from"]["log"], facts["learned_from"]["turns"]) == ("log", 108)
    assert facts["figures"]["rewrites"] == len(facts["rewrites"]) == 2
    assert facts["figures"]["refused"] == {"sensitive (unlock)": 1}
    assert facts["signals"]["families"]
    shown = sayagain("report", "bundle", "--most", 1).out
    assert "… and 1 more" in shown
    assert "  sayagain rewrites list --bundle bundle" in shown


def test_a_report_begins_with_what_a_person_wants_to_know(sayagain: Sayagain, at: Path) -> None:
    """What the signals weigh is for who asks for it."""
    shown = sayagain("report", "bundle").out
    first, estimates = shown.splitlines()[:2]
    assert first == "108 requests by 36 people, 2026-01-05 to 2026-01-07 (log)"
    assert estimates.startswith("about ")
    assert "%) were said again; " in estimates
    assert estimates.endswith("%) may have gone wrong (an estimate, mostly too high)")
    assert "Learned, and in use: 2 rewrites" in shown
    assert "heard 12 times, 0% ended well" in shown
    assert "12 people then said this: 9" in " ".join(shown.split())
    assert "Held back by guards: 1 (1 sensitive (unlock))" in shown
    assert "  sayagain try 'play red marzipan fire sonks' --bundle bundle  # " in shown
    assert "weight" not in shown
    assert "what signals say (log-odds of a defect)" in sayagain("report", "bundle", "--signals").out


def test_a_report_says_what_waits_and_why_and_what_was_ended(sayagain: Sayagain, at: Path, going_on: GoOn) -> None:
    going_on("waiting")
    sayagain("learn", "log", "--out", "waiting", "--review")
    shown = " ".join(sayagain("report", "waiting").out.split())
    assert "Waiting for a person: 2 rewrites" in shown
    assert "Waits: it was learned with --review" in shown
    assert "in use" not in shown.split("Look next")[0]
    [one, other] = sayagain("rewrites", "list", "--bundle", "waiting", "--json").facts
    assert f"sayagain rewrites approve {one['id']} --bundle waiting" in shown
    sayagain("rewrites", "approve", one["id"], "--bundle", "waiting")
    sayagain("rewrites", "block", other["id"], "--bundle", "waiting")
    shown = sayagain("report", "waiting").out
    assert "Learned, and in use: 1 rewrite\n" in shown
    assert "Out of use: 1 blocked" in shown
    assert "Waiting" not in shown


def test_a_session_is_shown_in_order(sayagain: Sayagain, at: Path) -> None:
    turns = sayagain("log", "show", "log", "0-3", "--json").facts
    assert [turn["text"] for turn in turns] == ["find marcipan cake", *[f"find {SECRET} cake"] * 2]


def test_a_person_is_erased(sayagain: Sayagain, at: Path) -> None:
    person = f"{SECRET} lover 3 0"
    said = sayagain("log", "erase-user", "log", person).out
    assert said.startswith("erased 3 turns, of 1 spelling of the name\n")
    assert max(map(len, said.splitlines())) <= 100
    assert "No state database was named" in said
    facts = sayagain("log", "erase-user", "log", person, "--json").facts
    assert (facts["turns"], facts["erased"]["turns in the log"]) == (0, 0)
    assert sayagain("log", "stats", "log", "--json").facts["turns"] == 105
    assert sayagain("log", "show", "log", "0-3").code == 2


def test_erasing_somebody_who_is_not_there_says_so_and_what_lies_beside_the_log(sayagain: Sayagain, at: Path) -> None:
    said = sayagain("log", "erase-user", "log", "nobodyhere")
    assert said.code == 0
    assert "Nobody of this name was found" in said.out
    assert "Beside the log lies bundle. The same command reaches it with: --state bundle.state.db" in said.out
    told = sayagain("log", "erase-user", "log", f"{SECRET} lover 3 0", "--state", "bundle.state.db").out
    assert "Nobody of this name" not in told
    assert "Beside the log" not in told


def test_learning_the_same_again_says_that_nothing_changed(sayagain: Sayagain, at: Path, going_on: GoOn) -> None:
    going_on("twice")
    unchanged = "Nothing has changed: this version holds just what the one before it held."
    first = [sayagain("learn", "log", "--out", "twice").out for _ in range(2)]
    assert [unchanged in said for said in first] == [False, True]
    assert unchanged not in sayagain("learn", "log", "--out", "twice", "--min-people", "2").out


def test_trying_a_request_for_somebody_of_whom_nothing_is_known_says_so(sayagain: Sayagain, at: Path) -> None:
    ask = ["try", "find marcipan cake", "--bundle", "bundle"]
    assert "nothing is remembered of Nobody" in sayagain(*ask, "--user", "Nobody").err
    assert sayagain(*ask).err == ""
    sayagain("preferences", "add", "by my light I mean the desk lamp", "--user", "Ann", "--bundle", "bundle")
    assert "nothing is remembered" not in sayagain(*ask, "--user", "Ann").err


@pytest.mark.parametrize("word", ELSEWHERE)
def test_a_command_that_is_looked_for_under_another_name_is_named(sayagain: Sayagain, at: Path, word: str) -> None:
    told = sayagain(word)
    assert told.code == 2
    assert f"It is: sayagain {ELSEWHERE[word]}" in " ".join(told.err.split())
    assert sayagain(*ELSEWHERE[word].split(), "--help").code == 0


def test_old_turns_are_let_go(sayagain: Sayagain, at: Path) -> None:
    assert "let go of 108 turns; learn again, then delete" in sayagain("log", "retain", "log", "--days", 1).out
    assert "holds no turns" in sayagain("log", "stats", "log").err


# Rewrites


def rewrites(sayagain: Sayagain) -> dict[str, dict[str, Any]]:
    return {each["source"]: each for each in sayagain("rewrites", "list", "--bundle", "bundle", "--json").facts}


def test_a_rewrite_is_listed_and_shown_with_its_evidence(sayagain: Sayagain, at: Path) -> None:
    [cake, songs] = sorted(rewrites(sayagain).values(), key=lambda each: str(each["source"]))
    assert (cake["source"], cake["target"]) == ("find marcipan cake", f"find {SECRET} cake")
    assert songs["target"] == f"play [red]{SECRET}[/] :fire: songs"
    assert (cake["status"], cake["people"], cake["visits"]) == ("live", 12, 12)
    assert 0 < cake["lift_low"] <= cake["lift"] <= cake["lift_high"] <= 1
    assert cake == sayagain("rewrites", "show", cake["id"], "--bundle", "bundle", "--json").facts
    shown = sayagain("rewrites", "show", cake["id"], "--bundle", "bundle").out
    assert f"find marcipan cake → find {SECRET} cake" in shown


def test_a_refused_rewrite_can_be_looked_at(sayagain: Sayagain, at: Path) -> None:
    answer = sayagain("try", "unlock the font door", "--bundle", "bundle", "--json").facts
    shown = sayagain("rewrites", "show", answer["rewrite"]["id"], "--bundle", "bundle", "--json").facts
    assert (shown["refused"], shown["status"]) == ("sensitive (unlock)", "refused")


def test_a_refused_rewrite_cannot_be_decided_about(sayagain: Sayagain, at: Path) -> None:
    refused = sayagain("try", "unlock the font door", "--bundle", "bundle", "--json").facts["rewrite"]["id"]
    for decision in ("approve", "block"):
        told(sayagain("rewrites", decision, refused, "--bundle", "bundle"), f"refused rewrite {refused}: sensitive")


def test_try_shows_the_standing(sayagain: Sayagain, at: Path) -> None:
    assert " live " in sayagain("try", "find marcipan cake", "--bundle", "bundle").out


def test_without_rewrites_it_says_why_and_lists_and_exports_none(
    sayagain: Sayagain, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_what_was_read(monkeypatch)
    why = "No rewrites: the log has 36 people and --min-people is 100; for a household alone: --min-people 1"
    for command in (
        ["learn", "log", "--out", "new/place/strict", "--min-people", "100"],
        ["report", "new/place/strict"],
        ["rewrites", "list", "--bundle", "new/place/strict"],
    ):
        said = sayagain(*command).out.splitlines()
        assert said[-1] == why
        if command[0] == "learn":
            number, more = said[-2].split(maxsplit=1)
            assert int(number) == len({turn["text"] for turn in household() if turn["status"] == "error"})
            assert more == (
                "pairs more, with fewer than 100 people behind each, not learned; for a household alone: --min-people 1"
            )
    assert "when heard" not in sayagain("report", "new/place/strict").out
    assert_listed_and_exported_without_rewrites(sayagain, at, "new/place/strict")


def assert_listed_and_exported_without_rewrites(sayagain: Sayagain, at: Path, strict: str) -> None:
    assert sayagain("learn", "log", "--out", strict, "--min-people", 100, "--json").facts["rewrites"] == 0
    assert sayagain("rewrites", "list", "--bundle", strict, "--json").facts == []
    assert sayagain("report", strict).code == 0
    for name in ("none.jsonl", "none.csv"):
        assert sayagain("rewrites", "export", "--bundle", strict, "--to", name).code == 0
    assert (at / "none.jsonl").read_text() == ""
    assert list(csv.DictReader((at / "none.csv").open())) == []


def test_a_report_warns_of_a_log_without_outcomes(sayagain: Sayagain, at: Path) -> None:
    silent = [{"time": f"2026-01-05T{hour:02}:00:00Z", "text": f"play {hour}", "user": "a"} for hour in range(24)]
    (at / "silent.JSON").write_text("".join(json.dumps(turn) + "\n" for turn in silent))
    sayagain("import", "silent.JSON", "--into", "silent")
    sayagain("learn", "silent", "--out", "assumed")
    warning = "The log says nothing about outcomes"
    assert warning in sayagain("report", "assumed").out
    assert warning not in sayagain("report", "bundle").out
    assert "share of defects: 0.25 " in sayagain("report", "assumed", "--signals").out


def test_the_format_is_read_from_the_name(sayagain: Sayagain, at: Path) -> None:
    with gzip.open(at / "one.csv.gz", "wt") as file:
        file.write("time,text\n2026-01-06,stop\n")
    assert sayagain("import", "one.csv.gz", "--into", "log", "--json").facts["added"] == 1
    assert sayagain("import", "one.csv.gz", "--into", "log", "--format", "CSV", "--json").facts["already known"] == 1


def test_without_a_session_the_latest_are_listed(sayagain: Sayagain, at: Path) -> None:
    listed = sayagain("log", "show", "log", "--json").facts
    assert len(listed) == 20
    starts = [each["start"] for each in listed]
    assert starts == sorted(starts, reverse=True)
    assert starts[0].startswith("2026-01-07 08:55:00")
    assert all(each["turns"] == 3 for each in listed)
    assert sayagain("log", "show", "log", listed[0]["session"], "--json").facts[0]["user"] == listed[0]["user"]


def test_what_people_say_is_printed_as_it_is(sayagain: Sayagain, at: Path) -> None:
    """Brackets and colons are no styles and no pictures."""
    ran = sayagain("try", f"play [red]{SECRET}[/] :fire: sonks", "--bundle", "bundle")
    assert ran.out.startswith(f"play [red]{SECRET}[/] :fire: songs - rewrite ")
    assert ":fire:" in sayagain("report", "bundle").out


def test_try_says_why(sayagain: Sayagain, at: Path) -> None:
    def answer(text: str) -> tuple[str, bool, str]:
        facts = sayagain("try", text, "--bundle", "bundle", "--json").facts
        return facts["text"], facts["rewritten"], facts["reason"]

    cake = rewrites(sayagain)["find marcipan cake"]
    ends_well = f"it ends well {cake['success']:.0%} of the time instead of {cake['own']:.0%}"
    why = f"rewrite {cake['id']}: 12 people said it again this way; {ends_well}"
    assert answer("Um, find MARCIPAN cake!") == (f"find {SECRET} cake", True, why)
    text, rewritten, reason = answer("play jazz")
    assert (text, rewritten) == ("play jazz", False)
    assert reason.startswith("it most likely works as it was heard")
    assert answer("") == ("", False, "nothing better was learned for it")
    assert answer("Unlock the font door") == (
        "Unlock the font door",
        False,
        "a rewrite was refused: sensitive (unlock)",
    )
    assert sayagain("try", "", "--bundle", "bundle").out == "left alone - nothing better was learned for it\n"


def test_what_a_person_decides_stands(sayagain: Sayagain, at: Path, going_on: GoOn) -> None:
    going_on("bundle")
    cake = rewrites(sayagain)["find marcipan cake"]["id"]
    for decision, status in (("retire", "retired"), ("approve", "live"), ("block", "blocked")):
        assert sayagain("rewrites", decision, cake, "--bundle", "bundle").out == f"rewrite {cake} is {status}\n"
        assert sayagain("learn", "log", "--out", "bundle").code == 0
        assert rewrites(sayagain)["find marcipan cake"]["status"] == status
        answer = sayagain("try", "find marcipan cake", "--bundle", "bundle", "--json").facts
        assert answer["rewritten"] is (status == "live")
        assert status == "live" or answer["reason"] == f"rewrite {cake} is {status}, not live"
    told(sayagain("rewrites", "approve", cake, "--bundle", "bundle"), f"Rewrite {cake} is blocked", "never comes back")


def test_a_person_may_use_what_lacks_evidence_or_pays_but_not_what_unlocks(
    sayagain: Sayagain, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop: "where is my order" speaks of money, so that nothing is done there by itself."""
    (at / "shop.jsonl").write_text("".join(json.dumps(turn) + "\n" for turn in shop()))
    sayagain("import", "shop.jsonl", "--into", "shop-log")
    keep_what_was_read(monkeypatch)
    assert sayagain("learn", "shop-log", "--out", "shop").code == 0
    refused = {
        each["source"]: each for each in sayagain("rewrites", "list", "--refused", "--bundle", "shop", "--json").facts
    }
    assert {source: each["refused"] for source, each in refused.items()} == {
        "where is my oder": "stakes: money (order)",
        "open the back dor": "stakes: security (door)",
        "at milk to the list": "names another thing",
    }
    listed = sayagain("rewrites", "list", "--refused", "--bundle", "shop").out
    assert listed.replace("\n", " ").count("approve it") == 2
    reported = sayagain("report", "shop").out
    assert "You may approve 2 of them all the same: sayagain rewrites list --refused --bundle shop, then" in reported
    assert "sayagain rewrites approve ID --bundle shop\n" in reported
    for source in ("where is my oder", "at milk to the list"):
        assert sayagain("rewrites", "approve", refused[source]["id"], "--bundle", "shop").code == 0
        answer = sayagain("try", source, "--bundle", "shop", "--json").facts
        assert (answer["rewritten"], answer["text"]) == (True, refused[source]["target"])
    told(
        sayagain("rewrites", "approve", refused["open the back dor"]["id"], "--bundle", "shop"),
        f"A guard refused rewrite {refused['open the back dor']['id']}: stakes: security (door)",
        "cannot be",
    )
    assert sayagain("learn", "shop-log", "--out", "shop").code == 0
    assert sayagain("try", "where is my oder", "--bundle", "shop", "--json").facts["rewritten"]
    sayagain("rewrites", "retire", refused["where is my oder"]["id"], "--bundle", "shop")
    assert not sayagain("try", "where is my oder", "--bundle", "shop", "--json").facts["rewritten"]


def shop() -> Iterator[dict[str, Any]]:
    """Five people a day who are not understood, and say it again."""
    again = [
        ("where is my oder", "where is my order", 20),
        ("open the back dor", "open the back door", 20),
        ("at milk to the list", "add milk to the list", 12),  # too few to show that they mean another thing
    ]
    for k, (first, second, people) in enumerate(again):
        for i in range(people):
            who = {"user": f"customer {i} {k}", "session": f"{k}-{i}"}
            begun = f"2026-01-{5 + i % 4:02}T08:{2 * i:02}"
            yield {"time": f"{begun}:00Z", "text": first, "status": "error", "response": "What?", **who}
            yield {"time": f"{begun}:05Z", "text": second, "status": "ok", "response": "Okay", **who}
            yield {"time": f"{begun}:55Z", "text": second, "status": "ok", "response": "Okay", **who}


def test_under_review_rewrites_wait_for_a_person(sayagain: Sayagain, at: Path, going_on: GoOn) -> None:
    going_on("reviewed")
    assert sayagain("learn", "log", "--out", "reviewed", "--review").code == 0
    answer = sayagain("try", "find marcipan cake", "--bundle", "reviewed", "--json").facts
    assert answer["reason"].startswith(f"rewrite {answer['rewrite']['id']} is proposed, not live")
    sayagain("rewrites", "approve", answer["rewrite"]["id"], "--bundle", "reviewed")
    assert sayagain("try", "find marcipan cake", "--bundle", "reviewed", "--json").facts["rewritten"]


def test_decisions_lie_in_the_database_that_is_named(sayagain: Sayagain, at: Path, going_on: GoOn) -> None:
    going_on("bundle")
    cake = rewrites(sayagain)["find marcipan cake"]["id"]
    assert sayagain("learn", "log", "--out", "bundle", "--state", "sqlite:///elsewhere.db").code == 0
    sayagain("rewrites", "block", cake, "--bundle", "bundle", "--state", "elsewhere.db")
    listed = sayagain("rewrites", "list", "--bundle", "bundle", "--state", "elsewhere.db", "--json").facts
    assert {each["id"]: each["status"] for each in listed}[cake] == "blocked"
    assert rewrites(sayagain)["find marcipan cake"]["status"] == "live"


def test_an_export_reads_back(sayagain: Sayagain, at: Path) -> None:
    listed = list(rewrites(sayagain).values())
    assert (
        "2 rewrites written to out.jsonl"
        in sayagain("rewrites", "export", "--bundle", "bundle", "--to", "out.jsonl").out
    )
    assert [json.loads(line) for line in (at / "out.jsonl").read_text(encoding="utf8").splitlines()] == listed
    sayagain("rewrites", "export", "--bundle", "bundle", "--to", "out.csv")
    with (at / "out.csv").open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"].split(" → ") for row in rows] == [each["path"] for each in listed]
    for name in ("id", "source", "target", "status", "people", "lift_low"):
        assert [row[name] for row in rows] == [str(each[name]) for each in listed]


def test_words_that_no_rewrite_may_touch_come_from_a_file(sayagain: Sayagain, at: Path) -> None:
    """What unlocks is refused for what it does, whatever the file says."""
    (at / "words.txt").write_text("Marzipan\n\n")
    (at / "none.txt").write_text("\n")
    ran = sayagain("learn", "log", "--out", "bundle", "--sensitive", "words.txt", "--json")
    assert (ran.facts["rewrites"], ran.facts["refused"]) == (0, {"sensitive": 2, "stakes: security (unlock)": 1})
    ran = sayagain("learn", "log", "--out", "bundle", "--sensitive", "none.txt", "--json")
    assert (ran.facts["rewrites"], ran.facts["refused"]) == (2, {"stakes: security (unlock)": 1})


def test_the_owners_policy_comes_from_a_file(sayagain: Sayagain, at: Path) -> None:
    (at / "policy.toml").write_text('never = []\n\n[stakes]\npeople = ["marzipan"]\n')
    ran = sayagain("learn", "log", "--out", "own", "--policy", "policy.toml", "--json")
    assert (ran.facts["refused"], ran.facts["held"]) == ({"stakes: security (unlock)": 1}, {"stakes: people": 2})
    settings = json.loads((at / "own" / "000001" / "manifest.json").read_text())["settings"]
    assert (settings["sensitive"], settings["stakes"]) == ([], {"people": ["marzipan"]})


def test_a_matcher_of_the_working_directory_is_asked(sayagain: Sayagain, at: Path, going_on: GoOn) -> None:
    going_on("bundle")
    (at / "own_matcher.py").write_text("def knows(texts):\n    return ['cake' in text for text in texts]\n")
    ran = sayagain("learn", "log", "--out", "bundle", "--matcher", "own_matcher:knows", "--json")
    assert ran.facts["rewrites"] == 1
    assert ran.facts["refused"] == {"sensitive (unlock)": 1, "the assistant does not understand the target": 1}


# Mistakes: exit code 2, one line that says what to do, and nothing of what people said


def told(ran: Ran, *words: str) -> None:
    assert ran.code == 2, ran
    assert ran.err.startswith("sayagain: "), ran
    assert ran.err.count("\n") == 1, ran
    assert ran.out == "", ran
    for word in words:
        assert word in ran.err
    assert SECRET not in ran.err


MISTAKES: dict[str, tuple[list[str], str, str]] = {
    "unknown format": (
        ["import", "turns.jsonl", "--into", "log", "--format", "telegraph"],
        "There is no format telegraph",
        "Known formats: alexa, assist, chat, csv",
    ),
    "unknown file": (["import", "nowhere.jsonl", "--into", "log"], "There is no file nowhere.jsonl", "Check the path"),
    "a map without an equals sign": (
        ["import", "turns.jsonl", "--into", "log", "--map", "text"],
        "--map text is not of the form OURS=THEIRS",
        "For example: --map text=utterance",
    ),
    "a map to no field": (
        ["import", "turns.jsonl", "--into", "log", "--map", "words=text"],
        "A turn has no field words",
        "OURS is one of turn, session",
    ),
    "a status that is none": (
        ["import", "turns.jsonl", "--into", "log", "--status", "fine=OK"],
        "--status fine=… is not known",
        "one of ok, error",
    ),
    "a status that means something else": (
        ["import", "turns.jsonl", "--into", "log", "--status", "error=DONE"],
        "DONE is always ok",
        "Leave it out",
    ),
    "no time zone": (
        ["import", "turns.jsonl", "--into", "log", "--timezone", "Mars/Olympus"],
        "There is no time zone Mars/Olympus",
        "Europe/Berlin",
    ),
    "no encoding": (
        ["import", "turns.jsonl", "--into", "log", "--encoding", "runes"],
        "There is no encoding runes",
        "--encoding utf-16",
    ),
    "no log": (["learn", "nowhere", "--out", "bundle"], "There is no log at nowhere", "sayagain import FILE"),
    "stats of no log": (["log", "stats", "nowhere"], "There is no log at nowhere", "sayagain import FILE"),
    "a file for a log": (["learn", "turns.jsonl", "--out", "bundle"], "There is no log at turns.jsonl", "import"),
    "a file for a bundle": (["learn", "log", "--out", "turns.jsonl"], "Cannot write to turns.jsonl", "another place"),
    "no module": (["learn", "log", "--out", "b", "--matcher", "nowhere:f"], "nowhere:f cannot be imported", "module:f"),
    "no function": (["learn", "log", "--out", "b", "--matcher", "json:f"], "json:f cannot be imported", "module:f"),
    "neither": (["learn", "log", "--out", "b", "--matcher", "json"], "json cannot be imported", "module:function"),
    "no function at all": (
        ["learn", "log", "--out", "b", "--matcher", "json:__name__"],
        "The matcher json:__name__ failed with TypeError",
        "takes a list of texts",
    ),
    "too many answers": (
        ["learn", "log", "--out", "b", "--matcher", "json:dumps"],
        "The matcher json:dumps answered",
        "for each, whether it is understood",
    ),
    "a matcher that fails": (
        ["learn", "log", "--out", "b", "--matcher", "failing_matcher:knows"],
        "The matcher failing_matcher:knows failed with KeyError",
        "takes a list of texts",
    ),
    "no file of words": (
        ["learn", "log", "--out", "b", "--sensitive", "nowhere"],
        "nowhere cannot be read",
        "text file",
    ),
    "words in no known letters": (
        ["learn", "log", "--out", "b", "--sensitive", "latin.txt"],
        "latin.txt cannot be read: it is not UTF-8",
        "Name a text file",
    ),
    "no policy": (
        ["learn", "log", "--out", "b", "--policy", "nowhere.toml"],
        "nowhere.toml cannot be read: No such file",
        "Name a TOML file",
    ),
    "words for a policy": (
        ["serve", "bundle", "--log", "log", "--policy", "latin.txt"],
        "latin.txt cannot be read: it is not UTF-8",
        "Name a TOML file",
    ),
    "no session": (["log", "show", "log", "nowhere"], "There is no session nowhere in log", "One that there is: 0-0"),
    "no bundle": (["report", "nowhere"], "There is no bundle at nowhere", "sayagain learn LOG --out BUNDLE"),
    "nothing to try": (["try", "stop", "--bundle", "nowhere"], "There is no bundle at nowhere", "sayagain learn"),
    "nothing to approve": (
        ["rewrites", "approve", "x", "--bundle", "nowhere"],
        "There is no bundle at nowhere",
        "Check",
    ),
    "no such rewrite": (["rewrites", "block", "x", "--bundle", "bundle"], "There is no rewrite x", "rewrites list"),
    "nothing to show": (["rewrites", "show", "x", "--bundle", "bundle"], "There is no rewrite x", "rewrites list"),
    "nowhere to export to": (
        ["rewrites", "export", "--bundle", "bundle", "--to", "nowhere/out.csv"],
        "nowhere/out.csv cannot be written",
        "Name another file",
    ),
    "an export of an unknown kind": (
        ["rewrites", "export", "--bundle", "bundle", "--to", "out.txt"],
        "out.txt is neither .jsonl nor .csv",
        "Name a file",
    ),
    "files of different formats": (
        ["import", "turns.jsonl", "turns.csv", "--into", "log"],
        "These files are csv and jsonl",
        "each format by itself",
    ),
    "what has no meaning without a replay": (
        ["evaluate", "rewrites", "--set", "dstc2", "--data", "turns.jsonl", "--turns", "9"],
        "--turns and --seeds are for simulated traffic",
        "Leave them out",
    ),
    "sets that were never built": (
        ["evaluate", "rephrases", "--data", "nowhere"],
        "There are no sets in nowhere",
        "sayagain rephrases build",
    ),
    "a set that is none": (
        ["rephrases", "build", "--set", "slurp", "--set", "nonsense", "--out", "nowhere"],
        "There is no set nonsense",
        "Known sets: slurp,",
    ),
    "no state": (
        ["rewrites", "list", "--bundle", "bundle", "--state", "turns.jsonl/state.db"],
        "The state database sqlite:///turns.jsonl/state.db cannot be opened",
        "Check --state",
    ),
    "a file of turns for a state": (
        ["learn", "log", "--out", "b", "--state", "turns.jsonl"],
        "The state database sqlite:///turns.jsonl cannot be opened",
        "Check --state",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_with_the_remedy(sayagain: Sayagain, at: Path, going_on: GoOn, mistake: str) -> None:
    (at / "latin.txt").write_bytes("Tür".encode("latin-1"))
    (at / "failing_matcher.py").write_text("def knows(texts):\n    return {}[texts[0]]\n")
    before = {path.name for path in at.iterdir()}
    arguments, what, remedy = MISTAKES[mistake]
    if "--matcher" in arguments:
        going_on("b")
    told(sayagain(*arguments), what, remedy)
    made = {path.name for path in at.iterdir()} - before - {"__pycache__"}
    assert made <= {"b", "b.state.db", "turns.jsonl.state.db"}, "what a run of learning may leave to go on from"


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "rewrites cut short": (
        lambda version: os.truncate(version / REWRITES, 100),
        "rewrites.parquet is missing or damaged",
    ),
    "no refused ones": (lambda version: (version / REFUSED).unlink(), "refused.parquet is missing or damaged"),
    "signals of rubbish": (
        lambda version: (version / SIGNALS).write_text(SECRET),
        "signals.json is missing or damaged",
    ),
    "a manifest of rubbish": (
        lambda version: (version / MANIFEST).write_text(SECRET),
        "manifest.json is missing or damaged",
    ),
    "a later format": (
        lambda version: (version / MANIFEST).write_text('{"format": 99}'),
        "has format 99; this release reads formats 1 to 4",
    ),
    "no version": (shutil.rmtree, "current names no version of the bundle"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bundle_is_one_line_with_the_remedy(
    sayagain: Sayagain, at: Path, going_on: GoOn, damage: str
) -> None:
    harm, what = DAMAGES[damage]
    going_on("bundle")
    harm(at / "bundle" / "000001")
    for command in (
        ["try", "find marcipan cake", "--bundle", "bundle"],
        ["report", "bundle"],
        ["rewrites", "list", "--bundle", "bundle"],
        ["rewrites", "export", "--bundle", "bundle", "--to", "out.csv"],
    ):
        told(sayagain(*command), what, "earn")
    assert not (at / "out.csv").exists()
    assert sayagain("learn", "log", "--out", "bundle").code == 0
    assert sayagain("try", "find marcipan cake", "--bundle", "bundle", "--json").facts["rewritten"]


def test_a_damaged_log_is_one_line_with_the_remedy(sayagain: Sayagain, at: Path) -> None:
    file = Log.open(at / "log").files()[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + whole[-2000:])
    for command in (["learn", "log", "--out", "bundle"], ["log", "stats", "log"], ["log", "show", "log", "0-0"]):
        told(sayagain(*command), f"{file.name} is damaged", "Restore it, or remove it")
    assert sayagain("report", "bundle").code == 0


def test_rejected_lines_are_counted_and_not_repeated(sayagain: Sayagain, at: Path) -> None:
    (at / "broken.jsonl").write_text(
        f'{{"time": "{SECRET}", "text": "{SECRET}"}}\n{{"text": 3, "time": [{SECRET}\n' * 3
    )
    with (at / "broken.jsonl").open("a") as file:
        file.write('{"time": "2026-01-06", "text": "stop"}\n')
    ran = sayagain("import", "broken.jsonl", "--into", "log", "--json")
    assert (ran.code, ran.err, ran.facts["rejected"]) == (0, "", 6)
    assert SECRET not in Path(ran.facts["rejected lines"]).read_text()


def test_an_import_of_hardly_anything_fails_and_says_what_would_help(sayagain: Sayagain, at: Path) -> None:
    before = sayagain("log", "stats", "log", "--json").facts["turns"]
    rows = [f'{{"when": "2026-01-06T10:00:0{i}", "utterance": "{SECRET} {i}"}}' for i in range(9)]
    (at / "foreign.jsonl").write_text("\n".join(rows))
    ran = sayagain("import", "foreign.jsonl", "--into", "log", "--format", "jsonl")
    told(ran, "None of 9 rows is a turn", "(9 times)", "when, utterance", "--map time=when --map text=utterance")
    assert sayagain("log", "stats", "log", "--json").facts["turns"] == before
    mapped = ["import", "foreign.jsonl", "--into", "log", "--map", "time=when"]
    ran = sayagain(*mapped, "--map", "text=utterence")
    told(ran, "foreign.jsonl has no utterence in any row", "Names that it has: when, utterance")
    assert sayagain(*mapped, "--map", "text=utterance", "--json").facts["added"] == 9


def chat(at: Path) -> None:
    rows = ["role,content,created_at,call", "user,stopp,04.05.2026 06:05,a", "bot,Sorry?,04.05.2026 06:05,a"]
    (at / "chat.csv").write_text("\n".join([*rows, "user,stop,04.05.2026 06:05,a"]))


def test_a_file_is_looked_at_and_nothing_is_added_by_a_dry_run(sayagain: Sayagain, at: Path) -> None:
    chat(at)
    ran = sayagain("import", "chat.csv", "--into", "new", "--dry-run", "--timezone", "Europe/Berlin")
    assert ran.code == 0
    told = ["would be turns 2", "rejected 0", "no requests 1 said by the assistant"]
    assert [" ".join(line.split()) for line in ran.out.splitlines()[:3]] == told
    assert ran.err.splitlines() == [
        "chat.csv is read as csv, time is created_at, text is content, times: %d.%m.%Y %H:%M, who speaks: role",
        "  2026-05-04 04:05:00 UTC, someone: 'stopp' → 'Sorry?'",
        "  2026-05-04 04:05:00 UTC, someone: 'stop'",
    ]
    assert not (at / "new").exists()


@pytest.mark.parametrize(("answer", "options", "added"), [("n\n", [], None), ("y\n", [], 2), ("", ["--yes"], 2)])
def test_on_a_terminal_a_person_is_asked_about_what_was_guessed(
    sayagain: Sayagain, at: Path, monkeypatch: pytest.MonkeyPatch, answer: str, options: list[str], added: int | None
) -> None:
    chat(at)
    monkeypatch.setattr("sayagain.cli.import_.out", Console(force_terminal=True))
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    ran = sayagain("import", "chat.csv", "--into", "new", "--json", *options)
    assert (ran.code, ran.facts["added"] if added else None) == (int(added is None), added)
    assert (at / "new").exists() == (added is not None)


def test_what_is_named_in_our_own_words_is_never_asked_about(
    sayagain: Sayagain, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayagain.cli.import_.out", Console(force_terminal=True))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    ran = sayagain("import", "turns.jsonl", "--into", "new", "--json")
    assert (ran.code, ran.err, ran.facts["added"]) == (0, "", 108)


@pytest.mark.parametrize("arguments", [["lern"], ["learn"], ["learn", "log", "--out", "b", "--min-people", "0"]])
def test_a_wrong_word_on_the_command_line_shows_how_to_get_help(
    sayagain: Sayagain, at: Path, arguments: list[str]
) -> None:
    ran = sayagain(*arguments)
    assert ran.code == 2
    assert "--help" in ran.err
    assert "Traceback" not in ran.err


def test_an_interrupted_run_says_how_to_go_on(
    sayagain: Sayagain, at: Path, going_on: GoOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on("bundle")
    monkeypatch.setattr(
        "sayagain.learning.mining.solve", lambda *given: signal.default_int_handler(signal.SIGINT, None)
    )
    ran = sayagain("learn", "log", "--out", "bundle")
    assert (ran.code, ran.err) == (130, "sayagain: interrupted; run the same command again to go on\n")
    assert sayagain("report", "bundle").code == 0


def test_arrows_and_emoji_are_printed_whatever_the_locale(at: Path) -> None:
    [cake] = [each for each in Bundle.open(at / "bundle").rewrites if "cake" in each.source]
    shown = ["rewrites", "show", cake.id, "--bundle", "bundle"]
    script = [sys.executable, "-c", "from sayagain.cli.app import main; main()", *shown]
    latin = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(script, cwd=at, check=False, capture_output=True, env=latin)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "→" in done.stdout.decode("utf8")


# Places that are something else


def test_a_place_that_is_no_bundle_is_told_what_it_is(sayagain: Sayagain, at: Path) -> None:
    for place, message in (
        ("log", "log is a log. Learn from it with: sayagain learn log --out BUNDLE"),
        ("bundle/000001", "bundle/000001 is a version of a bundle. Name the bundle: bundle"),
        ("nowhere", "There is no bundle at nowhere. Learn one with: sayagain learn LOG"),
    ):
        ran = sayagain("report", place)
        assert ran.code == 2
        assert message in ran.err


def test_a_log_is_no_place_for_a_bundle_nor_a_bundle_for_a_log(sayagain: Sayagain, at: Path) -> None:
    ran = sayagain("learn", "log", "--out", "log")
    assert (ran.code, "log is a log. Name another folder for the bundle" in ran.err) == (2, True)
    (at / "more.jsonl").write_text('{"time": "2026-01-05T08:00:00Z", "text": "stop"}\n')
    ran = sayagain("import", "more.jsonl", "--into", "bundle")
    assert (ran.code, "bundle is a bundle. Name another folder for the log" in ran.err) == (2, True)


def test_what_the_guards_hold_back_is_listed_on_request(sayagain: Sayagain, at: Path) -> None:
    refused = Bundle.open(at / "bundle").refused()
    assert refused
    ran = sayagain("rewrites", "list", "--bundle", "bundle", "--refused", "--json")
    assert [each["id"] for each in ran.facts] == [each.id for each in refused]
    ran = sayagain("rewrites", "list", "--bundle", "bundle", "--refused")
    assert all(each.id in ran.out for each in refused)
