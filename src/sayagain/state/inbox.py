"""The inbox: turns that were acknowledged, until the layer took them in and the log has them.

A turn is open while feedback about it is taken, closing on its way into the log, and logged when it is there; of a
logged turn only the digest of its identifier stays for a day, so that one that is sent again is known. What the layer
or the log cannot take is set apart, until the next start or until more is told of it: it holds up nothing else.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from sayagain.errors import StateError
from sayagain.schema import Turn
from sayagain.schema.turn import ONE_USER, Feedback
from sayagain.state.database import Database, state_error
from sayagain.state.retold import retold
from sayagain.state.tables import APART, CLOSING, INBOX, LOGGED, OPEN, WAITS
from sayagain.state.untaken import Untaken, Whose
from sayagain.state.writer import Writer

ROWS_A_QUERY = 500
"""Rows named in one statement: every database takes that many."""

REMEMBERED = 86_400.0
"""Seconds for which a turn that is in the log is known here: who sends it again does so within minutes or hours."""

Hearing = Literal["kept", "unknown", "too late"]
"""What became of feedback."""


FIRST = 1
"""The revision of a turn when it comes."""


class _User(BaseModel):
    """Of a turn as JSON, only whose it is."""

    user: str = ONE_USER


@dataclass(frozen=True)
class Kept:
    """A turn in the inbox."""

    number: int
    revision: int
    turn: Turn

    @property
    def whose(self) -> Whose:
        """Return what tells it from other turns, and from itself before and after feedback."""
        return self.turn.user, digest(self.turn.turn), self.revision


@dataclass
class _Grown:
    """What a transaction adds to what waits for the layer."""

    count: int = 0
    """Turns that did not wait before."""
    whose: list[Whose] = field(default_factory=list)
    """These, and those that feedback came about while they waited."""


class Inbox:
    """Where observed turns are acknowledged. May be used from several threads, by one service at a time."""

    def __init__(self, state: Database | str, now: Callable[[], float] = time.time) -> None:
        """Use the inbox in a state database, open or at a URL; ``now`` tells Unix time.

        Raises:
            StateError: the database cannot be opened, would be gone at the end, or another process writes to it.
        """
        self._state = Database.open(state)
        if self._state.in_memory:
            raise StateError("An inbox in memory loses what was acknowledged", "Name a file or a server: --state")
        self._release = self._state.write_alone(self)
        self._state.write_ahead()
        self._now = now
        try:
            with self._state.engine.begin() as connection:
                connection.execute(update(INBOX).where(INBOX.c.stage == APART).values(stage=OPEN, handed=0))
                self._waiting = connection.scalar(select(func.count()).select_from(INBOX).where(WAITS)) or 0
        except SQLAlchemyError as error:
            raise state_error(error) from None
        self._apart = 0
        self._writer = Writer(self._state.engine)
        self._untaken = Untaken()
        self.arrived: Callable[[], None] = lambda: None
        """Called, from the writing thread, when something new waits for the layer."""

    def close(self) -> None:
        """Finish what is being written, and close the connections that nobody is using."""
        self._writer.close()
        self._release()
        self._state.engine.dispose()

    @property
    def database(self) -> Database:
        """Return the state database that it is in."""
        return self._state

    @property
    def waiting(self) -> int:
        """Return of how many turns it is not remembered yet that the layer took them in, with what is told of them."""
        return self._waiting

    @property
    def apart(self) -> int:
        """Return how many turns are set apart."""
        return self._apart

    def waits(self, user: str) -> bool:
        """Return whether the layer has not taken in something of a person that was acknowledged since the start."""
        return self._untaken.waits(user)

    @property
    def fault(self) -> str | None:
        """Return why the last write failed; None when it did not."""
        return self._writer.fault

    def put(self, turns: Sequence[Turn]) -> Future[list[bool]]:
        """Keep turns; the future brings, in their order, whether each is new, once all are kept for good.

        A turn that is known keeps what is known of it, and is given what it lacked. The future raises StateError.
        """
        grown = _Grown()

        def keep(connection: Connection) -> list[bool]:
            known = _known(connection, [digest(turn.turn) for turn in turns])
            new: dict[bytes, Turn] = {}
            fresh = []
            for turn in turns:
                id = digest(turn.turn)
                fresh.append(id not in known and id not in new)
                if fresh[-1]:
                    new[id] = turn
                elif id in known:
                    _change(connection, id, lambda kept, turn=turn: retold(kept, turn), grown)  # type: ignore[misc]
                else:
                    new[id] = retold(new[id], turn)
            if new:
                received = self._now()
                rows = [{"id": id, "body": _json(turn), "received": received} for id, turn in new.items()]
                connection.execute(insert(INBOX), rows)
            grown.count += len(new)
            grown.whose += [(turn.user, id, FIRST) for id, turn in new.items()]
            self._recount(connection)
            return fresh

        return self._writer.submit(keep, lambda _: self._grow(grown))

    def hear(self, turn: str, feedback: Feedback) -> Future[Hearing]:
        """Keep feedback about a turn in place of earlier feedback; the future brings what became of it.

        The future raises StateError.
        """
        grown = _Grown()

        def keep(connection: Connection) -> Hearing:
            told = {"feedback": feedback}
            hearing = _change(connection, digest(turn), lambda kept: kept.model_copy(update=told), grown)
            self._recount(connection)
            return hearing

        return self._writer.submit(keep, lambda _: self._grow(grown))

    def forget(self, theirs: Callable[[str], bool], asked: float) -> int:
        """Let go of the turns of ``theirs`` that came until ``asked`` (Unix time) and are not in the log yet.

        Returns how many there were. They are looked for beside what is written meanwhile.

        Raises:
            StateError: the database cannot be used.
        """
        bodies = self._bodies(asked)
        found = [number for number, body in bodies if (user := _user(body)) is not None and theirs(user)]
        for start in range(0, len(found), ROWS_A_QUERY):
            self._let_go(found[start : start + ROWS_A_QUERY]).result()
        return len(found)

    def _bodies(self, until: float) -> Iterator[tuple[int, bytes]]:
        """Yield the turns that came ``until`` a time, the first come first."""
        which = (INBOX.c.body.is_not(None), INBOX.c.received <= until)
        rows = select(INBOX.c.number, INBOX.c.body).where(*which).order_by(INBOX.c.number).limit(ROWS_A_QUERY)
        last = -1
        while True:
            try:
                with self._state.engine.connect() as connection:
                    found = connection.execute(rows.where(INBOX.c.number > last)).all()
            except SQLAlchemyError as error:
                raise state_error(error) from None
            if not found:
                return
            yield from ((row.number, row.body) for row in found)
            last = found[-1].number

    def _let_go(self, numbers: Sequence[int]) -> Future[list[Whose]]:
        """Delete turns; the future brings which of them waited for the layer."""
        which = INBOX.c.number.in_(numbers)

        def let_go(connection: Connection) -> list[Whose]:
            waited = _waiting(connection, which)
            connection.execute(delete(INBOX).where(which))
            self._recount(connection)
            return waited

        return self._writer.submit(let_go, lambda waited: self._shrink(waited, len(waited)))

    def next(self, most: int, but: Collection[Kept] = ()) -> list[Kept]:
        """Return the turns that wait for the layer, the first come first, ``but`` some, in the revision given.

        Raises:
            StateError: the database cannot be used.
        """
        return self._read(WAITS, most, but)

    def taken(self, kept: Sequence[Kept]) -> None:
        """Have the next requests of people wait no longer for turns that the layer took in.

        That it did is remembered with :meth:`handed`, after the layer wrote down what came of them.
        """
        self._untaken.take(each.whose for each in kept)

    def handed(self, kept: Sequence[Kept]) -> Future[int]:
        """Remember that the layer took turns in; those that feedback came about meanwhile go on waiting."""
        done = (
            update(INBOX)
            .where(INBOX.c.number == bindparam("one"), INBOX.c.revision == bindparam("seen"))
            .values(handed=bindparam("seen"))
        )
        rows = [{"one": each.number, "seen": each.revision} for each in kept]
        whose = [each.whose for each in kept]
        return self._writer.submit(
            lambda connection: connection.execute(done, rows).rowcount, lambda count: self._shrink(whose, count)
        )

    def set_apart(self, numbers: Sequence[int]) -> Future[int]:
        """Set turns apart that cannot be taken; the future brings how many of them waited for the layer."""
        waited: list[Whose] = []

        def put_apart(connection: Connection) -> int:
            which = INBOX.c.number.in_(numbers)
            count = connection.scalar(select(func.count()).select_from(INBOX).where(which, WAITS)) or 0
            waited.extend(_waiting(connection, which))
            connection.execute(update(INBOX).where(which).values(stage=APART, handed=INBOX.c.revision))
            self._apart = _apart(connection)
            return count

        return self._writer.submit(put_apart, lambda count: self._shrink(waited, count))

    def close_turns(self, before: float, most: int) -> list[Kept]:
        """Take no more feedback about turns that came ``before`` (Unix time) and that the layer knows; return them.

        What a move into the log that was cut short had taken comes first.

        Raises:
            StateError: the database cannot be used.
        """
        if interrupted := self._read(INBOX.c.stage == CLOSING, most):
            return interrupted
        due = select(INBOX.c.number).where(INBOX.c.stage == OPEN, INBOX.c.received <= before, ~WAITS)
        taken = update(INBOX).where(INBOX.c.number.in_(due.order_by(INBOX.c.number).limit(most)))
        self._writer.submit(lambda connection: connection.execute(taken.values(stage=CLOSING)).rowcount).result()
        return self._read(INBOX.c.stage == CLOSING, most)

    def logged(self, kept: Sequence[Kept]) -> None:
        """Let go of turns that are in the log, and a day later of what was left of them.

        Raises:
            StateError: the database cannot be used.
        """
        gone = update(INBOX).values(stage=LOGGED, body=None)
        old = delete(INBOX).where(INBOX.c.stage == LOGGED, INBOX.c.received < self._now() - REMEMBERED)

        def let_go(connection: Connection) -> None:
            for start in range(0, len(kept), ROWS_A_QUERY):
                numbers = [each.number for each in kept[start : start + ROWS_A_QUERY]]
                connection.execute(gone.where(INBOX.c.number.in_(numbers)))
            connection.execute(old)

        self._writer.submit(let_go).result()

    def _read(self, which: ColumnElement[bool], most: int, but: Collection[Kept] = ()) -> list[Kept]:
        known = {(each.number, each.revision) for each in but}
        columns = (INBOX.c.number, INBOX.c.revision, INBOX.c.body)
        rows = select(*columns).where(which).order_by(INBOX.c.number).limit(most + len(known))
        try:
            with self._state.engine.connect() as connection:
                found = connection.execute(rows).all()
        except SQLAlchemyError as error:
            raise state_error(error) from None
        kept, damaged = [], []
        for row in [row for row in found if (row.number, row.revision) not in known][:most]:
            try:
                kept.append(Kept(row.number, row.revision, Turn.model_validate_json(row.body)))
            except ValidationError:
                damaged.append(row.number)
        if damaged:
            self.set_apart(damaged).result()
        return kept if kept or not damaged else self._read(which, most, but)

    def _recount(self, connection: Connection) -> None:
        """Count anew what is set apart, where something was."""
        if self._apart:
            self._apart = _apart(connection)

    def _grow(self, by: _Grown) -> None:
        self._waiting += by.count
        self._untaken.add(by.whose)
        if by.whose:
            self.arrived()

    def _shrink(self, by: Sequence[Whose], count: int) -> None:
        self._waiting -= count
        self._untaken.kept(by)


def digest(turn: str) -> bytes:
    """Return the 16 bytes that stand for a turn's identifier."""
    return hashlib.blake2b(turn.encode(), digest_size=16).digest()


