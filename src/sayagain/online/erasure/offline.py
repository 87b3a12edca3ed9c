"""Erasing a person where no service runs: what a state database holds is opened for it, and closed again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sayagain.errors import BundleError, StateError
from sayagain.log.store import Log
from sayagain.online.erasure.erase import Erasure, State, Stores, begin, clear, reach
from sayagain.online.erasure.memory import Closed
from sayagain.online.erasure.receipt import Receipt
from sayagain.schema.person import person_of
from sayagain.state import Database, erasures
from sayagain.state.address import bundle_beside
from sayagain.state.erasures import Asked, record, unfinished
from sayagain.state.inbox import Inbox


def forget(log: Log, user: str, state: str | None = None, bundle: Path | None = None) -> Receipt:
    """Erase a person for good, and finish what was cut short before; return the receipt.

    Args:
        log: where their turns are.
        user: who, in one spelling of their name.
        state: file or URL of a layer's state database; None where no layer remembers anybody.
        bundle: what was learned from the log; by default the one that the state database lies beside.

    Raises:
        LogError: another process is writing to the log, or the disk is full.
        BundleError: there is no such bundle, or its folder cannot be written.
        StateError: there is no such state database, it cannot be used, or a layer of another process writes to it.
    """
    if bundle is not None and not bundle.is_dir():
        raise BundleError(f"There is no bundle at {bundle}", "Check --bundle")
    if state is None:
        return _finish([begin(Asked("", user, "", time.time()), Stores(log, None, bundle))])
    if "://" not in state and not Path(state).exists():
        raise StateError(f"There is no state database {state}", "Check --state")
    with _opened(state) as opened:
        database, stores = opened.inbox.database, Stores(log, opened, bundle or bundle_beside(state))
        before = unfinished(database, log.path)
        asked = record(database, user, log.path)
        for each in before:
            if person_of(each.user) == person_of(user):
                erasures.finish(database, each)  # what is erased now is more
        others = [each for each in before if person_of(each.user) != person_of(user)]
        return _finish([begin(each, stores) for each in (*others, asked)])


def _finish(begun: list[Erasure]) -> Receipt:
    """Erase people from all else, each of whom was erased from the state before any waits; return the last receipt."""
    for each in begun:
        reach(each)
    return clear(begun)[-1]


@contextmanager
def _opened(state: str) -> Iterator[State]:
    database = Database.open(state)
    with closing(Inbox(database)) as inbox, closing(Closed(database)) as memory:
        yield State(inbox, memory)
