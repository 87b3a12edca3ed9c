"""Forgetting a person where no service runs: their turns in the log and in the inbox, and what a layer remembers."""

from __future__ import annotations

from pathlib import Path

from sayagain.errors import StateError
from sayagain.log.retention import erase_user
from sayagain.log.store import Log
from sayagain.online.people import People
from sayagain.schema.person import digest_of
from sayagain.state import Database
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle


def forget(log: Log, user: str, state: str | None) -> int:
    """Erase a person for good; return how many turns there were.

    Args:
        log: where their turns are.
        user: who.
        state: file or URL of a layer's state database; None where no layer remembers anybody.

    Raises:
        LogError: another process is writing, or the disk is full; the log is as it was.
        StateError: there is no such state database, it cannot be used, or a layer of another process writes to it.
    """
    return (0 if state is None else _from_state(state, user)) + erase_user(log, user)


def _from_state(state: str, user: str) -> int:
    if "://" not in state and not Path(state).exists():
        raise StateError(f"There is no state database {state}", "Check --state")
    database = Database.open(state)
    inbox = Inbox(database)
    people = People.of(database, inbox)
    try:
        people.forget(user)
        Lifecycle(database).forget(digest_of(user))
        return inbox.forget(user).result()
    finally:
        people.leave(inbox)
        inbox.close()
