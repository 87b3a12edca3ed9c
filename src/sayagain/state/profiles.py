"""The user profiles, one row a person in the state database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, String, delete
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from sayagain.state import State


class Base(DeclarativeBase):
    """The tables of profiles."""


class MemoryRow(Base):
    """One person's profile, as a row of the state database."""

    __tablename__ = "memory"

    user: Mapped[str] = mapped_column(String, primary_key=True)
    memory: Mapped[dict[str, Any]] = mapped_column(JSON)


class Store:
    """Reads and writes profiles."""

    def __init__(self, url: str) -> None:
        """Open (or make) the state database at an SQLAlchemy ``url``; a plain path means SQLite.

        Raises:
            StateError: the database cannot be opened.
        """
        self._state = State(url, Base.metadata)

    def read(self, user: str) -> dict[str, Any] | None:
        """Return what is remembered of a person; None of one who is new.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            row = session.get(MemoryRow, user)
            return None if row is None else row.memory

    def write(self, memories: Mapping[str, dict[str, Any]]) -> None:
        """Keep profiles, plain values by person; all or none.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        with self._state.session() as session:
            for user, memory in memories.items():
                session.merge(MemoryRow(user=user, memory=memory))
            session.commit()

    def forget(self, user: str) -> None:
        """Erase what is remembered of a person.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            session.execute(delete(MemoryRow).where(MemoryRow.user == user))
            session.commit()
