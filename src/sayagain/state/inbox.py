"""The inbox: turns that were acknowledged, until the layer took them in and the log has them.

A turn is open while feedback about it is taken, closing on its way into the log, and logged when it is there; of a
logged turn only the digest of its identifier stays for a day, so that one that is sent again is known. What the layer
or the log cannot take is set apart, until the next start or until more is told of it: it holds up nothing else.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
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
from sayagain.state.writer import Writer

ROWS_A_QUERY = 500
"""Rows named in one statement: every database takes that many."""

REMEMBERED = 86_400.0
"""Seconds for which a turn that is in the log is known here: who sends it again does so within minutes or hours."""

Hearing = Literal["kept", "unknown", "too late"]
"""What became of feedback."""


class _Whose(BaseModel):
    """Of a turn as JSON, only whose it is."""

    user: str = ONE_USER


@dataclass(frozen=True)
class Kept:
    """A turn in the inbox."""

    number: int
    revision: int
    turn: Turn


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
        self._of: Counter[str] = Counter()
        """Of each person, how much was acknowledged here that the layer has not taken in."""
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
        """Return how many turns the layer has not taken in, or not with the feedback about them."""
        return self._waiting

    @property
    def apart(self) -> int:
        """Return how many turns are set apart."""
        return self._apart

    def waits(self, user: str) -> bool:
        """Return whether something of a person, acknowledged since the start, waits for the layer."""
        return self._of[user] > 0

    @property
    def fault(self) -> str | None:
        """Return why the last write failed; None when it did not."""
        return self._writer.fault

    def put(self, turns: Sequence[Turn]) -> Future[list[bool]]:
        """Keep turns; the future brings, in their order, whether each is new, once all are kept for good.

        A turn that is known keeps what is known of it, and is given what it lacked. The future raises StateError.
        """
        grown: Counter[str] = Counter()

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
                    grown.update(_change(connection, id, lambda kept, turn=turn: retold(kept, turn))[1])  # type: ignore[misc]
                else:
                    new[id] = retold(new[id], turn)
            if new:
                received = self._now()
                rows = [{"id": id, "body": _json(turn), "received": received} for id, turn in new.items()]
                connection.execute(insert(INBOX), rows)
            grown.update(turn.user for turn in new.values())
            self._recount(connection)
            return fresh

        return self._writer.submit(keep, lambda _: self._grow(grown))

    def hear(self, turn: str, feedback: Feedback) -> Future[Hearing]:
        """Keep feedback about a turn in place of earlier feedback; the future brings what became of it.

        The future raises StateError.
        """
        grown: Counter[str] = Counter()

        def keep(connection: Connection) -> Hearing:
            hearing, who = _change(
                connection, digest(turn), lambda kept: kept.model_copy(update={"feedback": feedback})
            )
            grown.update(who)
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

    def _let_go(self, numbers: Sequence[int]) -> Future[Counter[str]]:
        """Delete turns; the future brings how many of each person waited for the layer."""
        which = INBOX.c.number.in_(numbers)

        def let_go(connection: Connection) -> Counter[str]:
            waiting = connection.scalars(select(INBOX.c.body).where(which, WAITS))
            waited = Counter(user for body in waiting if (user := _user(body)) is not None)
            connection.execute(delete(INBOX).where(which))
            self._recount(connection)
            return waited

        return self._writer.submit(let_go, lambda waited: self._shrink(waited, waited.total()))

    def next(self, most: int) -> list[Kept]:
        """Return the turns that wait for the layer, the first come first.

        Raises:
            StateError: the database cannot be used.
        """
        return self._read(WAITS, most)

    def handed(self, kept: Sequence[Kept]) -> Future[int]:
        """Remember that the layer took turns in; those that feedback came about meanwhile go on waiting."""
        done = (
            update(INBOX)
            .where(INBOX.c.number == bindparam("one"), INBOX.c.revision == bindparam("seen"))
            .values(handed=bindparam("seen"))
        )
        rows = [{"one": each.number, "seen": each.revision} for each in kept]
        taken = Counter[str]()

        def mark(connection: Connection) -> int:
            count = connection.execute(done, rows).rowcount
            late: set[int] = set()
            if count < len(rows):  # feedback came about some meanwhile: these go on waiting
                which = INBOX.c.number.in_([each.number for each in kept])
                late.update(connection.scalars(select(INBOX.c.number).where(WAITS, which)))
            taken.update(each.turn.user for each in kept if each.number not in late)
            return count

        return self._writer.submit(mark, lambda count: self._shrink(taken, count))

    def set_apart(self, numbers: Sequence[int]) -> Future[int]:
        """Set turns apart that cannot be taken; the future brings how many of them waited for the layer."""
        waited: Counter[str] = Counter()

        def put_apart(connection: Connection) -> int:
            which = INBOX.c.number.in_(numbers)
            bodies = connection.scalars(select(INBOX.c.body).where(which, WAITS)).all()
            waited.update(user for body in bodies if (user := _user(body)) is not None)
            connection.execute(update(INBOX).where(which).values(stage=APART, handed=INBOX.c.revision))
            self._apart = _apart(connection)
            return len(bodies)

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

    def _read(self, which: ColumnElement[bool], most: int) -> list[Kept]:
        rows = select(INBOX.c.number, INBOX.c.revision, INBOX.c.body).where(which).order_by(INBOX.c.number).limit(most)
        try:
            with self._state.engine.connect() as connection:
                found = connection.execute(rows).all()
        except SQLAlchemyError as error:
            raise state_error(error) from None
        kept, damaged = [], []
        for row in found:
            try:
                kept.append(Kept(row.number, row.revision, Turn.model_validate_json(row.body)))
            except ValidationError:
                damaged.append(row.number)
        if damaged:
            self.set_apart(damaged).result()
        return kept if kept or not damaged else self._read(which, most)

    def _recount(self, connection: Connection) -> None:
        """Count anew what is set apart, where something was."""
        if self._apart:
            self._apart = _apart(connection)

    def _grow(self, by: Counter[str]) -> None:
        self._waiting += by.total()
        self._of += by
        if by:
            self.arrived()

    def _shrink(self, by: Counter[str], count: int) -> None:
        self._waiting -= count
        self._of -= by  # keeps only what is above zero: what waited from before the start was never counted


def digest(turn: str) -> bytes:
    """Return the 16 bytes that stand for a turn's identifier."""
    return hashlib.blake2b(turn.encode(), digest_size=16).digest()


