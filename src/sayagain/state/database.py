"""The state database: what changes while serving, in SQL. SQLite by default, PostgreSQL by URL.

One engine a database: whoever opens it in this process shares the engine, and so its connections. The tables are made
once, when it is opened.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary, finalize

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from sayagain.errors import FullError, StateError
from sayagain.extras import missing
from sayagain.state.address import file_of, in_memory, shown, url_of
from sayagain.state.lock import WriterLock
from sayagain.state.tables import Base

BUSY = 5.0
"""Seconds to wait while another process writes to a SQLite file."""
CUT_AGAIN = 0.02
"""Seconds between two tries to cut its write-ahead log off."""

ONE_CONNECTION: dict[str, Any] = {
    "poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "connect_args": {"check_same_thread": False},
}  # fmt: skip
"""How a database in memory is opened: a second connection, as every thread would have, sees a database of its own."""

FROM_FILE: dict[str, Any] = {"connect_args": {"timeout": BUSY}}
FROM_SERVER: dict[str, Any] = {"pool_pre_ping": True}
"""How a SQLite file, and a server's database, is opened: connections that broke are made anew."""

CLEARED = 1
"""``user_version`` of a SQLite file that holds nothing of what was erased. One with another may: an erasure leaves some
now and then, and earlier releases (0) left all of it. Each erasure makes it a higher one."""

_POSTGRES_FULL = "53100"

Place = str | tuple[int, str, int, int]
"""What tells databases apart: the URL; of a SQLite file the process, its path, and which file lies there."""


