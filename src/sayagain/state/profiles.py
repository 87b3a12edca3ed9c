"""The user profiles, one row a person in the state database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import bindparam, delete, false, insert, select

from sayagain.errors import StateError
from sayagain.state import Database
from sayagain.state.tables import MEMORY


class Store:
    """Reads and writes profiles."""

    def __init__(self, state: Database | str) -> None:
        """Work on a state database, open or at a URL.

        Raises:
            StateError: the database cannot be opened.
        """
        self._state = Database.open(state)

    def read(self, user: str) -> dict[str, Any] | None:
        """Return what is remembered of a person; None of one who is new.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            found: dict[str, Any] | None = session.scalar(select(MEMORY.c.memory).where(MEMORY.c.user == user))
            return found

    def users(self) -> list[str]:
        """Return everybody of whom something is remembered.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            return list(session.scalars(select(MEMORY.c.user)))

    def write(self, memories: Mapping[str, dict[str, Any]]) -> None:
        """Keep profiles, plain values by person; all or none.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        if not memories:
            return
        before = delete(MEMORY).where(MEMORY.c.user == bindparam("kept"))
        with self._state.session() as session:
            session.connection().execute(before, [{"kept": user} for user in memories])
            rows = [{"user": user, "memory": memory} for user, memory in memories.items()]
            session.connection().execute(insert(MEMORY), rows)
            session.commit()

    def works(self) -> bool:
        """Return whether the database can be written to: it is asked to erase nobody."""
        with suppress(StateError), self._state.session() as session:
            session.execute(delete(MEMORY).where(false()))
            session.commit()
            return True
        return False

    def forget(self, user: str) -> None:
        """Erase what is remembered of a person.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            session.execute(delete(MEMORY).where(MEMORY.c.user == user))
            session.commit()
