"""Old days roll up to months: few files, the same turns, and nothing lost wherever it is cut short."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from children import run
from hypothesis import given, settings
from hypothesis import strategies as st
from served import logged, said

from sayagain.errors import LogError
from sayagain.log import months
from sayagain.log.engine import connect
from sayagain.log.ingest import ingest
from sayagain.log.months import MOST_FILES_A_MONTH, roll_up
from sayagain.log.retention import erase_person, retain
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.server.inbox_to_log import compact
from sayagain.state.inbox import Inbox

JANUARY = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = date(2026, 6, 1)
EVER = float("inf")


def turn(day: int, user: str = "ann") -> Turn:
    return Turn(turn=f"{user} {day}", user=user, time=JANUARY + timedelta(days=day), text=f"stop {day}")


def add(log: Log, *turns: Turn) -> int:
    return log.append([pa.Table.from_pylist([each.to_row() for each in turns], Turn.arrow_schema())])


@pytest.fixture(scope="module")
def three_months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = Log.create(tmp_path_factory.mktemp("months") / "log")
    add(log, *(turn(day) for day in range(90)), *(turn(day, "bob") for day in range(0, 90, 2)))
    return log.path


@pytest.fixture
def log(three_months: Path, tmp_path: Path) -> Log:
    """A log of three months."""
    return Log.open(Path(shutil.copytree(three_months, tmp_path / "log")))


def folders(log: Log) -> list[str]:
    return sorted({file.parent.name for file in log.files()})


def turns(log: Log) -> dict[str, Turn]:
    return {each.turn: each for each in logged(log)}


def test_old_months_become_one_file_each_with_the_same_turns(log: Log) -> None:
    before = turns(log)
    assert roll_up(log, LATER) == 3
    assert folders(log) == ["day=2026-01", "day=2026-02", "day=2026-03"]
    assert len(log.files()) == 3
    assert turns(log) == before
    for file in log.files():
        times = pq.read_table(file)["time"].to_pylist()
        assert times == sorted(times)
    assert roll_up(log, LATER) == 0


def test_turns_of_one_moment_stay_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    add(log, *(turn(day) for day in range(20)), *(turn(3).model_copy(update={"turn": name}) for name in "zyx"))
    assert roll_up(log, LATER) == 1
    (file,) = log.files()
    assert [name for name in pq.read_table(file)["turn"].to_pylist() if name in {"ann 3", *"zyx"}] == ["ann 3", *"zyx"]


def test_so_many_months_are_rolled_up_at_a_time(log: Log) -> None:
    assert [roll_up(log, LATER, 2) for _ in range(3)] == [2, 1, 0]


def test_what_is_not_old_stays_in_days(log: Log) -> None:
    assert roll_up(log, date(2026, 3, 4)) == 1
    assert folders(log)[:2] == ["day=2026-01", "day=2026-02-01"]
    assert roll_up(log, date(2026, 1, 20)) == 0


def test_a_month_of_many_turns_and_one_of_few_files_stay_in_days(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(months, "ROWS_A_FILE", 40)
    assert roll_up(log, LATER) == 0
    few = Log.create(log.path.parent / "few")
    add(few, *(turn(day) for day in range(MOST_FILES_A_MONTH - 1)))
    assert roll_up(few, LATER) == 0


def test_a_log_with_months_is_read_in_place_and_by_our_own_engine(log: Log, tmp_path: Path) -> None:
    roll_up(log, date(2026, 3, 4))
    engine = connect(tmp_path / "spill")
    assert log.turns(engine).turn.count().execute() == 135
    found = duckdb.sql(f"SELECT count(*) FROM read_parquet('{log.path}/day=*/*.parquet') WHERE day >= '2026-02'")
    assert found.fetchall() == [(88,)]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["add", "roll", "erase", "retain"]), st.integers(0, 80)), max_size=8))
def test_whatever_happens_each_turn_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, doings: list[tuple[str, int]]
) -> None:
    """A log that is rolled up against a dictionary: known turns are known, the erased and the old are gone."""
    log, there = Log.create(tmp_path_factory.mktemp("log") / "log"), dict[str, Turn]()
    for doing, day in doings:
        if doing == "add":
            heard = [turn(one, user) for user in ("ann", "bob") for one in range(day, day + 12)]
            new = {each.turn: each for each in heard}
            assert add(log, *new.values()) == len(new.keys() - there.keys())
            there = {**new, **there}
        elif doing == "roll":
            roll_up(log, LATER)
        elif doing == "erase":
            assert erase_person(log, "bob".__eq__).turns == sum(each.user == "bob" for each in there.values())
            there = {name: each for name, each in there.items() if each.user != "bob"}
        else:
            since = JANUARY + timedelta(days=day)
            retain(log, 0, since)
            there = {name: each for name, each in there.items() if each.time >= since}
        assert Counter(each.turn for each in logged(log)) == Counter(there.keys())
    assert turns(log) == there


def test_turns_that_come_late_are_known_and_lie_beside_the_month_until_there_are_many(log: Log) -> None:
    roll_up(log, LATER)
    assert add(log, turn(3), turn(3, "eve")) == 1
    assert folders(log)[:2] == ["day=2026-01", "day=2026-01-04"]
    assert roll_up(log, LATER) == 0
    for day in range(4, 4 + MOST_FILES_A_MONTH):
        add(log, turn(day, "eve"))
    assert roll_up(log, LATER) == 1
    assert folders(log)[:2] == ["day=2026-01", "day=2026-02"]
    assert len(turns(log)) == 135 + 1 + MOST_FILES_A_MONTH


KILLED = """
    import os, signal, sys
    from datetime import date
    from pathlib import Path
    from sayagain.log.months import roll_up
    from sayagain.log.store import Log

    calls = 0

    def deadly(original):
        def call(*given, **named):
            global calls
            calls += 1
            if calls == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*given, **named)
        return call

    for name in ("fsync", "replace", "rename", "unlink", "rmdir", "mkdir"):
        setattr(os, name, deadly(getattr(os, name)))
    roll_up(Log.open(Path(sys.argv[1])), date(2026, 6, 1))
    print(calls)
