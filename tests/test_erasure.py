"""Erasing a person: out of every place, whatever runs or was killed, and nobody else; with a receipt."""

from __future__ import annotations

import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from children import run
from erased import ALSO_ANN, ANN, BLOCKED, BOB, CANARY, DEATHS, Places, plant, plant_log, turn
from layered import LEARNED, NOTHING
from sqlalchemy import Engine, create_engine, event, select
from starlette.testclient import TestClient

from sayagain.bundle import superseded
from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.lock import BeingLearnedError, learning
from sayagain.bundle.lock import erasing as erasing_from
from sayagain.bundle.manifest import RecordedSettings
from sayagain.cli.rewrites_tables import complained, why_none
from sayagain.errors import BundleError, LogError
from sayagain.learning import pipeline
from sayagain.learning.settings import Settings as Learning
from sayagain.log.store import Log
from sayagain.online.erasure import erase as erasing
from sayagain.online.erasure.offline import forget
from sayagain.online.erasure.places import PLACES, WITHOUT_TEXT
from sayagain.online.layer import Layer
from sayagain.online.standing import Standings
from sayagain.schema.rewrite import Status
from sayagain.server import erasures
from sayagain.server.app import create
from sayagain.server.settings import Settings
from sayagain.state import Database
from sayagain.state.database import CLEARED
from sayagain.state.erasures import finish, record, unfinished
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.profiles import Store
from sayagain.state.tables import Base

OF_BOB = (3, 3, True, 1)
PLANTED = {
    "turns in the log": 6,
    "truth about turns": 6,
    "rejected lines": 1,
    "inbox": 3,
    "user profiles": 2,
    "preferences": 2,
    "questions": 2,
    "complaints": 1,
    "texts of standings": 3,
    "unfinished learning": 3,
    "versions of the bundle": 2,
    "requests to erase": 1,
}


@pytest.fixture
def places(tmp_path: Path, state: str) -> Places:
    return Places(tmp_path / "home", state.replace(str(tmp_path), str(tmp_path / "home")))


@contextmanager
def served(places: Places, learned: Path | None = None, **settings: object) -> Iterator[TestClient]:
    layer = Layer.open(learned, places.state)
    given = Settings(bundle=places.bundle, compact_every=3600, **settings)  # type: ignore[arg-type]
    app = create(layer, Inbox(places.state), places.log, given)
    with TestClient(app, base_url="http://localhost:8377") as service:
        yield service
    layer.close()


@contextmanager
def still(service: TestClient) -> Iterator[None]:
    """Have no turn on its way into the log: a file that is being written cannot be read."""
    with service.app.state.service.compaction.still:  # type: ignore[attr-defined]
        yield


def killed(places: Places, how: str) -> None:
    ended = run(
        "import sys; from erased import until_killed; until_killed(*sys.argv[1:])", places.folder, places.state, how
    )
    assert ended.returncode == -signal.SIGKILL, ended.said


def reading(places: Places) -> Engine:
    """Return what has the database open: otherwise SQLite would copy the write-ahead log back for whoever looks."""
    engine = create_engine(places.state)
    with engine.connect() as connection:
        connection.execute(select(Base.metadata.tables["memory"])).all()
    return engine


# The registry


def test_every_table_is_claimed_by_one_place_or_said_to_hold_nothing() -> None:
    claimed = [table for place in PLACES for table in place.tables] + list(WITHOUT_TEXT)
    assert sorted(claimed) == sorted(Base.metadata.tables)


def test_every_place_is_erased_by_one_step() -> None:
    steps = [*erasing.FROM_STATE, *erasing.FROM_LOG, *erasing.FROM_BUNDLE, *erasing.CLEARED]
    assert steps == list(PLACES)


# Everywhere


def test_what_is_planted_is_found_in_every_place_before(places: Places) -> None:
    plant(places).close()
    found = places.found()
    tables = {table for place in PLACES for table in place.tables} - {"erasure"}
    assert {f"table {name}" for name in tables} <= set(found)
    first = {name.partition("/")[0] for name in found}
    assert {"log", "truth", "log-rejected.jsonl", "bundle"} <= first
    assert {"log/_staging/turns-000000", "log/_staging/spill/duckdb_temp_storage-0.tmp"} <= set(found)
    assert {"bundle/.draft/rewrites.parquet", "bundle/000001/rewrites.parquet"} <= set(found)
    assert any(name.startswith("bundle/.work/") and name.endswith(".parquet") for name in found)
    assert places.of_bob() == OF_BOB