def _known(connection: Connection, ids: Sequence[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(ids), ROWS_A_QUERY):
        found.update(connection.scalars(select(INBOX.c.id).where(INBOX.c.id.in_(ids[start : start + ROWS_A_QUERY]))))
    return found


def _change(connection: Connection, id: bytes, changed: Callable[[Turn], Turn], grown: _Grown) -> Hearing:
    """Put a turn in place of what is kept of it; return what became of it, and add to ``grown`` what waits now."""
    columns = (INBOX.c.stage, INBOX.c.body, INBOX.c.revision, INBOX.c.handed)
    row = connection.execute(select(*columns).where(INBOX.c.id == id)).one_or_none()
    if row is None:
        return "unknown"
    if row.stage not in (OPEN, APART):
        return "too late"
    kept = Turn.model_validate_json(row.body)
    turn = changed(kept)
    if turn != kept:
        told = {"body": _json(turn), "revision": row.revision + 1, "stage": OPEN}
        connection.execute(update(INBOX).where(INBOX.c.id == id).values(**told))
        grown.count += row.handed == row.revision
        grown.whose.append((turn.user, id, row.revision + 1))
    return "kept"


def _apart(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(INBOX).where(INBOX.c.stage == APART)) or 0


def _waiting(connection: Connection, which: ColumnElement[bool]) -> list[Whose]:
    """Return those of some turns that wait for the layer; not those of which what is kept is damaged."""
    rows = connection.execute(select(INBOX.c.id, INBOX.c.revision, INBOX.c.body).where(which, WAITS))
    return [(user, row.id, row.revision) for row in rows if (user := _user(row.body)) is not None]


def _user(body: bytes) -> str | None:
    """Return whose turn it is; None where what is kept of it is damaged."""
    try:
        return _User.model_validate_json(body).user
    except ValidationError:
        return None


def _json(turn: Turn) -> bytes:
    return turn.model_dump_json(exclude_none=True).encode()
