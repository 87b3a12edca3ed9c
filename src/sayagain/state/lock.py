"""One process at a time writes what a layer remembers: it holds profiles in memory, and would overwrite the other's.

A SQLite file has a lock file beside it, a server's database an advisory lock of a connection that is kept open: either
is let go of when the process ends, however it ends. Who holds it stands in a table. Whoever only reads, or changes
single rows (the standing of rewrites), needs no lock.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from sayagain.errors import InUseError, StateError
from sayagain.state.address import file_of, shown
from sayagain.state.tables import WRITER

TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('sayagain ' || current_schema(), 0))")


class WriterLock:
    """The lock of one database, held by this process as often as it was acquired here; one in memory needs none."""

    def __init__(self, url: str, engine: Engine) -> None:
        self._url, self._engine = url, engine
        file = file_of(engine.url)
        self._file = None if file is None else FileLock(f"{file}.lock", thread_local=False)
        self._server = engine.dialect.name == "postgresql"
        self._connection: Connection | None = None
        """To a server: while it is open, the lock is held."""
        self._held = 0
        self._signed = (0, "", datetime.min)
        self._guard = RLock()  # what is collected as garbage may release it, at any point of any thread

    def acquire(self) -> None:
        """Hold the lock.

        Raises:
            StateError: another process holds it, or it cannot be had.
        """
        with self._guard:
            self._held += 1
            try:
                if self._held == 1:
                    self._take()
                    self._sign()
            except BaseException:
                self._held -= 1
                raise

    def release(self) -> None:
        """Let go of the lock, where this was the last to hold it."""
        with self._guard:
            self._held -= 1
            if self._held or self._signed[0] != os.getpid():  # what was forked off does not hold it
                return
            self._let_go()

    def holder(self) -> str | None:
        """Return who holds the lock, in words; None where nobody does. It is taken for a moment, and not signed.

        Raises:
            StateError: whether it is held cannot be told.
        """
        with self._guard:
            if self._held:
                return self._who()
            try:
                self._take()
            except InUseError:
                return self._who()
            self._let_go()
            return None

    def confirm(self) -> None:
        """See to it that the lock is still held: a server lets go of it when the connection breaks.

        Raises:
            StateError: another process holds it, or held it meanwhile.
        """
        if not self._server:
            return
        with self._guard:
            try:
                if self._connection is not None:
                    self._connection.execute(text("SELECT 1"))
                    return
            except SQLAlchemyError:
                self._connection = None
            self._take()
            if self._signature() != self._signed:  # what is in memory here is older than what was written meanwhile
                error = self._in_use()
                self._disconnect()
                raise error

    def _take(self) -> None:
        try:
            if self._file is not None:
                self._file.acquire(timeout=0)
            elif self._server:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._connection.detach()  # so that closing it ends its session
                if not self._connection.scalar(TRY_LOCK):
                    self._disconnect()
                    raise self._in_use()
        except Timeout:
            raise self._in_use() from None
        except (OSError, SQLAlchemyError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise StateError(
                f"The state database {shown(self._url)} cannot be locked: {cause}", "Check --state"
            ) from None

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.release()
        self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _sign(self) -> None:
        """Write down who holds the lock; where that fails it is held all the same."""
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        self._signed = (os.getpid(), socket.gethostname(), now)
        if self._file is None and not self._server:
            return
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            connection.execute(delete(WRITER))
            connection.execute(insert(WRITER), dict(zip(WRITER.c.keys(), self._signed, strict=True)))

    def _signature(self) -> tuple[Any, ...] | None:
        with suppress(SQLAlchemyError), self._engine.connect() as connection:
            row = connection.execute(select(WRITER)).first()
            return None if row is None else tuple(row)
        return None

    def _in_use(self) -> InUseError:
        remedy = "Stop or close it, or name another database with --state; what only reads goes on beside it"
        return InUseError(f"The state database {shown(self._url)} is written by {self._who()}", remedy)

    def _who(self) -> str:
        if (signature := self._signature()) is None:
            return "another process"
        pid, host, since = signature
        return f"process {pid} on {host}, since {since} UTC"