def test_who_is_erased_where_nothing_runs_is_nowhere(places: Places) -> None:
    plant(places).close()
    receipt = forget(places.log, ANN.lower(), places.state, places.bundle)
    assert places.found() == {}
    assert places.of_bob() == OF_BOB
    assert {name: receipt.erased[name] for name in PLANTED} == PLANTED
    assert set(receipt.erased) == {place.name for place in PLACES}
    assert (receipt.turns, receipt.names) == (9, 2)
    assert CANARY not in receipt.model_dump_json().lower()
    assert any("PostgreSQL" in note for note in receipt.notes) == places.state.startswith("postgresql")


def test_who_is_erased_by_a_running_service_is_nowhere_at_once(places: Places) -> None:
    plant(places).close()
    with served(places) as service:
        for user in (ANN, ALSO_ANN, BOB):
            told = turn(f"told by {len(user)}", user).model_dump_json()
            assert service.post("/observe", content=told).json()["outcome"] == "accepted"
            service.post("/rewrite", content=turn("asked", user).model_dump_json())
        assert service.post(
            "/feedback", json={"turn": turn(f"told by {len(ANN)}", ANN).turn, "comment": "zyquno"}
        ).is_success
        answer = service.post("/forget", json={"user": ANN})
        assert answer.status_code == 200
        assert (answer.json()["turns"], answer.json()["names"]) == (6 + 3 + 2, 2)
        with still(service):
            assert places.found() == {}
        assert service.get(f"/forget/{answer.json()['job']}").json() == answer.json()
        assert service.get("/health").json()["faults"] == {}
    assert places.found() == {}
    logged, waiting, *rest = places.of_bob()
    assert (logged + waiting, *rest) == (3 + 3 + 1, True, 1)


def test_a_running_service_lets_go_of_what_was_learned_of_the_household(places: Places) -> None:
    plant(places).close()
    with served(places, learned=places.bundle) as service:
        assert service.get("/health").json()["bundle"] == "000002"
        answer = service.post("/forget", json={"user": ANN}).json()
        assert service.get("/health").json()["bundle"] == "000003"
        assert any("nothing is rewritten; learn again" in note for note in answer["notes"])


def test_who_is_erased_after_a_process_was_killed_is_nowhere(places: Places) -> None:
    killed(places, "plant")
    forget(places.log, ANN, places.state, places.bundle)
    assert places.found() == {}
    assert places.of_bob() == OF_BOB


@pytest.mark.parametrize("death", DEATHS)
def test_an_erasure_that_is_killed_is_finished_before_anything_is_served(places: Places, death: str) -> None:
    plant(places).close()
    held = reading(places)
    killed(places, death)
    waiting = unfinished(Database.open(places.state), places.log.path)
    assert [each.user for each in waiting] == [ANN] * (death != "when it is done")
    with served(places) as service:
        with still(service):
            assert places.found() == {}
        for each in waiting:
            assert service.get(f"/forget/{each.job}").status_code == 200
    held.dispose()
    assert places.of_bob()[2:] == OF_BOB[2:]
    assert sum(places.of_bob()[:2]) == sum(OF_BOB[:2])


def test_the_command_finishes_what_was_cut_short_of_somebody_else(places: Places) -> None:
    plant(places).close()
    record(Database.open(places.state), ANN, places.log.path)
    record(Database.open(places.state), BOB, places.log.path)
    assert forget(places.log, BOB, places.state, places.bundle).turns == 6
    assert places.found() == {}
    assert places.of_bob() == (0, 0, False, 0)
    assert unfinished(Database.open(places.state), places.log.path) == []


def test_an_erasure_of_another_log_is_not_finished_here(places: Places) -> None:
    plant(places).close()
    other = places.folder / "other"
    other.mkdir()
    record(Database.open(places.state), BOB, other)
    forget(places.log, ANN, places.state, places.bundle)
    assert places.of_bob() == OF_BOB
    assert len(unfinished(Database.open(places.state), other)) == 1
    other.rmdir()  # it was moved: whoever comes first finishes it
    assert len(unfinished(Database.open(places.state), places.log.path)) == 1


# What stays


def test_what_was_blocked_stays_blocked_without_its_texts(places: Places) -> None:
    plant(places).close()
    forget(places.log, ANN, places.state, places.bundle)
    lifecycle = Lifecycle(places.state)
    standing = lifecycle.standings()[BLOCKED.id]
    assert (standing.source, standing.target, standing.status) == ("", "", Status.BLOCKED)
    standings = Standings(lifecycle)
    assert set(standings.stopped(BLOCKED.source, [BLOCKED.target, "play jazz"])) == {BLOCKED.target}
    assert set(standings.stopped("play", [BLOCKED.target])) == set()
    lifecycle.receive([BLOCKED], review=False)
    assert lifecycle.standings()[BLOCKED.id].status is Status.BLOCKED


