"""The revision: a number that is raised whenever something changes that running layers must see.

Layers of whatever process read it twice a second, and load anew what changed when it is another one (``online.watch``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sayagain.state.database import Database
from sayagain.state.tables import SWITCH

INSERTS: Mapping[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
"""Dialect → its insert that leaves a row alone which is there."""


def bump(session: Session) -> None:
    """Raise the revision, in the transaction that makes the change, last: who makes another one waits for its end."""
    insert = INSERTS[session.get_bind().dialect.name]
    session.execute(insert(SWITCH).values(number=1).on_conflict_do_nothing())
    session.execute(update(SWITCH).values(revision=SWITCH.c.revision + 1))


def tell(database: Database) -> None:
    """Raise the revision for a change that is outside of the database, once it is made: another version is in use.

    Raises:
        StateError: the database cannot be used; running layers see the change with the next one.
    """
    with database.session() as session:
        bump(session)
        session.commit()
