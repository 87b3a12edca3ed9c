"""Importing a file again: nothing happens, or, read in another way, one message instead of every turn twice."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sayagain.cli.app import app
from sayagain.errors import LogError
from sayagain.log.ingest import ingest
from sayagain.log.readers import Hints
from sayagain.log.retention import erase_person, retain
from sayagain.log.sources import FILE
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
        assert ingest([table], "csv", log.path, Hints()).added > 0
        retain(log, 0.0, datetime(2026, 3, 9, tzinfo=UTC))


def test_what_a_log_remembers_is_named_where_it_is_damaged(table: Path) -> None:
    assert imported(table).exit_code == 0
    (table.parent / "log" / FILE).write_text("{", encoding="ascii")
    again = imported(table)
    assert isinstance(again.exception, LogError)
    assert "is damaged" in str(again.exception)
