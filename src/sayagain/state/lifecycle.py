"""The life of each rewrite, in the state database: what the policy and people decided about it.

The bundle only carries proposals. A pair that was blocked never comes back, however often it is learned again; neither
does one that people complained of, unless a person approves it. A standing holds by the pair's id: its texts are kept
to be shown, and erased where they may be those of somebody who is to be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update

from sayagain.errors import StateError
from sayagain.schema.rewrite import IN_USE, Rewrite, Status
from sayagain.state import Database, complaints, trials
from sayagain.state.complaints import Complained
from sayagain.state.revision import bump
from sayagain.state.tables import RewriteRow
from sayagain.state.trials import Lost, Staged

BY_POLICY = "policy"
BY_PERSON = "person"

SEVERAL = 2
"""People whose complaints count against a pair for everyone."""

KEPT_AS_IS = frozenset({Status.CONTESTED, Status.WITHDRAWN})
"""Standings that learning the pair again does not change."""

Verdict = Callable[[Complained, int], Status | None]
"""What becomes of a pair that so many people have complained of; None while it goes on."""

FirstStage = Callable[[Rewrite], Status]
"""The stage in which a new pair begins."""


def live(rewrite: Rewrite) -> Status:
    """Have every pair begin live."""
    return Status.LIVE


@dataclass(frozen=True)
class Standing:
    """The standing of a rewrite: its status, and who decided it (policy or person)."""

    id: str
    source: str
    """Empty, like the target, where nobody may be left who said it: the id is a digest of both."""
    target: str
    status: Status
    decided_by: str


class Lifecycle:
    """Reads and changes the standing of rewrites."""

    def __init__(self, state: Database | str) -> None:
        """Work on a state database, open or at a URL.

        Raises:
            StateError: the database cannot be opened.
        """
        self._state = Database.open(state)

    def receive(
        self, rewrites: Sequence[Rewrite], *, review: bool, first: FirstStage = live, anew: bool = True
    ) -> None:
        """Take in the proposals of a new bundle, all or none; or those of one that was learned before (not ``anew``).

        New pairs, and pairs the policy had retired, begin in their ``first`` stage (or wait as proposed under
        ``review``). What a person decided stands. Pairs that are used by policy and no longer proposed are retired.
        What people complained of (contested, withdrawn, or held for review) stays as it is; what was withdrawn since
        its trial was lost comes back in canary, once enough people went its way anew, of which an older bundle knows
        nothing.
        """
        proposed = {rewrite.id: rewrite for rewrite in rewrites}

        def welcome(rewrite: Rewrite) -> Status:
            return Status.PROPOSED if review or rewrite.held else first(rewrite)

        with self._state.session() as session:
            known = {row.id: row for row in session.scalars(select(RewriteRow))}
            held = complaints.several(session, SEVERAL)
            for row in known.values():
                if row.decided_by == BY_POLICY:
                    current, found = Status(row.status), proposed.get(row.id)
                    if current is Status.WITHDRAWN and anew and found and trials.comes_back(session, found):
                        _decide(row, Status.PROPOSED if review or found.held else Status.CANARY, BY_POLICY)
                        continue
                    if current in KEPT_AS_IS or (current is Status.PROPOSED and row.id in held):
                        continue
                    again = found and (welcome(found) if current is Status.RETIRED or found.held else current)
                    _decide(row, again or Status.RETIRED, BY_POLICY)
                    if not again:
                        row.source = row.target = ""  # nobody asks for what is neither used nor stopped
            for rewrite in proposed.values():
                if rewrite.id in known:
                    known[rewrite.id].source, known[rewrite.id].target = rewrite.source, rewrite.target
                else:
                    row = RewriteRow(id=rewrite.id, source=rewrite.source, target=rewrite.target, status="")
                    _decide(row, welcome(rewrite), BY_POLICY)
                    session.add(row)
            session.commit()

    def decide(self, id: str, status: Status, refused: Rewrite | None = None) -> Standing:
        """Record a person's decision about one rewrite; ``refused`` is one that the policy gave no standing.

        Layers that run stop what is blocked or retired within a second (``state.revision``).

        Raises:
            StateError: there is no such rewrite, or it was blocked before and is asked to come back.
        """
        with self._state.session() as session:
            row = session.get(RewriteRow, id)
            if row is None and refused is not None:
                row = RewriteRow(id=id, source=refused.source, target=refused.target, status="")
                session.add(row)
            if row is None:
                raise StateError(f"There is no rewrite {id}", "See: sayagain rewrites list")
            if row.status == Status.BLOCKED and status is not Status.BLOCKED:
                raise StateError(f"Rewrite {id} is blocked", "A blocked pair never comes back")
            _decide(row, status, BY_PERSON)
            bump(session)
            session.commit()
            return _standing(row)

    def complain(self, said: Sequence[Complained], verdict: Verdict) -> None:
        """Count people's complaints, all or none; what a person decided about a pair stands.

        A pair that nobody proposed (the ranker's own, or one person's) gets a standing when ``verdict`` gives it one.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        with self._state.session() as session:
            complaints.add(session, said)
            for each in {one.id: one for one in said}.values():
                row = session.get(RewriteRow, each.id)
                if row is not None and (row.decided_by == BY_PERSON or row.status == Status.WITHDRAWN):
                    continue
                status = verdict(each, complaints.people(session, each.id))
                if status is not None:
                    row = row or RewriteRow(id=each.id, source=each.source, target=each.target, status="")
                    _decide(row, status, BY_POLICY)
                    session.add(row)
            session.commit()

    def lift(self, complaint: Complained, before: Standing | None) -> None:
        """Erase a complaint that was none; where too few are left, the pair stands as it did ``before`` them.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        with self._state.session() as session:
            complaints.erase(session, complaint)
            row = session.get(RewriteRow, complaint.id)
            few = complaints.people(session, complaint.id) < SEVERAL
            if row is not None and few and row.decided_by == BY_POLICY and row.status in (*KEPT_AS_IS, Status.PROPOSED):
                if before is not None:
                    _decide(row, before.status, before.decided_by)
                elif row.status in KEPT_AS_IS:  # it stood nowhere before people complained
                    session.delete(row)
            session.commit()

    def tried(self, found: Mapping[str, dict[str, Any]], staged: Sequence[Staged]) -> None:
        """Write trials, and the stages to which they take pairs, all or none; what a person decided stands.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        with self._state.session() as session:
            trials.write(session, found)
            for each in staged:
                row = session.get(RewriteRow, each.id)
                if row is not None and (row.decided_by == BY_PERSON or row.status == Status.WITHDRAWN):
                    continue
                row = row or RewriteRow(id=each.id, source=each.source, target=each.target, status="")
                _decide(row, each.status, BY_POLICY)
                session.add(row)
                if each.status is Status.WITHDRAWN:
                    trials.lost(session, each)
            session.commit()

    def trials(self) -> dict[str, dict[str, Any]]:
        """Return every trial that is kept, by the pair's id.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            return trials.all_of(session)

    def lost(self, id: str) -> Lost | None:
        """Return when a pair was withdrawn for what its trial showed; None where it was not.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            return trials.lost_one(session, id)

    def complaints(self) -> list[Complained]:
        """Return every complaint that is kept.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            return complaints.all_of(session)

    def forget(self, person: str) -> set[str]:
        """Erase a person's complaints; return the pairs they were about, by id.

        ``person`` is as ``schema.person.digest_of`` gives it.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            pairs = complaints.forget(session, person)
            session.commit()
            return pairs

    def erase_texts(self) -> int:
        """Erase the texts of all pairs, whose they are is not known; return of how many. Each stands on, by its id.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            told = select(func.count()).select_from(RewriteRow).where(RewriteRow.source != "")
            pairs = session.scalar(told) or 0
            session.execute(update(RewriteRow).values(source="", target=""))
            session.commit()
            return pairs

    def used(self) -> frozenset[str]:
        """Return the pairs that are in use, by id.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            return frozenset(session.scalars(select(RewriteRow.id).where(RewriteRow.status.in_(IN_USE))))

    def standings(self) -> dict[str, Standing]:
        """Return the standing of every rewrite ever proposed, by id."""
        with self._state.session() as session:
            said = {each.id: (each.source, each.target) for each in complaints.all_of(session)}
            rows = session.scalars(select(RewriteRow))
            return {row.id: _standing(row, *said.get(row.id, ("", ""))) for row in rows}


def _decide(row: RewriteRow, status: Status, by: str) -> None:
    if (row.status, row.decided_by) != (status.value, by):
        row.status, row.decided_by, row.decided_at = status.value, by, datetime.now(UTC)


def _standing(row: RewriteRow, source: str = "", target: str = "") -> Standing:
    """Return a row; where its texts were erased, with those of people who complained and are there."""
    return Standing(row.id, row.source or source, row.target or target, Status(row.status), row.decided_by)
