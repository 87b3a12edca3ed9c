"""The people in use: read from the state database when they speak, kept at hand, written back by a flush.

What is in memory is guarded by one lock that is never held while the database is asked: who is read, used or written
has a lock of their own. A person is let go of only when nobody uses them and nothing of theirs is unwritten; they are
unwritten from before a change until a flush that saw it was committed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import Any, ClassVar
from weakref import WeakSet, WeakValueDictionary

from sayagain.errors import FullError, StateError, UnkeptError
from sayagain.online.person import Person
from sayagain.online.user_tracker import UserTracker
from sayagain.schema.person import person_of
from sayagain.state import Database
from sayagain.state.lock import WriterLock
from sayagain.state.profiles import Store

MOST_PEOPLE = 10_000
"""People kept at hand; the others are read when they speak."""

FLUSH_EVERY = 64
"""People, or turns a person, that wait until a flush is due where nobody flushes before: it writes whole profiles."""


@dataclass(eq=False)
class _Place:
    """One person's place among those in use."""

    lock: Lock = field(default_factory=Lock)
    """Held while the person is read, used or written."""
    person: Person | None = None
    """None until they are read."""
    users: int = 0
    """Threads that hold the person, or wait to."""
    changes: int = 0


class People:
    """The people in use. May be used from several threads: one person's turns wait for each other, nobody else's."""

    _open: ClassVar[WeakValueDictionary[int, People]] = WeakValueDictionary()
    """Those who may be changed, by the identity of their database."""
    _opening: ClassVar[Lock] = Lock()

    def __init__(self, store: Store, lock: WriterLock | None = None) -> None:
        """Keep the people of a ``store`` at hand; without the ``lock`` of its database they are only asked about."""
        self._store, self._alone = store, lock
        self._closed = lock is None
        self._users: WeakSet[object] = WeakSet()
        self._places: OrderedDict[str, _Place] = OrderedDict()
        """The one silent longest first."""
        self._unwritten: dict[str, _Place] = {}
        self._since = 0
        """Changes since the last flush."""
        self._unkept: set[str] = set()
        """Whose could not be written once, though others' could."""
        self._lock = Lock()
        self._release: Callable[[], object] = lambda: None
        self._writing = Lock()
        """Held by who writes to the database, or erases: two flushes must not overtake each other."""

    @classmethod
    def of(cls, database: Database, user: object) -> People:
        """Return the people of a database to ``user``: the same to all of this process; none overwrites another.

        No other process has them until all these users have left, or are gone.

        Raises:
            StateError: another process has them.
        """
        with cls._opening:
            people = cls._open.get(id(database))
            if people is None or people._closed:
                people = cls(Store(database), database.lock)
                people._release = database.write_alone(people)
                cls._open[id(database)] = people
            people._users.add(user)
            return people

    def leave(self, user: object) -> None:
        """Write what was changed, and leave the people to the other users; with the last, nobody is changed any more.

        Raises:
            StateError: it cannot be written; with the last user it is lost.
        """
        with self._opening:
            if self._closed:
                return
            self._users.discard(user)
            if self._users:
                self.flush()
                return
            with self._lock:
                self._closed = True  # before the last flush: what is changed after it would be lost
            try:
                self.flush()
            finally:
                self._release()

    @property
    def due(self) -> bool:
        """Whether enough was changed that a flush is due, and none is under way."""
        people = len(self._unwritten)
        enough = people >= FLUSH_EVERY or self._since >= FLUSH_EVERY * people > 0
        return enough and not self._writing.locked()

    @contextmanager
    def hold(self, user: str, *, change: bool = False) -> Iterator[Person]:
        """Hold one person, to ask about them or, with ``change``, to change them.

        Raises:
            StateError: the person cannot be read, or not be changed.
        """
        with self._place(user) as place:
            if place.person is None:
                place.person = self._read(user)
            if change:
                with self._lock:
                    self.check()
                    place.changes += 1
                    self._since += 1
                    self._unwritten[user] = place
            yield place.person

    def flush(self) -> None:
        """Write what was changed since it was last written.

        Raises:
            UnkeptError: some people's cannot be written though the database works; they are as they were last written.
            StateError: it cannot be written now; it is kept, to be written later.
        """
        with self._writing:
            with self._lock:
                changed, self._since = dict(self._unwritten), 0
            if changed and self._alone is not None:
                self._alone.confirm()
            trackers, seen = {}, {}
            for user, place in changed.items():
                with place.lock:
                    if place.person is not None:
                        trackers[user], seen[user] = place.person.tracker.copy(), place.changes
            unkept = self._write({user: tracker.to_json() for user, tracker in trackers.items()})
            for user in unkept:
                with changed[user].lock:
                    changed[user].person = None  # read again when they speak
            with self._lock:
                for user, changes in seen.items():
                    if changed[user].changes == changes or user in unkept:
                        del self._unwritten[user]
                self._let_go()
            if unkept:
                raise UnkeptError(unkept)

    def forget(self, user: str) -> frozenset[str]:
        """Erase what is remembered of a person, under all spellings of their name; return those.

        No flush brings back what it read before.

        Raises:
            StateError: the state database cannot be used.
        """
        self.check()
        who = person_of(user)
        with self._writing:
            with self._lock:
                unwritten, at_hand = list(self._unwritten), list(self._places)
            known = frozenset(each for each in (*self._store.users(), *unwritten) if person_of(each) == who)
            for each in known.union(other for other in at_hand if person_of(other) == who):
                self._forget(each)
            return known

    def _forget(self, user: str) -> None:
        with self._place(user) as place:
            self._store.forget(user)
            place.person = Person()
            with self._lock:
                self._unwritten.pop(user, None)

    def _read(self, user: str) -> Person:
        try:
            kept = self._store.read(user)
        except StateError:
            if self._store.works():
                raise UnkeptError([user]) from None
            raise
        return Person(UserTracker.of_json(kept)) if kept else Person()

    def _write(self, profiles: Mapping[str, dict[str, Any]]) -> set[str]:
        """Write profiles, all together or, where that fails though the database works, each alone.

        Returns whose cannot be written though others' can.
        """
        try:
            self._store.write(profiles)
            return set()
        except FullError:
            raise
        except StateError:
            if not self._store.works():
                raise
            unkept = {user for user, profile in profiles.items() if not self._written_alone(user, profile)}
            others = profiles.keys() - unkept or unkept <= self._unkept
            if not others or not self._store.works():
                raise
            self._unkept |= unkept
            return unkept

    def _written_alone(self, user: str, profile: dict[str, Any]) -> bool:
        try:
            self._store.write({user: profile})
        except FullError:
            raise
        except StateError:
            return False
        return True

    def check(self) -> None:
        """Make sure that people may be changed.

        Raises:
            StateError: the layer was closed, or only reads.
        """
        if self._closed:
            raise StateError("The layer was closed, or opened to read only", "Open it again")

    @contextmanager
    def _place(self, user: str) -> Iterator[_Place]:
        """Hold the place of one person, who may not be read yet."""
        with self._lock:
            place = self._places.setdefault(user, _Place())
            self._places.move_to_end(user)
            place.users += 1
        try:
            with place.lock:
                yield place
        finally:
            with self._lock:
                place.users -= 1
                if place.person is None and not place.users:  # they could not be read: the next one tries again
                    del self._places[user]
                self._let_go()

    def _let_go(self) -> None:
        """Let go of those silent longest, beyond ``MOST_PEOPLE``."""
        for user in list(islice(self._places, max(0, len(self._places) - MOST_PEOPLE))):
            if not self._places[user].users and user not in self._unwritten:
                del self._places[user]
