"""What is acknowledged is kept: through kills, full disks and moves into the log, and each turn once."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from served import Home, logged, said, service_of
from sqlalchemy import Connection, Engine, event

from sayagain.errors import LogError, StateError
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.turn import Feedback
from sayagain.server.inbox_to_log import compact
from sayagain.server.settings import Settings
from sayagain.state.inbox import REMEMBERED, Inbox

EVER = float("inf")
MOST = 1_000_000


@pytest.fixture
def home(tmp_path: Path, state: str) -> Home:
    return Home(tmp_path, database=state)


class Clock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def inbox_at(state: str, clock: Any = None) -> Iterator[Inbox]:
    inbox = Inbox(state, clock or Clock())
    try:
        yield inbox
    finally:
        inbox.close()


def put(inbox: Inbox, *turns: dict[str, Any]) -> list[bool]:
    return inbox.put([Turn.model_validate(turn) for turn in turns]).result()


def hand_on(inbox: Inbox) -> list[str]:
    kept = inbox.next(MOST)
    if kept:
        inbox.handed(kept).result()
    return [each.turn.turn for each in kept]


# What is kept


def test_what_was_not_handed_on_waits_for_the_next_start(state: str) -> None:
    with inbox_at(state) as inbox:
        assert put(inbox, said("a"), said("b"), said("a")) == [True, True, False]
        inbox.handed(inbox.next(1)).result()
        assert inbox.waiting == 1
    with inbox_at(state) as inbox:
        assert inbox.waiting == 1
        assert hand_on(inbox) == ["b"]
        assert (inbox.waiting, hand_on(inbox)) == (0, [])


def test_a_turn_is_kept_as_it_was_said(state: str) -> None:
    turn = said("🛑" * 3000, 'a "quoted" \x00 thing', mood={"calm": [1, None]}, asr=[{"text": "x", "score": -1e-9}])
    with inbox_at(state) as inbox:
        put(inbox, turn)
        (kept,) = inbox.next(MOST)
    assert kept.turn == Turn.model_validate(turn)


def test_feedback_while_a_turn_is_handed_on_is_handed_on_after_it(state: str) -> None:
    with inbox_at(state) as inbox:
        put(inbox, said("a"))
        under_way = inbox.next(MOST)
        assert inbox.hear("a", Feedback(helpful=False)).result() == "kept"
        inbox.handed(under_way).result()
        assert inbox.waiting == 1
        (again,) = inbox.next(MOST)
        assert again.turn.feedback == Feedback(helpful=False)
        assert hand_on(inbox) == ["a"]
        assert inbox.waiting == 0


LATER = [{"feedback": {"helpful": False}}, {"undone_after": 12.0}, {"status": "cancelled"},
         {"layer": {"rewrite": "x", "accepted": False}}]  # fmt: skip
"""What is only known of a turn once it was told."""


@pytest.mark.parametrize("later", LATER)
def test_what_is_told_later_becomes_part_of_the_turn_and_stays(state: str, later: dict[str, Any]) -> None:
    first = said("a", status="ok", layer={"rewrite": "x"})
    with inbox_at(state) as inbox:
        put(inbox, first)
        hand_on(inbox)
        assert put(inbox, first | later) == [False]
        (told,) = inbox.next(MOST)
        assert told.turn == Turn.model_validate(first | later)
        hand_on(inbox)
        for late in (first | later, first, first | {"text": "something else"}):
            assert put(inbox, late) == [False]
            assert inbox.waiting == 0
    with inbox_at(state) as inbox:
        assert put(inbox, said("b", **later), said("b")) == [True, False]
        assert inbox.next(MOST)[0].turn == Turn.model_validate(said("b", **later))


def test_an_inbox_that_would_not_last_is_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StateError, match="loses what was acknowledged"):
            Inbox(url)


def test_a_database_that_cannot_be_opened_is_named_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x" * 5000)
    for url in (
        f"sqlite:///{tmp_path / 'file'}",
        "postgresql+psycopg://me:hush@127.0.0.1:1/db",
        "no such thing://me:hush@x",
    ):
        with pytest.raises(StateError, match="Check --state") as refused:
            Inbox(url)
        assert "hush" not in str(refused.value)


# Into the log


def test_old_turns_move_into_the_log_with_their_feedback(state: str, tmp_path: Path) -> None:
    log, clock = Log.create(tmp_path / "log"), Clock()
    with inbox_at(state, clock) as inbox:
        put(inbox, said("old"), said("older"))
        clock.now += 100
        put(inbox, said("young"))
        hand_on(inbox)
        assert inbox.hear("old", Feedback(helpful=True)).result() == "kept"
        hand_on(inbox)
        assert compact(inbox, log, clock.now - 50) == 2
        assert {turn.turn: turn.feedback for turn in logged(log)} == {"old": Feedback(helpful=True), "older": None}
        assert inbox.hear("old", Feedback(helpful=False)).result() == "too late"
        assert inbox.hear("young", Feedback(helpful=False)).result() == "kept"


def test_what_the_layer_does_not_know_yet_stays(state: str, tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    with inbox_at(state) as inbox:
        put(inbox, said("a"))
        assert compact(inbox, log, EVER) == 0
        hand_on(inbox)
        inbox.hear("a", Feedback(helpful=False)).result()
        assert compact(inbox, log, EVER) == 0
        hand_on(inbox)
        assert compact(inbox, log, EVER) == 1


def test_a_turn_that_is_in_the_log_is_known_for_a_day(state: str, tmp_path: Path) -> None:
    log, clock = Log.create(tmp_path / "log"), Clock()
    with inbox_at(state, clock) as inbox:
        put(inbox, said("a"))
        hand_on(inbox)
        compact(inbox, log, EVER)
        assert put(inbox, said("a")) == [False]
        clock.now += REMEMBERED + 1
        put(inbox, said("b"))
        hand_on(inbox)
        compact(inbox, log, EVER)
        assert inbox.hear("a", Feedback()).result() == "unknown"
        assert put(inbox, said("a")) == [True]
        hand_on(inbox)
        assert compact(inbox, log, EVER) == 0
    assert sorted(turn.turn for turn in logged(log)) == ["a", "b"]


@pytest.mark.parametrize("step", ["append", "logged"])
def test_a_move_that_is_cut_short_is_finished_once(
    state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    log = Log.create(tmp_path / "log")
    with inbox_at(state) as inbox:
        put(inbox, said("a"), said("b"))
        hand_on(inbox)
        with monkeypatch.context() as patch:
            patch.setattr(*((log, "append") if step == "append" else (inbox, "logged")), _killed)
            with pytest.raises(KeyboardInterrupt):
                compact(inbox, log, EVER)
    with inbox_at(state) as inbox:
        put(inbox, said("c"))
        assert inbox.hear("a", Feedback(helpful=True)).result() == "too late"
        hand_on(inbox)
        compact(inbox, log, EVER)
        assert put(inbox, said("a")) == [False]
    assert sorted(turn.turn for turn in logged(log)) == ["a", "b", "c"]


def test_while_another_writes_to_the_log_turns_stay(state: str, tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    with inbox_at(state) as inbox:
        put(inbox, said("a"))
        hand_on(inbox)
        with Log.open(tmp_path / "log").adding(), pytest.raises(LogError, match="Another process"):
            compact(inbox, log, EVER)
        assert compact(inbox, log, EVER) == 1


# Faults


def test_what_was_acknowledged_survives_kills_under_load(home: Home) -> None:
    acknowledged: list[str] = []
    for life in range(3):
        with service_of(home) as (process, address):
            enough = len(acknowledged) + 300
            people = [Thread(target=_talk, args=(address, f"{life} {i}", acknowledged)) for i in range(8)]
            for person in people:
                person.start()
            moved = home.log.files()
            while len(acknowledged) < enough or home.log.files() == moved:
                assert any(person.is_alive() for person in people)
                people[0].join(0.01)
            process.send_signal(signal.SIGKILL)
            for person in people:
                person.join()
    with home.served():  # hands on what waits
        pass
    with inbox_at(home.state) as inbox:
        hand_on(inbox)
        compact(inbox, home.log, EVER)
    times = Counter(turn.turn for turn in logged(home.log))
    assert set(acknowledged) <= set(times)
    assert set(times.values()) == {1}


def test_a_full_disk_is_said_and_when_there_is_room_all_goes_on(home: Home) -> None:
    long = "la " * 20_000
    with disk() as full, home.served() as service:
        assert service.post("/observe", json=said("a", long)).status_code == 200
        home.layer.told(1)
        full.set()
        statuses = [service.post("/observe", json=said(f"b{i}", long)).status_code for i in range(10)]
        assert statuses[-1] == 507
        refused = service.post("/observe", json=said("c", long))
        assert refused.json()["error"] == "The state database is full"
        assert "Retry-After" in refused.headers
        assert service.post("/rewrite", json=said("d", "turn on the haul light")).json()["rewrite"]
        full.clear()
        assert service.post("/observe", json=said("c", long)).json()["outcome"] == "accepted"
        kept = ["a", *(f"b{i}" for i, status in enumerate(statuses) if status == 200), "c"]
        assert [turn.turn for turn in home.layer.told(len(kept))] == kept


@contextmanager
def disk() -> Iterator[Event]:
    """Let state databases have no more room than they have while it is set; the databases themselves say so."""
    full = Event()

    def bounded(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA max_page_count={1 if full.is_set() else MOST}")

    def refused(connection: Connection, _: object, statement: str, *__: object) -> None:
        if connection.dialect.name == "postgresql" and statement.startswith("INSERT INTO inbox") and full.is_set():
            connection.exec_driver_sql("DO $$ BEGIN RAISE disk_full; END $$")

    event.listen(Engine, "begin", bounded)
    event.listen(Engine, "before_cursor_execute", refused)
    try:
        yield full
    finally:
        event.remove(Engine, "begin", bounded)
        event.remove(Engine, "before_cursor_execute", refused)


def test_what_the_layer_could_not_take_in_is_handed_on_when_it_can(home: Home) -> None:
    home.layer.trouble = StateError("The memory cannot be read", "Wait")
    with home.served() as service:
        service.post("/observe/batch", json=[said("a"), said("b")])
    assert not home.layer.seen
    home.layer.trouble = None
    with home.served():
        assert [turn.turn for turn in home.layer.told(2)] == ["a", "b"]


def test_turns_move_into_the_log_while_the_service_runs(home: Home) -> None:
    home.settings = Settings(feedback_window=0, compact_every=0.01)
    with home.served() as service:
        service.post("/observe", json=said("a"))
        home.layer.told(1)
        while not (late := service.post("/feedback", json={"turn": "a", "helpful": True})).is_error:
            pass
    assert late.status_code == 410
    assert late.json()["remedy"] == "Give feedback within 0 minutes of the turn"
    with inbox_at(home.state) as inbox:
        hand_on(inbox)
        compact(inbox, home.log, EVER)
    assert [turn.turn for turn in logged(home.log)] == ["a"]


def _talk(address: str, person: str, acknowledged: list[str]) -> None:
    """Tell the service what happened until nobody answers; note what was acknowledged."""
    import http.client
    import json

    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    for number in range(MOST):
        turn = f"{person} {number}"
        try:
            connection.request("POST", "/observe", json.dumps(said(turn, user=person)))
            answer = connection.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return
        assert told == {"turn": turn, "outcome": "accepted"}
        acknowledged.append(turn)


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt
