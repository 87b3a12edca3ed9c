"""Who complained of which rewrite: one row a person and pair, in the state database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from sayagain.state.tables import ComplaintRow


@dataclass(frozen=True)
class Complained:
    """A complaint as it is kept."""

    id: str
    person: str
    source: str
    target: str


def add(session: Session, complaints: Sequence[Complained]) -> None:
    """Keep complaints that are not known yet."""
    for each in dict.fromkeys(complaints):
        if session.get(ComplaintRow, (each.id, each.person)) is None:
            now = datetime.now(UTC)
            row = ComplaintRow(id=each.id, person=each.person, source=each.source, target=each.target, time=now)
            session.add(row)
    session.flush()


def erase(session: Session, complaint: Complained) -> None:
    """Erase one complaint."""
    which = (ComplaintRow.id == complaint.id, ComplaintRow.person == complaint.person)
    session.execute(delete(ComplaintRow).where(*which))


def people(session: Session, id: str) -> int:
    """Return how many people complained of a pair."""
    return session.scalar(select(func.count()).select_from(ComplaintRow).where(ComplaintRow.id == id)) or 0


def several(session: Session, least: int) -> set[str]:
    """Return the pairs that at least so many people complained of."""
    counted = select(ComplaintRow.id).group_by(ComplaintRow.id).having(func.count() >= least)
    return set(session.scalars(counted))


def all_of(session: Session) -> list[Complained]:
    """Return every complaint."""
    return [Complained(row.id, row.person, row.source, row.target) for row in session.scalars(select(ComplaintRow))]


def forget(session: Session, person: str) -> set[str]:
    """Erase a person's complaints; return the pairs they were about."""
    theirs = ComplaintRow.person == person
    pairs = set(session.scalars(select(ComplaintRow.id).where(theirs)))
    session.execute(delete(ComplaintRow).where(theirs))
    return pairs
