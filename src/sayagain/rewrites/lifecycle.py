"""The life of each rewrite, in the state database: what the policy and people decided about it.

The bundle only carries proposals. A pair that was blocked never comes back, however often it is learned again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, DateTime, Engine, String, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from sayagain.errors import StateError
from sayagain.schema.rewrite import Rewrite, Status

BY_POLICY = "policy"
BY_PERSON = "person"


class Base(DeclarativeBase):
    """The tables of the state database."""


class RewriteState(Base):
    """The standing of one pair of source and target."""

    __tablename__ = "rewrite"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    source: Mapped[str]
    target: Mapped[str]
    status: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(String(16))
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True)
class Standing:
    """What was decided about a rewrite, and by whom (policy or person)."""

    id: str
    source: str
    target: str
    status: Status
    decided_by: str


def beside(bundle: Path) -> str:
    """Return the URL of the default state database: a SQLite file beside the bundle."""
    return f"sqlite:///{bundle.resolve().with_name(bundle.resolve().name + '.state.db')}"


class Lifecycle:
    """Reads and changes the standing of rewrites."""

    def __init__(self, url: str) -> None:
        """Open (or make) the state database at an SQLAlchemy ``url``; a plain path means SQLite.

        The directory of a SQLite file is made where there is none.

        Raises:
            StateError: the database cannot be opened.
        """
        self.url = url if "://" in url else f"sqlite:///{url}"
        try:
            self._engine: Engine = create_engine(self.url)
            _make_room(self._engine.url)
            Base.metadata.create_all(self._engine)
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise StateError(f"The state database {_shown(self.url)} cannot be opened", "Check --state") from error

    def receive(self, rewrites: Sequence[Rewrite], *, review: bool) -> None:
        """Take in the proposals of a new bundle, all or none.

        New pairs, and pairs the policy had retired, go live (or wait as proposed under ``review``). What a person
        decided stands. Pairs that are live by policy and no longer proposed are retired.
        """
        proposed = {rewrite.id: rewrite for rewrite in rewrites}
        welcome = Status.PROPOSED if review else Status.LIVE
        with self._session() as session:
            known = {row.id: row for row in session.scalars(select(RewriteState))}
            for row in known.values():
                if row.decided_by == BY_POLICY:
                    current = Status(row.status)
                    again = welcome if current is Status.RETIRED else current
                    _decide(row, again if row.id in proposed else Status.RETIRED, BY_POLICY)
            for rewrite in proposed.values():
                if rewrite.id not in known:
                    row = RewriteState(id=rewrite.id, source=rewrite.source, target=rewrite.target, status="")
                    _decide(row, welcome, BY_POLICY)
                    session.add(row)
            session.commit()

    def decide(self, id: str, status: Status) -> Standing:
        """Record a person's decision about one rewrite.

        Raises:
            StateError: there is no such rewrite, or it was blocked before and is asked to come back.
        """
        with self._session() as session:
            row = session.get(RewriteState, id)
            if row is None:
                raise StateError(f"There is no rewrite {id}", "See: sayagain rewrites list")
            if row.status == Status.BLOCKED and status is not Status.BLOCKED:
                raise StateError(f"Rewrite {id} is blocked", "A blocked pair never comes back")
            _decide(row, status, BY_PERSON)
            session.commit()
            return _standing(row)

    def standings(self) -> dict[str, Standing]:
        """Return the standing of every rewrite ever proposed, by id."""
        with self._session() as session:
            return {row.id: _standing(row) for row in session.scalars(select(RewriteState))}

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session:
                yield session
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]
            remedy = "Check --state, and that there is room on its disk; nothing was changed"
            raise StateError(f"The state database {_shown(self.url)} cannot be used: {cause}", remedy) from error


def _make_room(url: URL) -> None:
    """Make the directory of a SQLite file."""
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _shown(url: str) -> str:
    """Return the URL without its password."""
    return re.sub(r":[^:@/]*@", ":***@", url)


def _decide(row: RewriteState, status: Status, by: str) -> None:
    if (row.status, row.decided_by) != (status.value, by):
        row.status, row.decided_by, row.decided_at = status.value, by, datetime.now(UTC)


def _standing(row: RewriteState) -> Standing:
    return Standing(row.id, row.source, row.target, Status(row.status), row.decided_by)
