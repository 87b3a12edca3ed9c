"""A ledger of what a service acknowledged, and whether it is kept: each turn once, and nothing of who was erased."""

from __future__ import annotations

from collections import ChainMap, Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic, sleep

import pyarrow.parquet as pq
from lives import Life, command
from sqlalchemy import make_url, select

from sayagain.errors import SayAgainError, StateError
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.person import digest_of
from sayagain.server.delivery import Delivery
from sayagain.server.inbox_to_log import compact
from sayagain.state import Database
from sayagain.state.address import file_of
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.tables import CLOSING, INBOX, MEMORY, OPEN

HOSTILE = "somebody hostile"
"""In the ledger, whoever sent what a service may set apart."""
LOCKED = 10.0
"""Seconds that the lock of a killed process may last: a server lets go when it sees that its client is gone."""


@dataclass
class Ledger:
    """What was acknowledged; threads add to it while a service answers them."""

    turns: dict[str, str] = field(default_factory=dict)
    """Turn → user."""
    helpful: dict[str, bool] = field(default_factory=dict)
    """Turn → the feedback about it."""
    begun: set[str] = field(default_factory=set)
    """People of whom an erasure was asked for."""
    erased: set[str] = field(default_factory=set)
    """People of whom it was acknowledged."""
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often each address answered with each status."""
    odd: list[str] = field(default_factory=list)
    """What else was not as it should be."""

    def answered(self, path: str, status: int) -> None:
        """Count an answer."""
        self.statuses[path, status] += 1

    @property
    def kept(self) -> dict[str, str]:
        """The turns, with their users, of those who are not to be erased."""
        return {turn: user for turn, user in list(self.turns.items()) if user not in self.begun}


@dataclass(frozen=True)
class Stored:
    """What a state database and a log hold."""

    open: dict[str, Turn]
    closing: dict[str, Turn]
    apart: dict[str, Turn]
    """Turns in the inbox that go no further."""
    logged: dict[str, Turn]
    times: Counter[str]
    """How often the log has a turn."""
    profiles: set[str]
    complaints: set[str]
    """Digests of the people who complained."""
    files: dict[str, bytes]
    """The files of the database, where it is SQLite, as they were found."""
    locked: float
    """Seconds until nobody held the lock any more."""

    @classmethod
    def at(cls, state: str, log: Path) -> Stored:
        """Read all of it, as the next process finds it."""
        file = file_of(make_url(state))
        files = {} if file is None else {each.name: each.read_bytes() for each in file.parent.glob(f"{file.name}*")}
        with _inbox(state) as (_, locked):
            database = Database.open(state)
            stages: dict[int, dict[str, Turn]] = defaultdict(dict)
            with database.engine.connect() as connection:
                rows = connection.execute(select(INBOX.c.stage, INBOX.c.body).where(INBOX.c.body.is_not(None))).all()
                profiles = set(connection.scalars(select(MEMORY.c.user)))
            for stage, body in rows:
                turn = Turn.model_validate_json(body)
                stages[stage][turn.turn] = turn
            parts = [pq.ParquetFile(part).read() for part in Log.create(log).files()]
            turns = [Turn.from_row(row) for part in parts for row in part.to_pylist()]
            complaints = {each.person for each in Lifecycle(database).complaints()}
        waiting = stages.pop(OPEN, {}), stages.pop(CLOSING, {}), dict(ChainMap(*stages.values()))
        times = Counter(turn.turn for turn in turns)
        return cls(*waiting, {turn.turn: turn for turn in turns}, times, profiles, complaints, files, locked)

    def holds(self, user: str) -> list[str]:
        """Return where something of a person is."""
        places = {"inbox": self.open | self.closing | self.apart, "log": self.logged}
        found = [name for name, turns in places.items() if any(turn.user == user for turn in turns.values())]
        found += ["profiles"] if user in self.profiles else []
        found += ["complaints"] if digest_of(user) in self.complaints else []
        return found + [name for name, data in self.files.items() if user.encode() in data]


def faults(ledger: Ledger, stored: Stored) -> list[str]:
    """Return what is not as it was acknowledged: lost, there twice, or half erased.

    A turn on its way into the log (closing) may be there already.
    """
    found = list(ledger.odd)
    found += [f"failed: {path} answered {status}" for path, status in ledger.statuses if status == 500]
    found += [f"duplicated: {turn} is in the log {times} times" for turn, times in stored.times.items() if times > 1]
    found += [f"duplicated: {turn} is in the log, and open" for turn in stored.open.keys() & stored.logged.keys()]
    anywhere = stored.open | stored.closing | stored.apart | stored.logged
    for turn, user in ledger.kept.items():
        kept = anywhere.get(turn)
        if kept is None:
            found.append(f"lost: {turn} of {user}")
        elif turn in stored.apart and user != HOSTILE:
            found.append(f"stuck: {turn} of {user} is set apart")
        elif turn in ledger.helpful and (kept.feedback is None or kept.feedback.helpful != ledger.helpful[turn]):
            found.append(f"lost: feedback about {turn} of {user}")
    for user in ledger.erased:
        found += [f"half erased: {user} is in the {place}" for place in stored.holds(user)]
    return found


def settle(ledger: Ledger, bundle: Path | None, state: str, log: Path) -> list[str]:
    """Finish all that was begun, as a service does that runs on, and return what is wrong then."""
    found = []
    try:
        with _inbox(state) as (inbox, _), closing(Layer.open(bundle, state)) as layer:
            delivery = Delivery(inbox, layer, remember_every=0.0)
            while delivery.hand_on():
                pass
            compact(inbox, Log.create(log), inf)
    except SayAgainError as error:
        found.append(f"stuck: {error}")
    for user in ledger.begun - ledger.erased:
        found += erase(ledger, user, state, log)
    stored = Stored.at(state, log)
    found += faults(ledger, stored)
    return found + [f"stuck: {turn} does not move into the log" for turn in stored.open | stored.closing]


def erase(ledger: Ledger, user: str, state: str, log: Path) -> list[str]:
    """Erase a person by command, while no service runs; return what went wrong."""
    life = Life(log.with_name("erasing"), command, "log", "erase-user", str(log), user, "--state", state)
    life.end()
    if life.failure:
        return [f"half erased: {user}, {life.failure}"]
    ledger.erased.add(user)
    return []


@contextmanager
def _inbox(state: str) -> Iterator[tuple[Inbox, float]]:
    """Open the inbox when the process before is gone for its database too; bring the seconds that it took."""
    began, locked = monotonic(), 0.0
    while True:
        try:
            inbox = Inbox(state)
            break
        except StateError:
            locked = monotonic() - began
            if locked > LOCKED:
                raise
            sleep(0.01)
    try:
        yield inbox, locked
    finally:
        inbox.close()
