"""The operation that erases a person: from the state at once, then from all else, a step a store; then a receipt.

What was asked for stands in the state database until it is done, and each step finds nothing where it was done before:
an erasure that is cut short is finished by doing it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sayagain.bundle import superseded
from sayagain.bundle.lock import erasing
from sayagain.errors import BundleError
from sayagain.log.retention import erase_person
from sayagain.log.store import Log
from sayagain.online.erasure import places
from sayagain.online.erasure.learned import learned_without, learning
from sayagain.online.erasure.memory import Memory
from sayagain.online.erasure.places import Place
from sayagain.online.erasure.receipt import Receipt
from sayagain.schema.person import person_of
from sayagain.state import Database, erasures
from sayagain.state.erasures import Asked
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.revision import tell

OUT_OF_REACH = (
    "Backups, exports, labels, and folders of learn --keep-tables are not reached: delete these yourself; and a file "
    "that is imported again brings back whom it holds"
)
NO_STATE = "No state database was named: profiles, complaints and the inbox are as they were; name it with --state"
NO_BUNDLE = "No bundle was named: what learning left there is as it was; name it with --bundle"
NOBODY = "Nobody of this name was found: check how it is spelled, unless this person was erased before"
SERVERS_OWN = (
    "PostgreSQL keeps deleted rows in free room of its files until it needs the room, and in its write-ahead log and "
    "backups as long as it is told to"
)


@dataclass(frozen=True)
class State:
    """What is in a state database, as one process has it open."""

    inbox: Inbox
    memory: Memory
    still: Callable[[], AbstractContextManager[object]] = nullcontext
    """Enters what keeps turns from being handed from the inbox to the memory."""


@dataclass(frozen=True)
class Stores:
    """What a person is erased from. While they are, nothing moves from the inbox into the log."""

    log: Log
    state: State | None = None
    bundle: Path | None = None


@dataclass
class Erasure:
    """One erasure under way."""

    asked: Asked
    stores: Stores
    names: set[str] = field(default_factory=set)
    """Spellings of the person's name that were found."""
    notes: list[str] = field(default_factory=list)
    erased: dict[str, int] = field(default_factory=dict)
    """How much of each place is erased so far, by its name."""
    _known: dict[str, bool] = field(default_factory=dict)

    def theirs(self, user: str) -> bool:
        """Return whether a user is the person."""
        if user not in self._known:
            self._known[user] = person_of(user) == person_of(self.asked.user)
            if self._known[user]:
                self.names.add(user)
        return self._known[user]

    def count(self, of: tuple[Place, ...], found: tuple[int, ...]) -> None:
        """Count what was erased of some places."""
        for place, items in zip(of, found, strict=True):
            self.erased[place.name] = self.erased.get(place.name, 0) + items


def _from_state(erasure: Erasure, state: State) -> tuple[int, ...]:
    with state.still():
        turns = state.inbox.forget(erasure.theirs, erasure.asked.asked)
        found = state.memory.forget(erasure.asked.user)
    erasure.names |= found.profiles
    return turns, len(found.profiles), found.preferences, found.questions, found.complaints, *_texts(state)


def _texts(state: State) -> tuple[int]:
    return (Lifecycle(state.inbox.database).erase_texts(),)


def _from_log(erasure: Erasure, log: Log) -> tuple[int, ...]:
    gone = erase_person(log, erasure.theirs)
    return gone.turns, gone.truth, gone.staged, gone.rejected


def _from_bundle(erasure: Erasure, bundle: Path) -> tuple[int, ...]:
    left = superseded.erase(bundle, datetime.now(UTC), lambda manifest: learned_without(manifest, erasure.theirs))
    again = f"learn again: {learning(left.before, erasure.stores.log.path, bundle)}"
    if left.emptied:
        erasure.notes.append(f"What was learned of the household is erased, and nothing is rewritten; {again}")
        if erasure.stores.state is not None:
            _let_go(erasure, erasure.stores.state)
    elif left.kept:
        versions = ", ".join(left.kept)
        said = f"Learned before, of what three people or more said: {versions}"
        erasure.notes.append(f"{said}; without this person {again}")
    return left.unfinished, len(left.erased)