class Database:
    """An open state database. May be used from several threads."""

    _opened: ClassVar[WeakValueDictionary[Place, Database]] = WeakValueDictionary()
    _opening: ClassVar[Lock] = Lock()

    def __init__(self, url: str) -> None:
        """Use :meth:`open`, which opens a database once."""
        self.url = url
        try:
            place = make_url(url)
            options = ONE_CONNECTION if in_memory(place) else FROM_FILE if file_of(place) else FROM_SERVER
            self.engine: Engine = create_engine(place, **options)
            finalize(self, self.engine.dispose)
            if (file := file_of(place)) is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                event.listen(self.engine, "connect", _prepare)
                _sign_new(self.engine)
            Base.metadata.create_all(self.engine)
            self.lock = WriterLock(url, self.engine)
        except ImportError as error:
            raise missing(error.name) from None
        except (SQLAlchemyError, OSError, ValueError) as error:  # its text may hold the password
            elsewhere = ": it must be where files can be made" if _no_file(error) else ""
            raise StateError(
                f"The state database {shown(url)} cannot be opened", f"Check --state ({_cause(error)}){elsewhere}"
            ) from None

    @classmethod
    def open(cls, place: str | Self) -> Database:
        """Return the database at a URL, opened (or made) where it is not open in this process; a plain path is SQLite.

        The directory of a SQLite file is made where there is none. An open database is returned as it is.

        Raises:
            StateError: it cannot be opened.
        """
        if not isinstance(place, str):
            return place
        url = url_of(place)
        with cls._opening:
            found = cls._opened.get(_place(url))
            if found is None:
                found = cls(url)
                if not found.in_memory:
                    cls._opened[_place(url)] = found
            return found

    def write_alone(self, owner: object) -> Callable[[], object]:
        """Keep other processes from writing what is held in memory, until ``owner`` is gone or the result is called.

        Raises:
            StateError: another process writes.
        """
        self.lock.acquire()
        return finalize(owner, self.lock.release)

    @property
    def in_memory(self) -> bool:
        """Whether it is gone when it is closed."""
        return in_memory(self.engine.url)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Work in one session.

        Raises:
            StateError: the database cannot be used.
        """
        try:
            with Session(self.engine) as session:
                yield session
        except (SQLAlchemyError, UnicodeEncodeError) as error:
            remedy = "Check --state, and that there is room on its disk; nothing was changed"
            kind = FullError if _is_full(error) else StateError
            raise kind(f"The state database {shown(self.url)} cannot be used: {_cause(error)}", remedy) from None

    def write_ahead(self) -> None:
        """Let readers and the one who writes not stop each other: SQLite's write-ahead log, which the file then keeps.

        Raises:
            StateError: the database cannot be used.
        """
        if self.engine.dialect.name != "sqlite":
            return
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except SQLAlchemyError as error:
            raise state_error(error) from None
        self.engine.dispose()  # connections from now on are made for it

    def purge(self) -> int:
        """Clear what was erased out of the database's files; return how many pages of SQLite held what was, or 0.

        What SQLite deletes it overwrites (``secure_delete``), but copies stay in the write-ahead log until that is
        copied back and cut off; and where rows were moved between pages before, in the room that they left, once in
        some thousand erasures. So the file is written anew, where anything was erased since it last was.
        PostgreSQL frees the rows (``VACUUM``); it overwrites them when it needs the room.

        Raises:
            StateError: the database cannot be used, or somebody goes on reading what is to be cleared.
        """
        try:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if self.engine.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"VACUUM {', '.join(Base.metadata.tables)}")
                file = file_of(self.engine.url)
                return 0 if file is None else _purge_file(connection, file)
        except SQLAlchemyError as error:
            raise state_error(error) from None


def leave_rests(connection: Connection) -> None:
    """Note, with the transaction of a connection, that a SQLite file may hold rests of what was erased."""
    if connection.dialect.name == "sqlite":
        (version,) = connection.exec_driver_sql("PRAGMA user_version").one()
        connection.exec_driver_sql(f"PRAGMA user_version={max(version, CLEARED) + 1}")


def _purge_file(connection: Connection, file: Path) -> int:
    def asked(pragma: str) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA {pragma}").first()[0])  # type: ignore[index]  # it has one row

    log = file.with_name(f"{file.name}-wal")
    pages = (log.stat().st_size if log.exists() else 0) // asked("page_size")
    if (version := asked("user_version")) != CLEARED:
        pages += asked("freelist_count")
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if asked("user_version") == version:  # else somebody was erased meanwhile, whose rests are not gone yet
            connection.exec_driver_sql(f"PRAGMA user_version={CLEARED}")
        connection.exec_driver_sql("COMMIT")
    until = time.monotonic() + BUSY
    while asked("wal_checkpoint(TRUNCATE)"):  # 1: it is being read or copied back; SQLite waits for the first alone
        if time.monotonic() > until:
            raise StateError("The state database is being read, and keeps a copy of what was erased", "Try again")
        time.sleep(CUT_AGAIN)
    return pages


def state_error(error: Exception) -> StateError:
    """Return what went wrong with a database, as what a person can do something about."""
    if _is_full(error):
        return FullError("The state database is full", "Make room on its disk; then the same request is taken")
    return StateError(f"The state database cannot be used: {_cause(error)}", "Check it; then send the request again")


def _is_full(error: Exception) -> bool:
    original = getattr(error, "orig", None)
    full = getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full or getattr(original, "sqlstate", None) == _POSTGRES_FULL


def _cause(error: Exception) -> str:
    """Name the kind of an error: its text may hold the values of a statement, which is what people said."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.Error):
        return str(original).partition("\n")[0]
    return str(getattr(original, "strerror", None) or getattr(original, "sqlstate", None) or type(original).__name__)


def _no_file(error: Exception) -> bool:
    """Return whether a SQLite file can neither be made nor written, as beside a bundle on read-only media."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def _place(url: str) -> Place:
    """Return what tells a database apart from others; a file that was put in the place of another is another."""
    try:
        file = file_of(make_url(url))
    except (ArgumentError, ValueError):
        return url
    if file is None:
        return f"{os.getpid()} {url}"  # a connection must not be shared with the process that forked this one
    try:
        now = file.stat()
    except OSError:
        return os.getpid(), os.path.realpath(file), 0, 0
    return os.getpid(), os.path.realpath(file), now.st_dev, now.st_ino


def _sign_new(engine: Engine) -> None:
    """Write into a new SQLite file that it holds nothing of what was erased."""
    with engine.begin() as connection:
        if not connection.exec_driver_sql("PRAGMA schema_version").scalar():
            connection.exec_driver_sql(f"PRAGMA user_version={CLEARED}")


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    """Have what is deleted overwritten; in a write-ahead log a commit is written but not forced to the platter.

    A process that is killed loses nothing; a power cut may lose the last moments.
    """
    connection.execute("PRAGMA secure_delete=ON").close()
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "wal":
        connection.execute("PRAGMA synchronous=NORMAL").close()
