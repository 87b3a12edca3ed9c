"""The state database: what changes while serving, in SQL. SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, MetaData, QueuePool, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sayagain.errors import StateError


def beside(bundle: Path) -> str:
    """Return the URL of the default state database: a SQLite file beside the bundle."""
    return f"sqlite:///{bundle.resolve().with_name(bundle.resolve().name + '.state.db')}"


_ONE_CONNECTION: dict[str, Any] = {
    "poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "connect_args": {"check_same_thread": False},
}  # fmt: skip
"""How a database in memory is opened: a second connection, as every thread would have, sees a database of its own."""


class State:
    """An open state database."""

    def __init__(self, url: str, tables: MetaData) -> None:
        """Open (or make) the database at an SQLAlchemy ``url`` with its ``tables``; a plain path means SQLite.

        The directory of a SQLite file is made where there is none.

        Raises:
            StateError: the database cannot be opened.
        """
        self.url = url if "://" in url else f"sqlite:///{url}"
        try:
            place = make_url(self.url)
            self.engine: Engine = create_engine(place, **(_ONE_CONNECTION if _in_memory(place) else {}))
            _make_room(place)
            tables.create_all(self.engine)
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise StateError(f"The state database {shown(self.url)} cannot be opened", "Check --state") from error

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Work in one session.

        Raises:
            StateError: the database cannot be used.
        """
        try:
            with Session(self.engine) as session:
                yield session
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]
            remedy = "Check --state, and that there is room on its disk; nothing was changed"
            raise StateError(f"The state database {shown(self.url)} cannot be used: {cause}", remedy) from error


def shown(url: str) -> str:
    """Return the URL without its password.

    >>> shown("postgresql://me:secret@host/state")
    'postgresql://me:***@host/state'
    """
    return re.sub(r":[^:@/]*@", ":***@", url)


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _make_room(url: URL) -> None:
    """Make the directory of a SQLite file."""
    if url.get_backend_name() == "sqlite" and url.database and not _in_memory(url):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