def _known(connection: Connection, ids: Sequence[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(ids), ROWS_A_QUERY):
        found.update(connection.scalars(select(INBOX.c.id).where(INBOX.c.id.in_(ids[start : start + ROWS_A_QUERY]))))
    return found


def _change(connection: Connection, id: bytes, changed: Callable[[Turn], Turn]) -> tuple[Hearing, list[str]]:
    """Put a turn in place of what is kept of it; return what became of it, and whose turn waits that did not before."""
    columns = (INBOX.c.stage, INBOX.c.body, INBOX.c.revision, INBOX.c.handed)
    row = connection.execute(select(*columns).where(INBOX.c.id == id)).one_or_none()
    if row is None:
        return "unknown", []
    if row.stage not in (OPEN, APART):
        return "too late", []
    kept = Turn.model_validate_json(row.body)
    turn = changed(kept)
    if turn == kept:
        return "kept", []
    told = {"body": _json(turn), "revision": row.revision + 1, "stage": OPEN}
    connection.execute(update(INBOX).where(INBOX.c.id == id).values(**told))
    return "kept", [turn.user] if row.handed == row.revision else []


def _apart(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(INBOX).where(INBOX.c.stage == APART)) or 0


def _user(body: bytes) -> str | None:
    """Return whose turn it is; None where what is kept of it is damaged."""
    try:
        return _Whose.model_validate_json(body).user
    except ValidationError:
        return None


def _json(turn: Turn) -> bytes:
    return turn.model_dump_json(exclude_none=True).encode()
