"""Importing a file again: nothing happens, or, read in another way, one message instead of every turn twice."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from sayagain.cli.app import app
from sayagain.errors import LogError
from sayagain.log.addition import MOST_FILES_A_DAY
from sayagain.log.ingest import ingest
from sayagain.log.journal import Journal
from sayagain.log.months import roll_up
from sayagain.log.readers import Hints
from sayagain.log.retention import erase_person, retain
from sayagain.log.sources import BROUGHT, FILE
from sayagain.log.store import Log
from sayagain.log.tidy import Tidy

TABLE = "time,text,user,result,other\n" + "".join(
    f"2026-03-02 {9 + n // 60:02}:{n % 60:02}:00,turn on lamp {n},{'ann' if n % 2 else 'bob'},done,x\n"
    for n in range(90)
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "turns.csv"
    path.write_text(TABLE, encoding="utf8")
    return path


def imported(table: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["import", str(table), "--into", str(table.parent / "log"), *options])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--timezone", "Europe/Berlin"], "--timezone"),
        (["--status", "ok=gut"], "--status"),
        (["--map", "status=result"], "--map"),
        (["--no-roles"], "--role"),
        (["--wake-word", "turn"], "--wake-word"),
        (["--map", "status=result", "--timezone", "Asia/Tokyo"], "--map and --timezone"),
    ],
)
def test_the_same_rows_read_in_another_way_are_refused_and_the_log_stays(
    table: Path, options: list[str], named: str
) -> None:
    assert imported(table).exit_code == 0
    before = sorted(Log.open(table.parent / "log").files())
    again = imported(table, *options)
    assert again.exit_code == 1
    assert isinstance(again.exception, LogError)
    assert str(again.exception).startswith(f"{table} is in {table.parent / 'log'} already, read with another {named}.")
    assert "--into" in str(again.exception)
    assert sorted(Log.open(table.parent / "log").files()) == before


@pytest.mark.parametrize("options", [[], ["--timezone", "UTC"], ["--map", "text=text"], ["--format", "csv"]])
def test_read_in_the_same_way_it_may_come_as_often_as_it_likes(table: Path, options: list[str]) -> None:
    assert imported(table).exit_code == 0
    again = imported(table, *options, "--json")
    assert again.exit_code == 0, again.exception
    assert '"added": 0' in again.output


def test_a_file_that_has_grown_is_known_again(table: Path) -> None:
    assert imported(table).exit_code == 0
    table.write_text(TABLE + "2026-03-03 09:00:00,stop,ann,done,x\n", encoding="utf8")
    assert imported(table, "--timezone", "Europe/Berlin").exit_code == 1
    grown = imported(table, "--json")
    assert '"added": 1' in grown.output


def test_a_packed_copy_is_the_same_file_and_another_file_is_another(table: Path) -> None:
    assert imported(table).exit_code == 0
    packed = table.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(TABLE.encode()))
    assert isinstance(imported(packed, "--timezone", "Europe/Berlin").exception, LogError)
    other = table.with_name("other.csv")
    other.write_text(TABLE.replace("lamp", "fan"), encoding="utf8")
    assert imported(other, "--timezone", "Europe/Berlin").exit_code == 0


def test_a_log_remembers_no_text_and_forgets_a_file_when_turns_are_taken_away(table: Path) -> None:
    log = Log.create(table.parent / "log")
    for take_away in (
        lambda: erase_person(log, lambda user: user == "ann"),
        lambda: retain(log, 1.0, datetime(2026, 3, 9, tzinfo=UTC)),
    ):
        ingest([table], "csv", log.path, Hints(), tidy=Tidy({"done": "ok"}))
        remembered = (log.path / FILE).read_text(encoding="ascii")
        assert not any(each in remembered for each in ("ann", "lamp", "done", "turns.csv"))
        take_away()
        assert not (log.path / FILE).exists()
        assert not list((log.path / BROUGHT).iterdir())
        assert ingest([table], "csv", log.path, Hints()).added > 0
        retain(log, 0.0, datetime(2026, 3, 9, tzinfo=UTC))


# In place of what it brought before


def log_of(table: Path) -> Log:
    return Log.open(table.parent / "log")


def rows(table: Path) -> list[dict[str, Any]]:
    return [row for file in log_of(table).files() for row in pq.ParquetFile(file).read().to_pylist()]


def brought(table: Path) -> int:
    return len(list((table.parent / "log" / BROUGHT).glob("*.parquet")))


@pytest.mark.parametrize(
    "options", [["--timezone", "Europe/Berlin"], ["--map", "status=result"], ["--status", "ok=gut"], ["--no-roles"], []]
)
def test_a_file_read_anew_takes_the_place_of_what_it_brought(table: Path, options: list[str], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(TABLE.replace("lamp", "fan"), encoding="utf8")
    assert CliRunner().invoke(app, ["import", str(other), "--into", str(tmp_path / "log")]).exit_code == 0
    assert imported(table).exit_code == 0
    done = json.loads(imported(table, *options, "--replace", "--json").stdout)
    assert (done["taken out"], done["added"]) == (90, 90)
    alone = table.parent / "alone"
    assert CliRunner().invoke(app, ["import", str(table), "--into", str(alone), *options]).exit_code == 0
    expected = [r for file in Log.open(alone).files() for r in pq.ParquetFile(file).read().to_pylist()]
    found = rows(table)
    assert sorted(r["turn"] for r in found if "lamp" in r["text"]) == sorted(r["turn"] for r in expected)
    assert sum("fan" in r["text"] for r in found) == 90
    assert brought(table) == 2
    again = json.loads(imported(table, *options, "--json").stdout)
    assert again["added"] == 0, "it is known as it was read last"


def test_a_file_that_has_grown_in_between_gives_way_as_a_whole(table: Path) -> None:
    imported(table)
    table.write_text(TABLE + "2026-03-03 09:00:00,stop,ann,done,x\n", encoding="utf8")
    imported(table)
    done = json.loads(imported(table, "--timezone", "Asia/Tokyo", "--replace", "--json").stdout)
    assert (done["taken out"], done["added"], len(rows(table))) == (91, 91, 91)
    assert brought(table) == 1


def test_replacing_what_never_was_there_only_imports(table: Path) -> None:
    done = json.loads(imported(table, "--replace", "--json").stdout)
    assert done["added"] == 90
    assert "taken out" not in done


def test_the_truth_about_turns_that_give_way_goes_with_them(tmp_path: Path) -> None:
    file = tmp_path / "heard.jsonl"
    row = {"slurp_id": 1, "gold_text": "gold", "asr_text": "cold", "gold_intent": "a", "pred_intent": "b"}
    rest = {"gold_entities": [], "pred_entities": [], "intent_ok": False, "entities_ok": True, "headset": False}
    lines = [json.dumps({**row, **rest, "file": f"audio-150000000{i}.flac"}) for i in range(3)]
    file.write_text("\n".join(lines))
    for number in range(2):
        done = ingest([file], "slurp", tmp_path / "log", replace=bool(number))
        assert (done.added, done.taken_out) == (3, 3 * number)
    truth = [
        row for path in Log.open(tmp_path / "log").truth_files() for row in pq.ParquetFile(path).read().to_pylist()
    ]
    assert sorted(row["turn"] for row in truth) == [f"audio-150000000{i}" for i in range(3)]


def test_old_months_and_crowded_days_are_written_anew(table: Path) -> None:
    log = Log.create(table.parent / "log")
    for number in range(MOST_FILES_A_DAY):
        part = table.with_name(f"part {number}.csv")
        part.write_text(TABLE.replace("lamp", f"lamp {number}"), encoding="utf8")
        ingest([part], "csv", log.path)
    roll_up(log, date(2026, 9, 1))
    assert len(log.files()) == 1
    done = ingest([table.with_name("part 3.csv")], "csv", log.path, Hints(encoding="utf8"), replace=True)
    assert (done.taken_out, done.added, len(rows(table))) == (90, 90, 90 * MOST_FILES_A_DAY)


@pytest.mark.parametrize("certain", [False, True])
def test_who_is_killed_while_replacing_leaves_all_of_the_old_or_all_of_the_new(
    table: Path, monkeypatch: pytest.MonkeyPatch, certain: bool
) -> None:
    imported(table)
    before = sorted(row["turn"] for row in rows(table))
    real = Journal._settle

    class KilledError(BaseException):
        """Nothing is cleared up after it."""

    def killed(self: Journal) -> None:
        if not (self.staging / "journal.json").exists():
            return real(self)
        todo = json.loads((self.staging / "journal.json").read_text())
        name, target = todo["moves"][0]
        (self.staging / name).replace(self.root / target)
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "_settle", killed)
        if not certain:
            patched.setattr(Journal, "_commit", lambda *_: (_ for _ in ()).throw(KilledError()))
            patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KilledError):
            ingest([table], "csv", table.parent / "log", Hints(timezone=ZoneInfo("Asia/Tokyo")), replace=True)
    after = sorted(row["turn"] for row in rows(table))
    assert len(after) == 90
    assert (after == before) is not certain
    assert not (table.parent / "log" / "_staging").exists()


def test_a_log_of_before_says_that_it_does_not_know_what_a_file_brought(table: Path) -> None:
    imported(table)
    remembered = table.parent / "log" / FILE
    lines = [json.loads(line) for line in remembered.read_text().splitlines()]
    remembered.write_text("".join(json.dumps({k: v for k, v in e.items() if k != "turns"}) + "\n" for e in lines))
    assert imported(table).exit_code == 0
    refused = imported(table, "--timezone", "Asia/Tokyo", "--replace")
    assert isinstance(refused.exception, LogError)
    assert "does not know any more which turns came from" in str(refused.exception)
    assert len(rows(table)) == 90


def test_what_a_log_remembers_is_named_where_it_is_damaged(table: Path) -> None:
    assert imported(table).exit_code == 0
    (table.parent / "log" / FILE).write_text("{", encoding="ascii")
    again = imported(table)
    assert isinstance(again.exception, LogError)
    assert "is damaged" in str(again.exception)
