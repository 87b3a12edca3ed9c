"""A service under test, with a layer that only remembers what it was told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition
from typing import Any

import pyarrow.parquet as pq
from children import Child, running
from starlette.testclient import TestClient

from sayagain.errors import SayAgainError
from sayagain.log.store import Log
from sayagain.online.erasure.memory import Remembered
from sayagain.schema import Choice, Interpretation, LayerAction, Turn
from sayagain.schema.explanation import Explanation
from sayagain.schema.person import person_of
from sayagain.schema.preference import MOST_WORDS, Lesson, Preference, Taught
from sayagain.schema.question import Question
from sayagain.server.app import create
from sayagain.server.keys import Keys
from sayagain.server.run import serve
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox
from sayagain.state.switch import Switch

REWRITES = {"turn on the haul light": "turn on the hall light", "dim the perch lamp": "dim the porch lamp"}
PATIENCE = 20
"""Seconds after which a test that waits for something gives up."""


@dataclass
class Attentive:
    """A layer that rewrites two requests, and writes down what it is told."""

    seen: list[Turn] = field(default_factory=list)
    version: str | None = "000001"
    held: str | None = None
    fault: str | None = None
    switch: Switch = field(default_factory=Switch)
    trouble: SayAgainError | None = None
    """What keeps it from observing and reloading."""
    flushed: int = 0
    lessons: list[Preference] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def rewrite(self, request: Turn) -> LayerAction | None:
        text = REWRITES.get(request.text)
        if text is None:
            return None
        source, say = "precomputed 1a2b3c4d", f"I took that as “{text}”."
        return LayerAction(rewrite=text, source=source, score=0.9, propensity=1.0, say=say, undo="no")

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        if len(candidates) < 2:
            return None
        return Choice(place=1, interpretation=candidates[1], p_meant=0.9, p_default=0.1, why="people meant it")

    def explain(self, request: Turn) -> Explanation:
        action = self.rewrite(request)
        return Explanation(
            text=action.rewrite if action and action.rewrite else request.text,
            rewritten=action is not None,
            reason="people said so",
            action=action,
            step="ranked",
            hypotheses=(request.text,),
            p_works=0.1,
            rewrite_from=0.2,
            offer_from=0.1,
            candidates=(),
        )

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        if user is None:
            return Taught(say="Who is speaking?", refused="nobody knows who is speaking")
        lesson = Lesson(kind="like", subject="", value=text[:MOST_WORDS])
        now = datetime(2026, 3, 2, tzinfo=UTC)
        made = Preference(**lesson.model_dump(), id=f"{len(self.lessons):016}", user=user, since=now)
        self.lessons.append(made)
        return Taught(say="I will remember that.", learned=made)

    def ask(self, session: Sequence[Turn]) -> Question | None:
        last = session[-1]
        if last.status != "error":
            return None
        return Question(id="q", user=last.user, kind="teach_me", say="What did you mean?", about=last)

    def answer(self, question: Question, turn: Turn) -> Taught:
        return self.teach(turn.user, turn.text)

    def taught(self, user: str) -> list[Preference]:
        return [each for each in self.lessons if person_of(each.user) == person_of(user)]

    def preferences(
        self, user: str, time: datetime, place: str | None = None, device: str | None = None
    ) -> list[Preference]:
        return self.taught(user)

    def unlearn(self, user: str, ids: Sequence[str]) -> int:
        gone = [each for each in self.taught(user) if each.id in ids]
        self.lessons = [each for each in self.lessons if each not in gone]
        return len(gone)

    def observe(self, turn: Turn) -> None:
        with self.changed:
            if self.trouble is not None:
                raise self.trouble
            self.seen.append(turn)
            self.changed.notify_all()

    def flush(self) -> None:
        self.flushed = len(self.seen)

    def forget(self, user: str) -> Remembered:
        with self.changed:
            theirs = [turn for turn in self.seen if person_of(turn.user) == person_of(user)]
            self.seen = [turn for turn in self.seen if turn not in theirs]
            return Remembered(frozenset(turn.user for turn in theirs), 0)

    def close(self) -> None:
        self.flush()

    def look(self) -> Switch:
        return self.switch

    def catch_up(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def switch_off(self, reason: str) -> Switch:
        if self.trouble is not None:
            raise self.trouble
        self.switch = Switch(on=False, reason=reason, decided_by="person")
        return self.switch

    def switch_on(self) -> Switch:
        self.switch = Switch(decided_by="person")
        return self.switch

    def reload(self) -> str | None:
        if self.trouble is not None:
            raise self.trouble
        self.version = "000002"
        return self.version

    def told(self, turns: int) -> list[Turn]:
        """Wait until it was told of so many turns; return them."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= turns, PATIENCE)
            return list(self.seen)


@dataclass
class Home:
    """Where one service keeps its things."""

    folder: Path
    settings: Settings = field(default_factory=Settings)
    layer: Attentive = field(default_factory=Attentive)
    database: str | None = None
    """URL of the state database; by default a SQLite file in the folder."""

    @property
    def state(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'state.db'}"

    @property
    def log(self) -> Log:
        return Log.create(self.folder / "log")

    def app(self) -> Any:
        return create(self.layer, Inbox(self.state), self.log, self.settings)

    @contextmanager
    def served(self) -> Iterator[TestClient]:
        with TestClient(self.app(), base_url="http://localhost:8377") as client:
            yield client


def said(turn: str, text: str = "dim the perch lamp", user: str = "mira", **more: Any) -> dict[str, Any]:
    """Return a turn as an assistant sends it."""
    return {"turn": turn, "user": user, "time": "2026-01-31T21:04:11+01:00", "text": text, **more}


def logged(log: Log) -> list[Turn]:
    """Return the turns of a log."""
    return [Turn.from_row(row) for file in log.files() for row in pq.ParquetFile(file).read().to_pylist()]


@contextmanager
def live(folder: Path, **settings: Any) -> Iterator[tuple[str, int]]:
    """Run a service in a process of its own, with the keys in FOLDER/keys if there are any; yield where it answers."""
    with service_of(Home(folder), **settings) as (_, address):
        host, _, port = address.removeprefix("http://").rpartition(":")
        yield host, int(port)


@contextmanager
def service_of(home: Home, **settings: Any) -> Iterator[tuple[Child, str]]:
    """Run the service of a home in a process of its own; yield it and its address."""
    script = "import sys; from served import until_killed; until_killed(*sys.argv[1:])"
    with running(script, home.folder, home.state, json.dumps(settings)) as child:
        yield child, child.said.readline().strip()


def until_killed(home: str, state: str, settings: str) -> None:
    """Serve, and move turns into the log as soon as it can be."""
    folder, more = Path(home), json.loads(settings)
    keys = Keys.read(folder / "keys") if (folder / "keys").exists() else Keys()
    serve(
        Attentive,
        state,
        folder / "log",
        Settings(port=0, feedback_window=0, compact_every=0.05, keys=keys, **more),
        lambda address: print(address, flush=True),
    )
