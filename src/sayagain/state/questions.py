"""The questions that people were asked, in the state database: when, and how they took them. None of their words."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update

from sayagain.schema.person import digest_of
from sayagain.state.database import Database
from sayagain.state.tables import QUESTION

MOST_REMEMBERED = 50
"""Questions of a person that count: how they took older ones says little of today."""

Row = tuple[datetime, str, str]
"""When a question was asked, in which session (a digest), and how it was taken."""


class Questions:
    """Reads and writes what people were asked."""

    def __init__(self, state: Database | str) -> None:
        """Work on a state database, open or at a URL.

        Raises:
            StateError: the database cannot be opened.
        """
        self._state = Database.open(state)

    def of(self, user: str) -> list[Row]:
        """Return what a person was asked lately, the oldest first.

        Raises:
            StateError: the database cannot be used.
        """
        mine = select(QUESTION).where(QUESTION.c.person == digest_of(user)).order_by(QUESTION.c.asked.desc())
        with self._state.session() as session:
            rows = session.execute(mine.limit(MOST_REMEMBERED)).mappings().all()
        return [(datetime.fromtimestamp(row["asked"], UTC), row["session"], row["outcome"]) for row in reversed(rows)]

    def ask(self, id: str, user: str, session: str, time: datetime) -> None:
        """Keep that a person is asked; what they were asked before and did not answer, they ignored.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        open_ = update(QUESTION).where(QUESTION.c.person == digest_of(user), QUESTION.c.outcome == "open")
        row = {"id": id, "person": digest_of(user), "session": session, "asked": time.timestamp(), "outcome": "open"}
        with self._state.session() as opened, opened.begin():
            opened.execute(open_.values(outcome="ignored"))
            opened.execute(insert(QUESTION).values(row))

    def take(self, id: str, user: str, outcome: str) -> bool:
        """Keep how a person took a question; return whether there was such, and it was open.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        this = update(QUESTION).where(
            QUESTION.c.id == id, QUESTION.c.person == digest_of(user), QUESTION.c.outcome == "open"
        )
        with self._state.session() as opened, opened.begin():
            return bool(opened.connection().execute(this.values(outcome=outcome)).rowcount)

    def erase(self, user: str) -> int:
        """Delete what a person was asked; return how many questions there were.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        with self._state.session() as opened, opened.begin():
            theirs = delete(QUESTION).where(QUESTION.c.person == digest_of(user))
            return int(opened.connection().execute(theirs).rowcount)
