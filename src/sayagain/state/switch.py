"""The switch of the whole layer: off, every request is left alone, in all processes on one state database.

A person switches it off and on; the guard over the whole layer may switch it off, and then it is said to be in shadow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import select, update

from sayagain.state.database import Database
from sayagain.state.lifecycle import BY_PERSON, BY_POLICY
from sayagain.state.revision import bump
from sayagain.state.tables import SWITCH


@dataclass(frozen=True)
class Switch:
    """The switch as it stands."""

    on: bool = True
    reason: str = ""
    """Why it was switched off, as who did it put it; empty where it is on."""
    decided_by: str = ""
    """``person`` or ``policy``; empty where it was never switched."""
    decided_at: datetime | None = None
    """When, in UTC; None where it never was."""
    revision: int = 0
    """The revision of all that running layers must see (``revision``)."""

    @property
    def state(self) -> Literal["on", "off", "shadow"]:
        """Return off where a person switched it off, shadow where the policy did: nothing is rewritten in either."""
        return "on" if self.on else "shadow" if self.decided_by == BY_POLICY else "off"

    @property
    def told(self) -> str | None:
        """Return in a line that nothing is rewritten, why, and what to do about it; None where it is on."""
        if self.on:
            return None
        since = f"{self.decided_at:%Y-%m-%d %H:%M} UTC"
        who = "by the guard" if self.state == "shadow" else "by a person"
        return f"The layer was switched off {who}, {since}: {self.reason}. Turn it on again with: sayagain switch on"


def read(database: Database) -> Switch:
    """Return the switch as it stands.

    Raises:
        StateError: the database cannot be used.
    """
    with database.session() as session:
        row = session.execute(select(SWITCH)).first()
    if row is None:
        return Switch()
    at = datetime.fromtimestamp(row.decided_at, UTC) if row.decided_by else None
    return Switch(not row.off, row.reason, row.decided_by, at, row.revision)


def turn_off(database: Database, reason: str, by: str = BY_PERSON, now: Callable[[], float] = time.time) -> Switch:
    """Switch the layer off; return the switch. Where it is off already, the policy changes nothing about it.

    Raises:
        StateError: the database cannot be used; the switch is as it was.
    """
    with database.session() as session:
        bump(session)
        turn = update(SWITCH).values(off=True, reason=reason, decided_by=by, decided_at=now())
        session.execute(turn.where(SWITCH.c.off.is_(False)) if by == BY_POLICY else turn)
        session.commit()
    return read(database)


def turn_on(database: Database, now: Callable[[], float] = time.time) -> Switch:
    """Switch the layer on, as only a person does; return the switch.

    Raises:
        StateError: the database cannot be used; the switch is as it was.
    """
    with database.session() as session:
        bump(session)
        session.execute(update(SWITCH).values(off=False, reason="", decided_by=BY_PERSON, decided_at=now()))
        session.commit()
    return read(database)