def test_what_others_complained_of_is_still_shown_in_their_words(places: Places) -> None:
    plant(places).close()
    forget(places.log, ANN, places.state, places.bundle)
    texts = {(each.source, each.target) for each in Lifecycle(places.state).standings().values()}
    assert texts == {("", ""), ("play jass", "play jazz")}
    shown = complained(Bundle.open(places.bundle), Lifecycle(places.state).standings())
    assert shown is not None
    assert list(shown.columns[1].cells) == ["(erased)", "play jass"]


def test_what_comes_after_the_request_is_new(places: Places) -> None:
    plant(places).close()
    inbox = Inbox(places.state)
    asked = record(inbox.database, ANN, places.log.path)
    inbox.put([turn("later", ANN)]).result()
    later = [each for each in inbox.next(100) if each.turn.turn == turn("later", ANN).turn]
    assert len(later) == 1
    assert inbox.forget(lambda user: user == ANN, asked.asked) == 3
    assert [each.turn.turn for each in inbox.next(100) if each.turn.user == ANN] == [later[0].turn.turn]
    inbox.close()


# Versions of the bundle


def test_an_empty_version_takes_the_place_of_a_households(tmp_path: Path) -> None:
    def learn(people: int) -> None:
        given = {**LEARNED, "created": datetime.now(UTC), "settings": RecordedSettings(min_people=people)}
        publish(tmp_path, [BLOCKED], NOTHING, **given)

    for people in (3, 1, 1):
        learn(people)
    left = superseded.erase(tmp_path, datetime.now(UTC))
    assert (left.erased, left.kept, left.emptied) == (("000002", "000003"), ("000001",), True)
    empty = Bundle.open(tmp_path)
    assert (empty.path.name, empty.rewrites, empty.refused(), empty.manifest.emptied) == ("000004", [], [], True)
    assert why_none(empty.manifest) == "No rewrites: somebody was erased from what was learned; learn again"
    assert superseded.erase(tmp_path, datetime.now(UTC)) == superseded.Left(0, (), ("000001",), False)
    learn(1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000001", "000004", "000005", "current"]
    learn(3)
    assert superseded.erase(tmp_path, datetime.now(UTC)).erased == ("000005",)
    assert Bundle.open(tmp_path).path.name == "000006"


def test_a_households_version_that_cannot_be_read_goes_without_a_successor(tmp_path: Path) -> None:
    publish(tmp_path, [BLOCKED], NOTHING, **{**LEARNED, "settings": RecordedSettings(min_people=1)})
    (tmp_path / "000001" / "manifest.json").write_text("{")
    assert superseded.erase(tmp_path, datetime.now(UTC)).erased == ("000001",)
    assert list(tmp_path.iterdir()) == []


# Files of SQLite


def remains(file: Path) -> bool:
    return b"a secret word" in file.read_bytes()


def test_a_database_that_was_never_overwritten_is_written_anew_once(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    Database.open(str(file)).engine.dispose()
    with sqlite3.connect(file) as old:
        old.execute("PRAGMA secure_delete=OFF")
        old.execute("PRAGMA user_version=0")
        old.execute("INSERT INTO memory VALUES ('ann', ?)", ['"' + "a secret word " * 2000 + '"'])
        old.commit()
        old.execute("DELETE FROM memory")
        old.commit()
    old.close()
    assert remains(file)
    database = Database.open(str(file))
    assert database.purge() > 0
    assert not remains(file)
    assert database.purge() == 0


def test_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    store = Store(str(file))
    store.write({"ann": {"said": "a secret word " * 2000}})
    assert remains(file)
    store.forget("ann")
    assert not remains(file)


def test_rests_of_rows_that_were_moved_between_pages_go_with_an_erasure(tmp_path: Path) -> None:
    file, log = tmp_path / "state.db", Log.create(tmp_path / "log")
    Store(str(file)).write({f"person {number}": {"said": "play jazz"} for number in range(20)})
    forget(log, "nobody", str(file), None)
    page, free = with_room(file.read_bytes())
    with file.open("r+b") as found:  # as SQLite leaves it where it moves rows, once in a while
        found.seek(page + free)
        found.write(b"a secret word")
    assert remains(file)
    forget(log, "person 3", str(file), None)
    assert not remains(file)
    assert len(Store(str(file)).users()) == 19


def test_who_is_erased_while_the_file_is_written_anew_is_cleared_by_the_next(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "state.db"))
    one, *others = (record(database, name, tmp_path) for name in ("ann", "bob"))
    finish(database, one)

    @event.listens_for(database.engine, "after_cursor_execute")
    def meanwhile(*executed: Any) -> None:
        if executed[2] == "VACUUM" and others:
            finish(database, others.pop())

    def version() -> int:
        with database.engine.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())

    database.purge()
    assert version() != CLEARED
    database.purge()
    assert version() == CLEARED


