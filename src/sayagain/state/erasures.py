"""Erasures that were asked for and are not finished: one row each, so that one that is cut short is finished later."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, insert, select

from sayagain.state.database import Database, leave_rests
from sayagain.state.tables import ERASURE


@dataclass(frozen=True)
class Asked:
    """An erasure that was asked for."""

    job: str
    """Its name, which nobody guesses."""
    user: str
    """One spelling of the person's name."""
    log: str
    """Path of the log that it reaches."""
    asked: float
    """Unix time: what was acknowledged later is new."""


def record(database: Database, user: str, log: Path, now: Callable[[], float] = time.time) -> Asked:
    """Keep that an erasure was asked for, for good; return it.

    Raises:
        StateError: the database cannot be used.
    """
    asked = Asked(secrets.token_hex(16), user, str(log.resolve()), now())
    with database.session() as session:
        session.execute(insert(ERASURE), [vars(asked)])
        session.commit()
    return asked


def unfinished(database: Database, log: Path) -> list[Asked]:
    """Return the erasures that are not finished and reach ``log``, or a log that is not there any more: it was moved.

    Raises:
        StateError: the database cannot be used.
    """
    with database.session() as session:
        found = [Asked(*row) for row in session.execute(select(ERASURE).order_by(ERASURE.c.asked))]
    return [each for each in found if each.log == str(log.resolve()) or not Path(each.log).is_dir()]


def finish(database: Database, asked: Asked) -> None:
    """Let go of an erasure that is finished but for clearing the database's files, which are to be cleared then.

    Raises:
        StateError: the database cannot be used.
    """
    with database.session() as session:
        session.execute(delete(ERASURE).where(ERASURE.c.job == asked.job))
        leave_rests(session.connection())
        session.commit()
