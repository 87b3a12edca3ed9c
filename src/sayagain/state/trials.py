"""The trials of pairs in the state database: one row a pair, figures and no texts (``experiments.trial``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sayagain.schema.rewrite import Rewrite, Status
from sayagain.state.tables import TrialRow

NEW_PEOPLE = 3
"""People who must go a pair's way since it was withdrawn, besides those before, that it may be tried again: as many as
are behind a pair that is published at all."""


@dataclass(frozen=True)
class Staged:
    """A pair that its trial takes to another stage."""

    id: str
    source: str
    target: str
    status: Status
    e_value: float
    """Evidence for that, as a factor."""


def all_of(session: Session) -> dict[str, dict[str, Any]]:
    """Return every trial that goes on, by the pair's id."""
    return {row.id: row.trial for row in session.scalars(select(TrialRow))}


@dataclass(frozen=True)
class Lost:
    """When a pair was withdrawn for what its trial showed, and how sure that was."""

    at: datetime
    e_value: float


def lost_one(session: Session, id: str) -> Lost | None:
    """Return when a trial was lost; None where it was not."""
    row = session.get(TrialRow, id)
    return None if row is None or row.lost_at is None else Lost(row.lost_at, row.e_value or 0.0)


def write(session: Session, trials: Mapping[str, dict[str, Any]]) -> None:
    """Write trials, each in the place of what there was of the pair."""
    for id, trial in trials.items():
        row = session.get(TrialRow, id) or TrialRow(id=id)
        row.trial = trial
        session.add(row)
    session.flush()


def lost(session: Session, staged: Staged) -> None:
    """Keep when a pair was withdrawn, and how sure that was."""
    row = session.get(TrialRow, staged.id)
    if row is not None:
        row.lost_at, row.e_value, row.people = datetime.now(UTC), staged.e_value, None


def comes_back(session: Session, proposed: Rewrite) -> bool:
    """Return whether a withdrawn pair may be tried again, in a new trial: enough people went its way since.

    Turns that were rewritten are no evidence of that (``rewrites.counts``). Who complained of a pair is not outvoted
    so: it has no trial that was lost.
    """
    row = session.get(TrialRow, proposed.id)
    if row is None or row.lost_at is None:
        return False
    if row.people is None:
        row.people = proposed.people
    if proposed.people < row.people + NEW_PEOPLE:
        return False
    session.delete(row)
    return True
