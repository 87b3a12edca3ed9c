"""The state database as the inbox uses it: one thread writes, and what waits is committed together.

One transaction for all that came in while the one before was committed (group commit) costs a little more than one for
a single turn. With one writer nobody waits for a lock inside the service.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sayagain.errors import FullError, StateError

T = TypeVar("T")

BUSY = 5_000
"""Milliseconds to wait while another process writes to a SQLite file."""

MOST_TOGETHER = 256
"""Jobs of one transaction, so that the first does not wait long for the last."""

PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY}")
"""SQLite: readers and the writer do not stop each other, and a commit is written but not forced to the platter. A
process that is killed loses nothing; a power cut may lose the last moments."""

_POSTGRES_FULL = "53100"


def open_engine(url: str, tables: MetaData) -> Engine:
    """Open (or make) the database at an SQLAlchemy ``url`` with its ``tables``; a plain path means SQLite.

    Raises:
        StateError: the database cannot be opened, or would be gone at the end.
    """
    url = url if "://" in url else f"sqlite:///{url}"
    try:
        engine = create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            if engine.url.database in (None, "", ":memory:"):
                raise StateError("An inbox in memory loses what was acknowledged", "Name a file or a server: --state")
            Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine, "connect", _prepare)
        tables.create_all(engine)
    except (SQLAlchemyError, ImportError, OSError) as error:
        shown = "of --state" if isinstance(error, ArgumentError) else engine_shown(url)
        raise StateError(f"The state database {shown} cannot be opened: {_cause(error)}", "Check --state") from error
    return engine


def engine_shown(url: str) -> str:
    """Return an SQLAlchemy URL without its password."""
    before, at, after = url.rpartition("@")
    scheme, _, login = before.partition("://")
    return f"{scheme}://{login.partition(':')[0]}:***@{after}" if at else url


def state_error(error: Exception) -> StateError:
    """Return what went wrong with a database, as what a person can do something about."""
    original = getattr(error, "orig", None)
    full = getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if full or getattr(original, "sqlstate", None) == _POSTGRES_FULL:
        return FullError("The state database is full", "Make room on its disk; then the same request is taken")
    return StateError(f"The state database cannot be used: {_cause(error)}", "Check it; then send the request again")


def _cause(error: Exception) -> str:
    """Name the kind of an error: its text may hold the values of a statement, which is what people said."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.Error):
        return str(original).partition("\n")[0]
    return str(getattr(original, "strerror", None) or getattr(original, "sqlstate", None) or type(original).__name__)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


@dataclass
class _Job:
    """Something to do to the database, and what to do when it is certain."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], None]
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """The thread that writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()
        self.fault: str | None = None
        """Why the last transaction failed; None when it did not."""

    def submit(self, work: Callable[[Connection], T], then: Callable[[T], None] = lambda _: None) -> Future[T]:
        """Have ``work`` done and committed; the future is done when it is, and brings what ``work`` returned.

        ``work`` must not fail but for the database's sake: what it shares a transaction with fails too. ``then`` is
        called by the writing thread after the commit. The future raises StateError, FullError where there is no room.
        """
        job = _Job(work, then)
        self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Finish what was submitted, and end."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            jobs = [self._jobs.get()]
            while len(jobs) < MOST_TOGETHER and not self._jobs.empty():
                jobs.append(self._jobs.get())
            going_on = None not in jobs
            self._do([job for job in jobs if job is not None and job.future.set_running_or_notify_cancel()])

    def _do(self, jobs: list[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                results = [job.work(connection) for job in jobs]
        except Exception as error:
            failed = state_error(error)
            self.fault = str(failed)
            for job in jobs:
                job.future.set_exception(failed)
            return
        self.fault = None
        for job, result in zip(jobs, results, strict=True):
            job.then(result)
            job.future.set_result(result)