def _let_go(erasure: Erasure, state: State) -> None:
    """Have the bundle before let go of by what serves it, here and in other processes."""
    tell(state.inbox.database)
    try:
        state.memory.reload()
    except BundleError as error:
        erasure.notes.append(f"What serves holds the bundle before until it is started again: {error.args[0]}")


FROM_STATE = (places.INBOX, places.PROFILES, places.PREFERENCES, places.QUESTIONS, places.COMPLAINTS, places.STANDINGS)
FROM_LOG = (places.TURNS, places.TRUTH, places.STAGED, places.REJECTED)
FROM_BUNDLE = (places.UNFINISHED, places.VERSIONS)
CLEARED = (places.PAGES, places.REQUESTS)
"""The places that each step erases, as it counts them."""
THEIRS = (places.TURNS, places.INBOX, places.PROFILES, places.PREFERENCES, places.QUESTIONS, places.COMPLAINTS)
"""The places of which the person's own is erased."""


def begin(asked: Asked, stores: Stores) -> Erasure:
    """Erase a person from the state, at once; :func:`reach` and :func:`clear` do the rest, when they can.

    Raises:
        StateError: the state database cannot be used. The same call goes on.
    """
    erasure = Erasure(asked, stores)
    if stores.state is not None:
        erasure.count(FROM_STATE, _from_state(erasure, stores.state))
    return erasure


def reach(erasure: Erasure) -> None:
    """Erase a person from the bundle and the log.

    While the bundle is being learned, the log that it is learned from stays as it is.

    Raises:
        BeingLearnedError: the bundle is being learned.
        LogError: another process is writing to the log, or its disk is full.
        BundleError: the bundle's folder cannot be written.
        StateError: the state database cannot be used. After each error, the same call goes on.
    """
    stores = erasure.stores
    bundle = stores.bundle if stores.bundle is not None and stores.bundle.is_dir() else None
    with nullcontext() if bundle is None else erasing(bundle):
        if bundle is not None:  # before the log, which shows that it was learned from this person
            erasure.count(FROM_BUNDLE, _from_bundle(erasure, bundle))
        erasure.count(FROM_LOG, _from_log(erasure, stores.log))
        if stores.state is not None:
            erasure.count((places.STANDINGS,), _texts(stores.state))  # what was published since is there again


def clear(begun: Sequence[Erasure]) -> list[Receipt]:
    """End erasures of people who were reached everywhere; return how much there was of each, and what is out of reach.

    The state database's files are cleared once for all of them: that takes as long for one as for many.

    Raises:
        StateError: the state database cannot be used, or is being read. The same call goes on.
    """
    if begun and (state := begun[0].stores.state) is not None:
        _clear(begun, state.inbox.database)
    return [_receipt(each) for each in begun]


def _clear(begun: Sequence[Erasure], database: Database) -> None:
    pages = database.purge()  # as long as the requests stand, who is killed here is gone on with
    for erasure in begun:
        erasures.finish(database, erasure.asked)
    pages += database.purge()
    for erasure in begun:
        erasure.count(CLEARED, (pages, 1))
        if database.engine.dialect.name == "postgresql":
            erasure.notes.append(SERVERS_OWN)


def _receipt(erasure: Erasure) -> Receipt:
    stores = erasure.stores
    found = any(erasure.erased.get(each.name) for each in THEIRS)
    notes = [
        *[NOBODY] * (not found),
        *erasure.notes,
        *[NO_STATE] * (stores.state is None),
        *[NO_BUNDLE] * (stores.bundle is None),
        OUT_OF_REACH,
    ]
    turns = erasure.erased.get(places.INBOX.name, 0) + erasure.erased[places.TURNS.name]
    return Receipt(turns=turns, names=len(erasure.names), erased=erasure.erased, notes=notes)
