"""The user profiles, one row a person in the state database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from sayagain.state import Database
from sayagain.state.tables import MemoryRow


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