def with_room(data: bytes) -> tuple[int, int]:
    """Return where a leaf page of a SQLite file begins, and how far behind that bytes are unused."""
    size = int.from_bytes(data[16:18], "big")
    for page in range(size, len(data), size):
        cells, content = (int.from_bytes(data[page + at : page + at + 2], "big") for at in (3, 5))
        if data[page] in (0x0A, 0x0D) and content - (8 + 2 * cells) > 100:
            return page, content - 50
    raise AssertionError("no page has room")


# Jobs


def test_an_erasure_that_takes_long_is_a_job(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(places).close()
    go_on = threading.Event()
    original = erasing._from_log
    monkeypatch.setattr(erasing, "_from_log", lambda *given: (go_on.wait(20), original(*given))[1])
    with served(places, erasure_patience=0.0) as service:
        answer = service.post("/forget", json={"user": ANN})
        assert answer.status_code == 202
        job = answer.json()["job"]
        assert answer.headers["location"] == f"/forget/{job}"
        assert service.get(f"/forget/{job}").status_code == 202
        go_on.set()
        service.app.state.service.erasures.find(job).done.result(20)  # type: ignore[attr-defined]
        assert service.get(f"/forget/{job}").json()["turns"] == 9
        assert service.get("/forget/another").status_code == 404
    assert places.found() == {}


def test_an_erasure_that_fails_goes_on_until_it_is_done(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(places).close()
    monkeypatch.setattr(erasures, "AGAIN", 0.01)
    original, busy = erasing._from_log, LogError("Another process is writing", "Try again")

    def failing(*given: object) -> object:
        raise busy

    monkeypatch.setattr(erasing, "_from_log", failing)
    with served(places, erasure_patience=0.0) as service:
        answer = service.post("/forget", json={"user": ANN})
        assert answer.status_code == 202
        asked = (service.get(f"/forget/{answer.json()['job']}") for _ in range(10_000))
        assert str(busy) in (each.json().get("fault") for each in asked)
        assert service.get("/health").json()["faults"] == {"erasure": str(busy)}
        monkeypatch.setattr(erasing, "_from_log", original)
        service.app.state.service.erasures.find(answer.json()["job"]).done.result(20)  # type: ignore[attr-defined]
        assert service.get("/health").json()["faults"] == {}
    assert places.found() == {}


def test_receipts_are_kept_for_a_day_and_what_is_not_done_for_as_long_as_it_takes(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "MOST_RECEIPTS", 2)
    with served(places) as service:
        jobs = [service.post("/forget", json={"user": f"person {number}"}).json()["job"] for number in range(4)]
        kept = [service.get(f"/forget/{job}").status_code for job in jobs]
        assert kept == [404, 404, 200, 200]
        monkeypatch.setattr(erasures, "RECEIPTS_KEPT", -1.0)
        assert service.get(f"/forget/{jobs[-1]}").status_code == 404


def test_many_erasures_wait_no_more_than_are_allowed(places: Places) -> None:
    with served(places, most_erasures=0) as service:
        answer = service.post("/forget", json={"user": ANN})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


# Learning


def test_what_was_learned_while_a_person_was_erased_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(tmp_path, f"sqlite:///{tmp_path / 'bundle.state.db'}")
    plant_log(places)
    original = pipeline.mine

    def meanwhile(*given: object) -> object:
        forget(places.log, ANN)
        return original(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "mine", meanwhile)
    pipeline.learn(places.log.path, places.bundle, Learning(min_people=1))
    assert Bundle.published(places.bundle)
    assert places.found() == {}
    assert places.found() == {}


def test_while_it_is_learned_the_state_is_erased_at_once_and_the_rest_as_soon_as_it_is_done(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "AGAIN", 0.01)
    original, begun = erasing._from_state, threading.Event()

    def from_state(*given: object) -> object:
        found = original(*given)  # type: ignore[arg-type]
        begun.set()
        return found

    monkeypatch.setattr(erasing, "_from_state", from_state)
    plant(places).close()
    with served(places, erasure_patience=0.0) as service:
        with learning(places.bundle):
            job = service.post("/forget", json={"user": ANN}).json()["job"]
            assert begun.wait(20)
            assert service.get(f"/forget/{job}").status_code == 202
            assert service.get("/health").json()["faults"] == {}
            with still(service):
                left = places.found()
            assert "table memory" not in left
            assert any(name.startswith("log/day=") for name in left)
        service.app.state.service.erasures.find(job).done.result(20)  # type: ignore[attr-defined]
    assert places.found() == {}


def test_while_it_is_learned_people_are_not_turned_away_and_what_they_teach_afterwards_stays(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "AGAIN", 0.01)
    original, begun = erasing._from_state, threading.Semaphore(0)

    def from_state(*given: object) -> object:
        found = original(*given)  # type: ignore[arg-type]
        begun.release()
        return found

    monkeypatch.setattr(erasing, "_from_state", from_state)
    plant(places).close()
    with served(places, erasure_patience=0.0, most_erasures=2) as service:
        jobs = []
        with learning(places.bundle):
            for user in (ANN, "carl", "dora", "emil"):
                answer = service.post("/forget", json={"user": user})
                assert answer.status_code == 202
                jobs.append(service.app.state.service.erasures.find(answer.json()["job"]))  # type: ignore[attr-defined]
                assert begun.acquire(timeout=20)
            taught = service.post("/teach", json={"user": ANN, "text": "always play music on the kitchen speaker"})
            assert taught.json()["learned"] is not None
        receipts = [job.done.result(20) for job in jobs]
        assert service.get("/preferences", params={"user": ANN}).json()["preferences"]
    assert receipts[0].erased["preferences"] == PLANTED["preferences"]


def test_learning_waits_for_who_is_being_erased_and_is_not_begun_twice(tmp_path: Path) -> None:
    entered = threading.Event()

    def learn() -> None:
        with learning(tmp_path, patience=20):
            entered.set()

    with erasing_from(tmp_path):
        with pytest.raises(BundleError, match="being erased"), learning(tmp_path, patience=0):
            pass
        learner = threading.Thread(target=learn)
        learner.start()
        assert not entered.is_set()
    learner.join(20)
    assert entered.is_set()
    with learning(tmp_path):
        with pytest.raises(BundleError, match="is being learned"), learning(tmp_path):
            pass
        with pytest.raises(BeingLearnedError), erasing_from(tmp_path):
            pass


def test_who_names_a_bundle_that_is_being_learned_is_told_and_runs_the_command_again(places: Places) -> None:
    plant(places).close()
    with learning(places.bundle), pytest.raises(BundleError, match="is being learned"):
        forget(places.log, ANN, places.state, places.bundle)
    forget(places.log, ANN, places.state, places.bundle)
    assert places.found() == {}


# The documentation


def test_the_page_shows_the_registry() -> None:
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text(encoding="utf8")
    rows = [line for line in page.partition("## The places")[2].splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| {each.name} | {each.where} | {each.kept} | {each.erased} |" for each in PLACES]


def test_who_waited_for_learning_is_cleared_out_of_the_files_together(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "AGAIN", 0.01)
    plant(places).close()
    with served(places, erasure_patience=0.0) as service:
        jobs = service.app.state.service.erasures  # type: ignore[attr-defined]
        cleared: list[int] = []
        original = jobs._clear
        monkeypatch.setattr(jobs, "_clear", lambda begun: cleared.append(len(begun)) or original(begun))
        with learning(places.bundle):
            asked = [service.post("/forget", json={"user": user}).json()["job"] for user in (ANN, "carl", "dora")]
        receipts = [jobs.find(job).done.result(20) for job in asked]
    assert sum(cleared) == 3
    assert len(cleared) < 3
    assert receipts[0].turns > 0
    assert places.found() == {}


def test_a_log_that_another_copies_back_is_cut_off_as_soon_as_that_is_done(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    database, store = Database.open(str(file)), Store(str(file))
    database.write_ahead()
    store.write({"ann": {"said": "a secret word " * 200}})
    reader, other, asking = (sqlite3.connect(file, check_same_thread=False, isolation_level=None) for _ in range(3))
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM memory").fetchone()
    store.forget("ann")

    def copy_back() -> None:
        while other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            """It was asked just when the log was looked at below; else it waits for the reader."""

    waits = threading.Thread(target=copy_back)
    waits.start()
    while not asking.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0]:
        assert waits.is_alive()

    @event.listens_for(database.engine, "after_cursor_execute")
    def tried(*executed: Any) -> None:
        if "wal_checkpoint" in executed[2] and reader.in_transaction:
            reader.execute("COMMIT")

    database.purge()
    waits.join()
    assert not remains(file)
    for each in (reader, other, asking):
        each.close()
