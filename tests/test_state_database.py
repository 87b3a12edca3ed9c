"""The state database: opened once, one engine for all its parts, and no password in what is said of it."""

from __future__ import annotations

import gc
import shutil
import threading
from pathlib import Path
from weakref import ref

import pytest
from sqlalchemy import inspect, select

from sayagain.errors import StateError
from sayagain.online.layer import Layer
from sayagain.state import Database, beside, shown
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.profiles import Store
from sayagain.state.tables import INBOX, WAITS


def test_all_parts_of_a_database_share_one_engine(tmp_path: Path) -> None:
    url = beside(tmp_path / "bundle")
    database = Database.open(url)
    layer, inbox = Layer.open(tmp_path / "bundle"), Inbox(url)
    parts = (Lifecycle(url), Store(database), layer._lifecycle)
    assert {id(part._state) for part in parts} == {id(database)}
    assert inbox._state is database
    inbox.close()


def test_its_tables_are_made_when_it_is_opened(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "new" / "state.db"))
    assert {"memory", "rewrite", "complaint", "inbox"} <= set(inspect(database.engine).get_table_names())


def test_those_that_wait_are_found_by_an_index_of_their_own(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "state.db"))
    asked = str(select(INBOX.c.number).where(WAITS).compile(database.engine))
    with database.engine.connect() as connection:
        (plan,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
    assert "inbox_waiting" in plan[-1]


@pytest.mark.parametrize("other", ["./state.db", "sub/../state.db", "link.db", "sqlite:///state.db"])
def test_a_file_by_whatever_path_is_one_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    database = Database.open(str(tmp_path / "state.db"))
    (tmp_path / "link.db").symlink_to(tmp_path / "state.db")
    assert Database.open(other) is database


def test_a_file_in_the_place_of_another_is_another_database(tmp_path: Path) -> None:
    first = Database.open(str(tmp_path / "state.db"))
    Store(first).write({"ann": {}})
    shutil.move(tmp_path / "state.db", tmp_path / "before.db")
    second = Database.open(str(tmp_path / "state.db"))
    assert second is not first
    assert Store(second).read("ann") is None
    assert Store(str(tmp_path / "before.db")).read("ann") == {}


def test_a_database_in_memory_is_nobody_elses() -> None:
    first, second = Store("sqlite://"), Store("sqlite://")
    first.write({"ann": {"a": 1}})
    assert first.read("ann") == {"a": 1}
    assert second.read("ann") is None


def test_a_database_in_memory_is_one_for_all_threads() -> None:
    store = Store("sqlite://")
    threads = [threading.Thread(target=store.write, args=({str(number): {}},)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.read(str(number)) for number in range(8)] == [{}] * 8


def test_a_database_that_nobody_uses_is_closed(tmp_path: Path) -> None:
    database = ref(Database.open(str(tmp_path / "state.db")))
    gc.collect()
    assert database() is None


@pytest.mark.parametrize("secret", ["QQZZ", "QQ/ZZ", "QQ:ZZ", "QQ@ZZ", "Q/Q:Z@Z", "QQ%40ZZ", "QQ?ZZ", "QQ#ZZ", "@QQZZ"])
@pytest.mark.parametrize(
    "url",
    ["postgresql://me:{}@127.0.0.1:1/db", "postgresql+psycopg://me:{}@127.0.0.1:1/db?a=b",
     "postgresql+psycopg://127.0.0.1:1/db?password={}", "postgresql+psycopg://127.0.0.1:1/db?user=me&sslpassword={}",
     "nodialect://me:{}@host/db", "postgresql://me:{}@host:port/db", "no such thing://me:{}@host"],
)  # fmt: skip
def test_no_part_of_a_password_is_shown(url: str, secret: str) -> None:
    assert not {"Q", "Z"} & set(shown(url.format(secret)))
    with pytest.raises(StateError, match="Check --state") as refused:
        Lifecycle(url.format(secret))
    error: BaseException | None = refused.value
    while error is not None:  # all that a traceback would show
        assert not {"QQ", "ZZ", "%40"} & {str(error)[at : at + 2] for at in range(len(str(error)))}
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_an_address_is_shown_as_it_was_given() -> None:
    for url in ("sqlite:////srv/my bundle/größe@home.db", "postgresql+psycopg://host:5432/db", "sqlite://"):
        assert shown(url) == url
    assert shown("postgresql+psycopg://me:hush@host/db?a=b") == "postgresql+psycopg://me:***@host/db?a=b"
