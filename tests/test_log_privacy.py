"""Letting turns go, counting them and reading one session."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sayagain.cli.sessions import session_table, session_turns
from sayagain.errors import LogError, StateError
from sayagain.log import truth
from sayagain.log.retention import Gone, erase_person, retain
from sayagain.log.stats import stats
from sayagain.log.store import Log
from sayagain.online.erasure.offline import forget
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.truth import Truth
from sayagain.state.inbox import Inbox
from sayagain.state.profiles import Store

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def turn(name: str, user: str = "anna", hours: float = 0, **more: object) -> Turn:
    given = {"turn": name, "user": user, "time": NOON + timedelta(hours=hours), "text": f"request {name}", **more}
    return Turn.model_validate(given)


def log_of(folder: Path, *turns: Turn, labelled: bool = True) -> Log:
    log = Log.create(folder / "log")
    with log.adding() as addition:
        addition.turns(pa.Table.from_pylist([each.to_row() for each in turns], schema=Turn.arrow_schema()))
        if labelled:
            known = [Truth(turn=each.turn, said=each.text).to_row() for each in turns]
            addition.truth(pa.Table.from_pylist(known, schema=Truth.arrow_schema()))
        addition.settle(log.path, log.days(), log.truth_path)
    return log


def erase(log: Log, name: str) -> Gone:
    return erase_person(log, lambda user: user == name)


def left(log: Log) -> set[str]:
    return {name for file in log.files() for name in pq.read_table(file)["turn"].to_pylist()}


def test_an_erased_person_is_nowhere_in_log_or_truth(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a"), turn("b", "bert"), turn("c", hours=24), turn("d", "bert", 48))
    assert erase(log, "anna") == Gone(turns=2, truth=2, staged=0, rejected=0)
    assert left(log) == set(truth.read(log.path)["turn"].to_pylist()) == {"b", "d"}
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"anna" not in everything
    assert b"request a" not in everything
    assert not (log.path / "day=2026-02-01").exists()


def test_a_person_is_forgotten_by_layer_and_inbox_too_where_the_state_database_is_named(tmp_path: Path) -> None:
    log, state = log_of(tmp_path, turn("a"), turn("b", "bert")), str(tmp_path / "state.db")
    layer = Layer.open(None, state)
    for each in (turn("c"), turn("d", "bert")):
        layer.observe(each)
    layer.flush()
    inbox = Inbox(state)
    inbox.put([turn("e"), turn("f", "bert")]).result()
    inbox.close()
    assert forget(log, "anna", state).turns == 2
    assert left(log) == {"b"}
    assert Store(state).read("anna") is None
    assert Store(state).read("bert") is not None
    inbox = Inbox(state)
    assert [kept.turn.user for kept in inbox.next(10)] == ["bert"]
    inbox.close()


def test_a_state_database_that_is_not_there_is_said_before_anything_is_erased(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a"))
    with pytest.raises(StateError, match="no state database"):
        forget(log, "anna", str(tmp_path / "typo.db"))
    assert left(log) == {"a"}
    assert not (tmp_path / "typo.db").exists()


def test_erasing_a_stranger_changes_nothing(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a"))
    files = log.files()
    assert erase(log, "bert").turns == 0
    assert log.files() == files


def test_other_people_keep_everything_they_said(tmp_path: Path) -> None:
    kept = turn("b", "bert", asr=[{"text": "x", "score": 1}], mood="calm")
    log = log_of(tmp_path, turn("a"), kept)
    erase(log, "anna")
    (row,) = pq.read_table(log.files()[0]).to_pylist()
    assert Turn.from_row(row) == kept


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(-100, 100), unique=True, max_size=10), st.integers(0, 100))
def test_retention_keeps_exactly_the_turns_of_the_last_days(
    tmp_path_factory: pytest.TempPathFactory, hours: list[int], days: int
) -> None:
    log = log_of(tmp_path_factory.mktemp("log"), *(turn(str(hour), hours=hour) for hour in hours))
    now = NOON + timedelta(hours=100)
    old = {str(hour) for hour in hours if NOON + timedelta(hours=hour) < now - timedelta(days=days)}
    assert retain(log, days, now) == len(old)
    assert left(log) == {str(hour) for hour in hours} - old
    if left(log):
        assert set(truth.read(log.path)["turn"].to_pylist()) == left(log)


def test_a_log_without_truth_can_forget_too(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a"), labelled=False)
    assert erase(log, "anna").turns == 1
    assert log.files() == []


def test_erasure_waits_for_no_writer(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a"))
    with FileLock(log.path / "_lock"), pytest.raises(LogError, match="Another process"):
        erase(log, "anna")
    assert left(log) == {"a"}


def test_statistics_count_what_there_is(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        turn("a", device="hall", status="ok", session="s"),
        turn("b", hours=0.01, status="error"),
        turn("c", hours=0.02, asr=[{"text": "x"}]),
        turn("d", "bert", 30, interpretation={"intent": "stop"}),
    )
    found = stats(log)
    assert (found["turns"], found["users"], found["devices"], found["days"]) == (4, 2, 1, 2)
    assert found["sessions"] == 3, "s, the one of b and c cut at silence, and bert's"
    assert (found["first"], found["last"]) == ("2026-01-31T12:00:00+00:00", "2026-02-01T18:00:00+00:00")
    assert found["statuses"] == {"unknown": 2, "ok": 1, "error": 1}
    shares = {"device": 0.25, "session": 0.25, "status": 0.5, "asr": 0.25, "interpretation": 0.25, "response": 0}
    assert {name: found["given"][name] for name in shares} == shares


def printed(log: Log, session: str) -> str:
    console = Console(width=100, file=io.StringIO())
    console.print(session_table(session, session_turns(log, session), {}))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_session_is_readable_in_a_hundred_columns(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        turn("b", hours=0.01, session="s", response="It is [red]late[/red]. " * 20, barge_in=True, status="ok"),
        turn("a", session="s", asr=[{"text": "request a"}, {"text": "bequest"}], device="hall"),
        turn("c", session="other"),
        turn("d", hours=0.02, session="s", interpretation={"domain": "home", "intent": "stop", "slots": {"x": "y"}}),
    )
    assert [each.turn for each in session_turns(log, "s")] == ["a", "b", "d"]
    text = printed(log, "s")
    assert max(map(len, text.splitlines())) <= 100
    for part in ("12:00:00", "12:00:36", "request a", "bequest", "[red]late[/red]", "home.stop(x=y)", "interrupted"):
        assert part in text
    assert "request c" not in text


def test_a_request_of_a_megabyte_does_not_flood_the_terminal(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a", session="s", text="on " * 300_000))
    assert len(printed(log, "s")) < 5000


def test_a_session_cut_at_silence_can_be_shown(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a"), turn("b", hours=0.01), turn("c", hours=1), turn("x", "bert"))
    assert [each.turn for each in session_turns(log, "anna//0")] == ["a", "b"]
    assert [each.turn for each in session_turns(log, "anna//1")] == ["c"]


def test_a_session_that_is_not_there_is_told_with_one_that_is(tmp_path: Path) -> None:
    log = log_of(tmp_path, turn("a", session="s"))
    with pytest.raises(LogError, match=r"no session t .*One that there is: s"):
        session_turns(log, "t")
