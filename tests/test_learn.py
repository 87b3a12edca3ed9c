"""From a log to published rewrites, end to end: what is planted is found, what works is left alone, runs can die."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sayagain.errors import LogError
from sayagain.learn import Learned, Settings, learn
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.rewrites.bundle import Bundle
from sayagain.rewrites.consult import consult
from sayagain.rewrites.lifecycle import Lifecycle, beside
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.text.normalise import normalise

HOUSEHOLD = Path(__file__).parents[1] / "examples" / "household.jsonl"
MONDAY = datetime(2026, 1, 5, 7, tzinfo=UTC)
PEOPLE = 40

PLAIN = (
    "play some jazz in the kitchen", "turn on the hall light", "turn off the bedroom lamp", "what's the time",
    "add milk to the shopping list", "open the living room blinds", "start the vacuum cleaner", "how long is my commute",
    "play radio paradise", "tell me a joke", "who won the football", "read my messages",
)  # fmt: skip
"""Requests that work, none of them like another."""

ROUTINES = {
    "good night": "set an alarm for seven",
    "good morning": "what's the weather like today",
    "i'm home": "turn the heating to twenty degrees",
    "movie time": "dim the lights in the lounge",
}
"""Requests that work and that people often follow with another one that works too."""

MISHEARD = {
    "play radio parodies": "play radio paradise",
    "add silk to the shopping list": "add milk to the shopping list",
    "start the back room cleaner": "start the vacuum cleaner",
    "turn on the wall light": "turn on the hall light",
    "tell me a yolk": "tell me a joke",
}
"""What the recogniser made of a request, and the request."""


@dataclass
class Diary:
    """A log as it is written: people come one after the other and say something."""

    kind: str = "status"
    """How much the log tells: ``status``, only a ``response``, or nothing but the ``text``."""
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    turns: list[dict[str, Any]] = field(default_factory=list)
    clock: datetime = MONDAY

    def say(self, user: int, text: str, works: bool = True, after: float | None = None) -> None:
        """Say something ``after`` seconds, or in a session of its own."""
        self.clock += timedelta(seconds=400 + self.rng.random() * 99 if after is None else after)
        turn: dict[str, Any] = {"user": f"u{user}", "time": self.clock, "text": text}
        if self.kind != "text":
            turn["response"] = f"Done, {self.rng.choice(PLAIN)}" if works else "Sorry, I didn't understand that"
        if self.kind == "status":
            turn["status"] = "ok" if works else "error"
            turn["interpretation"] = {"intent": normalise(text).split()[0], "confidence": 0.9} if works else None
        self.turns.append(turn)

    def goals(self, user: int, count: int) -> None:
        """Say plain requests; a third of them soon after the one before, as another goal."""
        for _ in range(count):
            self.say(user, self.rng.choice(PLAIN), after=self.rng.uniform(5, 50) if self.rng.random() < 1 / 3 else None)

    def write(self, folder: Path) -> Path:
        """Write the turns, shuffled, as a log."""
        rows = [Turn.model_validate(turn).to_row() for turn in self.turns]
        self.rng.shuffle(rows)
        Log.create(folder / "log").append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
        return folder / "log"


def routines(kind: str) -> Diary:
    """Forty people who, three times in ten, set an alarm within ten seconds of saying good night, and the like."""
    diary = Diary(kind)
    for user in range(PEOPLE):
        for _ in range(6):
            for first, second in ROUTINES.items():
                diary.say(user, first)
                if diary.rng.random() < 0.3:
                    diary.say(user, second, after=diary.rng.uniform(4, 10))
                elif diary.rng.random() < 0.2:
                    diary.say(user, second)
            diary.goals(user, 4)
    return diary


def mishearings(again: float) -> Diary:
    """Forty people who are misheard in five ways; ``again`` is how often they then say it again."""
    diary = Diary("status")
    for user in range(PEOPLE):
        for heard, meant in MISHEARD.items():
            diary.say(user, heard, works=False)
            if diary.rng.random() < again:
                diary.say(user, meant, after=diary.rng.uniform(4, 12))
            diary.goals(user, 2)
    return diary


def learned_from(diary: Diary, folder: Path, settings: Settings | None = None) -> Learned:
    return learn(diary.write(folder), folder / "bundle", settings or Settings())


def published(learned: Learned) -> dict[str, Rewrite]:
    return {rewrite.source: rewrite for rewrite in learned.rewrites if rewrite.refused is None}