"""


@pytest.fixture
def every_third_day(tmp_path: Path) -> Log:
    """A log of every third day of three months: files enough for each to be rolled up, one month soon after another."""
    log = Log.create(tmp_path / "log")
    add(log, *(turn(day, user) for day in range(0, 90, 3) for user in ("ann", "bob")))
    return log


@pytest.mark.parametrize("call", [2, 4, 6, 8, 10, 20, 30, 38, 44])
def test_killed_at_any_point_nothing_is_lost_and_the_next_one_finishes(every_third_day: Log, call: int) -> None:
    """Before and while a month is written, while its days go, and again in the next month."""
    log = every_third_day
    before = turns(log)
    killed = run(KILLED, log.path, call)
    assert killed.returncode == -signal.SIGKILL, killed.said
    opened = Log.open(log.path)
    assert Counter(each.turn for each in logged(opened)) == Counter(before.keys())
    roll_up(opened, LATER)
    assert len(opened.files()) == 3
    assert turns(opened) == before


def test_an_import_rolls_up_what_it_added(tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    file.write_text("\n".join(turn(day).model_dump_json() for day in range(31)))
    for added in (31, 0):
        assert ingest([file], "jsonl", tmp_path / "log").added == added
        assert folders(Log.open(tmp_path / "log")) == ["day=2026-01"]


def test_an_import_is_done_though_it_cannot_be_rolled_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> int:
        raise LogError("Another process is writing")

    monkeypatch.setattr("sayagain.log.ingest.roll_up", busy)
    file = tmp_path / "turns.jsonl"
    file.write_text(turn(1).model_dump_json())
    assert ingest([file], "jsonl", tmp_path / "log").added == 1


def test_the_service_rolls_up_when_it_moves_turns_into_the_log(log: Log, tmp_path: Path) -> None:
    inbox = Inbox(f"sqlite:///{tmp_path / 'state.db'}")
    inbox.put([Turn.model_validate(said("a"))]).result()
    inbox.handed(inbox.next(1)).result()
    assert compact(inbox, log, EVER) == 1
    inbox.close()
    assert folders(log) == ["day=2026-01", "day=2026-02", "day=2026-03"]
    assert len(turns(log)) == 136
