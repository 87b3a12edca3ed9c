"""The preferences that people taught, in the state database: what holds, and what held before.

Of those that decide the same for one person one holds: a newer statement ends the one before in the transaction that
writes it, and the database itself refuses a second one. What is only inferred never ends what was said.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Float,
    RowMapping,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from sayagain.errors import StateError
from sayagain.schema.person import person_of
from sayagain.schema.preference import Lesson, Preference, Source
from sayagain.schema.tenant import split
from sayagain.state.database import Database
from sayagain.state.tables import PREFERENCE
from sayagain.text.normalise import form_of

EVERYBODY = "*"
"""In the place of a device: what was taught for the household."""

DECIDES = {"alias": "alias", "default": "set", "value": "set", "like": "taste", "dislike": "taste", "rule": "rule"}
"""Kind → what it decides: a default and a value of one thing contradict each other, and so do liking and disliking."""

TRIES = 5
"""Times that a statement is written: another process may say the same thing at that very moment."""

SHADOW_UNTIL = 3
"""Times that something inferred must have been seen before it holds: once, and twice more."""


@dataclass(frozen=True)
class Statement:
    """What somebody said to hold."""

    user: str
    lesson: Lesson
    time: datetime
    device: str | None = None
    until: datetime | None = None
    source: Source = "said"
    evidence: str = ""


class Preferences:
    """Reads and writes preferences."""

    def __init__(self, state: Database | str, now: Callable[[], float] = time.time) -> None:
        """Work on a state database, open or at a URL; ``now`` tells Unix time.

        Raises:
            StateError: the database cannot be opened.
        """
        self._state, self._now = Database.open(state), now

    def teach(self, statement: Statement) -> Preference:
        """Keep a statement, and end what it contradicts; return the preference that holds now.

        It is certain when this returns. What is inferred is counted where it was inferred before, and gives way to
        what was said.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        for _ in range(TRIES):
            with suppress(IntegrityError):
                return self._teach(statement)
        raise StateError("Another process teaches the same thing again and again", "Say it again")

    def _teach(self, statement: Statement) -> Preference:
        person, id = person_of(statement.user), uuid4().hex[:16]
        place = _place(statement)
        same = and_(PREFERENCE.c.person == person, PREFERENCE.c.place == place, PREFERENCE.c.active.is_(true()))
        with self._state.session() as session, session.begin():
            connection = session.connection()
            if statement.source == "inferred":
                locked = update(PREFERENCE).where(same, PREFERENCE.c.source == "inferred")
                connection.execute(locked.values(seen=PREFERENCE.c.seen))  # the lock is taken before anything is read
                before = connection.execute(select(PREFERENCE).where(same)).mappings().first()
                if before is not None:
                    kept = _preference(before)
                    if kept.source != "inferred":
                        return kept
                    if kept.lesson == statement.lesson:
                        again = update(PREFERENCE).where(same).values(seen=PREFERENCE.c.seen + 1)
                        connection.execute(again)
                        return kept.model_copy(update={"seen": kept.seen + 1})
            ended = {"active": None, "ended": self._now(), "superseded_by": id}
            connection.execute(update(PREFERENCE).where(same).values(ended))
            row = _row(statement, id, person, place)
            connection.execute(insert(PREFERENCE).values(row))
            return _preference(row)

    def of(self, user: str, *, ended: bool = False) -> list[Preference]:
        """Return what a person taught and holds, the oldest first; with ``ended`` also what held before.

        Raises:
            StateError: the database cannot be used.
        """
        which = PREFERENCE.c.person == person_of(user)
        return self._read(which if ended else and_(which, _holds(self._now())))

    def reaching(self, user: str, device: str | None, *, household: bool) -> list[Preference]:
        """Return what may hold for a request: the person's own, and where people live together what they share.

        Raises:
            StateError: the database cannot be used.
        """
        asked = {"person": person_of(user), "now": self._now()}
        if household:
            asked |= {"tenant": split(user)[0], "where": [EVERYBODY] if device is None else [EVERYBODY, device]}
        with self._state.session() as session:
            rows = session.connection().execute(_REACHING[household], asked).mappings()
            found = [_preference(row) for row in rows]
        return [each for each in found if each.scope != "device" or each.device in (None, device)]

    def all(self) -> list[Preference]:
        """Return what holds, of everybody.

        Raises:
            StateError: the database cannot be used.
        """
        return self._read(_holds(self._now()))

    def confirm(self, user: str, id: str) -> bool:
        """Let something inferred hold, for the person says so; return whether there was such.

        Raises:
            StateError: the database cannot be used.
        """
        return bool(self._change(update(PREFERENCE).where(_theirs(user, [id])).values(source="confirmed")))

    def forget(self, user: str, ids: Sequence[str]) -> int:
        """Delete some of a person's preferences for good, with what held before in their place; return how many held.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        with self._state.session() as session, session.begin():
            connection = session.connection()
            theirs = _theirs(user, ids)
            places = select(PREFERENCE.c.place).where(theirs)
            held = connection.execute(select(PREFERENCE.c.id).where(theirs, PREFERENCE.c.active.is_(true()))).all()
            gone = delete(PREFERENCE).where(PREFERENCE.c.person == person_of(user), PREFERENCE.c.place.in_(places))
            connection.execute(gone)
            return len(held)

    def erase(self, user: str) -> int:
        """Delete all that a person taught; return how many preferences there were, with those that held before.

        Raises:
            StateError: the database cannot be used; it is as it was.
        """
        return self._change(delete(PREFERENCE).where(PREFERENCE.c.person == person_of(user)))

    def _change(self, statement: Any) -> int:
        with self._state.session() as session, session.begin():
            return int(session.connection().execute(statement).rowcount)

    def _read(self, which: ColumnElement[bool]) -> list[Preference]:
        with self._state.session() as session:
            rows = session.execute(select(PREFERENCE).where(which).order_by(PREFERENCE.c.number)).mappings()
            return [_preference(row) for row in rows]


def holds(preference: Preference) -> bool:
    """Return whether it is used: what is only inferred waits until it was seen often enough, or confirmed."""
    return preference.source != "inferred" or preference.seen >= SHADOW_UNTIL


def _holds(now: float | BindParameter[float]) -> ColumnElement[bool]:
    ends_later = or_(PREFERENCE.c.until.is_(None), PREFERENCE.c.until > now)
    return and_(PREFERENCE.c.active.is_(true()), ends_later)


_MINE = PREFERENCE.c.person == bindparam("person")
_SHARED = and_(PREFERENCE.c.tenant == bindparam("tenant"), PREFERENCE.c.shared.in_(bindparam("where", expanding=True)))
_REACHING = {
    household: select(PREFERENCE).where(which, _holds(bindparam("now", type_=Float))).order_by(PREFERENCE.c.number)
    for household, which in ((False, _MINE), (True, or_(_MINE, _SHARED)))
}
"""What may hold for a request, where people live together and where not: asked twice a turn, so it is made once."""


def _theirs(user: str, ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(PREFERENCE.c.person == person_of(user), PREFERENCE.c.id.in_(ids))


def _place(statement: Statement) -> str:
    """Return a digest of what a statement decides: what else decides that contradicts it.

    What ends by itself stands beside what lasts, which holds again afterwards.
    """
    lesson, lasts = statement.lesson, statement.until is None
    kind = DECIDES[lesson.kind]
    what = lesson.value if kind == "taste" else lesson.subject
    where = statement.device if lesson.scope == "device" else None
    when = sorted((name, form_of(said) or said) for name, said in lesson.when.said.items())
    decided = repr((kind, lesson.scope, where, form_of(what) or what, when, lasts))
    return hashlib.blake2b(decided.encode("utf8", "surrogatepass"), digest_size=16).hexdigest()


def _row(statement: Statement, id: str, person: str, place: str) -> dict[str, Any]:
    lesson = statement.lesson
    shared = {"household": EVERYBODY, "device": statement.device or "", "person": ""}[lesson.scope]
    told = {"evidence": statement.evidence, "user": statement.user, "device": statement.device}
    return {
        "id": id,
        "person": person,
        "tenant": split(statement.user)[0],
        "shared": shared,
        "place": place,
        "lesson": {**lesson.model_dump(mode="json"), **told},
        "source": statement.source,
        "seen": 1,
        "since": statement.time.timestamp(),
        "until": None if statement.until is None else statement.until.timestamp(),
        "ended": None,
        "superseded_by": None,
        "active": True,
    }


def _preference(row: RowMapping | dict[str, Any]) -> Preference:
    times = {name: _time(row[name]) for name in ("since", "until", "ended")}
    more = {name: row[name] for name in ("id", "source", "seen", "superseded_by")}
    return Preference.model_validate({**row["lesson"], **more, **times})


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
