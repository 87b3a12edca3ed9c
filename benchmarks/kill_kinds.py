"""The kinds of processes to kill: what each does, and what must be true after a kill and when all is finished."""

from __future__ import annotations

import shutil
import sys
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

import pyarrow as pa
from ledger import Ledger, Stored, faults, settle
from ledger import erase as erase_by_command
from lives import PATIENCE, Life, command, moved, service
from talkers import BEGAN, Ask, at_work, erase, reload, talk

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import CURRENT, ERASURE_LOCK, LEARNING_LOCK
from sayagain.bundle.pointer import put
from sayagain.errors import SayAgainError
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle

CHANGES = 60
"""A service is killed before one of so many changes of the disk: a start has about ten, a move into the log as many."""
WINDOW, EVERY = 0.3, 0.1
"""Seconds in which it takes feedback, and between two moves into the log."""
TALKERS = 3
STARTING = 0.2
"""Share of the services that are killed before they answer."""

KEPT_FILES = {CURRENT, ERASURE_LOCK, LEARNING_LOCK}
"""Files that stay in the folder of a bundle, beside its versions."""


def turn(id: str, user: str, minutes: float, text: str, status: str = "ok") -> Turn:
    return Turn(turn=id, user=user, time=BEGAN + timedelta(minutes=minutes), text=text, status=status)


def append(log: Path, turns: Sequence[Turn]) -> None:
    Log.create(log).append([pa.Table.from_pylist([each.to_row() for each in turns], Turn.arrow_schema())])


class Learned:
    """A log, a bundle of two versions, the first learned from a part of the log; and their standings."""

    def __init__(self, folder: Path) -> None:
        self.log, self.bundle = folder / "log", folder / "bundle"
        pairs = [
            ("turn on the haul light", "Turn on the hall light"),
            ("play jass in the hall", "play jazz in the hall"),
        ]
        for version, people in (("000001", range(12)), ("000002", range(12, 24))):
            append(self.log, [
                turn(f"{user} {at}", f"user {user}", 360 * user + at, text, status)
                for user in people
                for first, (failed, works) in enumerate(pairs[: int(version)])
                for at, text, status in ((first * 60, failed, "error"), (first * 60 + 0.1, works, "ok"))
            ])  # fmt: skip
            self.learn(folder, self.bundle, f"sqlite:///{folder / version}.db")
        self.rewrites = [Bundle.open(self.bundle, version).rewrites for version in ("000001", "000002")]
        self.standings = standings(f"sqlite:///{folder / '000002'}.db")

    def learn(self, folder: Path, bundle: Path, state: str) -> None:
        life = Life(folder / "errors", command, "learn", str(self.log), "--out", str(bundle), "--state", state)
        life.end()
        if life.failure:
            sys.exit(f"what is to be killed does not work: {life.failure}")

    def copied(self, bundle: Path, *versions: str) -> None:
        for version in versions:
            shutil.copytree(self.bundle / version, bundle / version)
        put(bundle, versions)


def standings(state: str) -> dict[str, tuple[str, str]]:
    return {id: (one.status.value, one.decided_by) for id, one in Lifecycle(state).standings().items()}


def contents(bundle: Bundle) -> set[tuple[str, str]]:
    """Return the files of a bundle with their sums; the word index names its files at random, in two of them."""
    named = {
        str(Path(name).with_stem("_") if "words/" in name else name): sum
        for name, sum in bundle.manifest.checksums.items()
    }
    return {(name, sum) for name, sum in named.items() if not name.endswith("words/_.json")}


@dataclass
class Means:
    """What all kinds of kills need."""

    folder: Path
    new_state: Callable[[Path], str]
    learned: Learned
    draw: Random


class Kind(ABC):
    """One kind of process to kill. An episode has a folder, a state database and a ledger of its own."""

    name: ClassVar[str]
    share: ClassVar[int]
    """Kills of this kind in a hundred."""
    episode: ClassVar[int] = 20
    """Lives after which what was begun is finished: logs stay small, and comparing fast."""

    def __init__(self, means: Means) -> None:
        self.means, self.draw = means, means.draw
        self.kills = self.lives = self.episodes = 0
        self.faults: set[tuple[int, str]] = set()
        self.seconds = self.locked = 0.0
        self.usual: float | None = None
        """Seconds of a life that nobody ended (of a service: until it answers), as first measured."""
        self.changes = 0
        """How often such a life changed the disk."""
        self.acknowledged: Counter[str] = Counter()

    def go_on(self) -> None:
        """Have one more life, which most likely ends in a kill."""
        began = time.monotonic()
        if self.lives % self.episode == 0:
            self.close()
            self.folder = self.means.folder / f"{self.name} {self.episodes}"
            self.folder.mkdir()
            self.episodes += 1
            self.state, self.log = self.means.new_state(self.folder), self.folder / "log"
            self.ledger = Ledger()
            self.begin()
        self.lives += 1
        self.kills += self.live()
        self.compare()
        self.seconds += time.monotonic() - began

    def close(self) -> None:
        """Finish what was begun, and compare."""
        if self.episodes:
            self.fault(self.finished())
            ledger = self.ledger
            self.acknowledged += Counter(
                turns=len(ledger.turns), feedback=len(ledger.helpful), erasures=len(ledger.erased)
            )
            shutil.rmtree(self.folder)

    def killed(self, work: Callable[..., None], *given: object) -> bool:
        """Have work done and killed at a random moment of it; the first time it is only measured.

        Every other moment is one before the disk is changed: the time between two changes of one step is short.
        """
        errors = self.folder / "errors"
        if self.usual is None:
            life = Life(errors, work, *given)
            self.usual, self.changes = life.end()
            was = False
        elif self.draw.random() < 0.5:
            life = Life(errors, work, *given)
            was = life.kill(self.draw.uniform(0, self.usual))
        else:
            life = Life(errors, work, *given, change=self.draw.randint(1, self.changes))
            was = life.kill(PATIENCE)
        self.check(life)
        return was

    def check(self, life: Life) -> None:
        if life.failure:
            self.fault([f"failed by itself: {life.failure}"])

    def fault(self, found: Sequence[str]) -> None:
        """Note faults, each of an episode once."""
        self.faults.update((self.episodes, each) for each in found)

    def compare(self) -> None:
        """Compare what is stored with what was acknowledged."""
        stored = Stored.at(self.state, self.log)
        self.locked = max(self.locked, stored.locked)
        self.fault(faults(self.ledger, stored))

    def finished(self) -> list[str]:
        """Return what is wrong when all that was begun is finished."""
        return settle(self.ledger, None, self.state, self.log)

    @abstractmethod
    def begin(self) -> None:
        """Prepare an episode."""

    @abstractmethod
    def live(self) -> bool:
        """Have one life; return whether it was killed."""


class Importing(Kind):
    """Turns of a file come into a log, all or none."""

    name, share = "import", 15
    TURNS = 300

    def begin(self) -> None:
        self.files = 0

    def live(self) -> bool:
        file = self.folder / "turns.jsonl"
        if not file.exists():
            self.files += 1
            turns = [turn(f"{self.files} {i}", f"user {i % 7}", 7 * i, f"play song {i}") for i in range(self.TURNS)]
            file.write_text("".join(each.model_dump_json(exclude_none=True) + "\n" for each in turns), encoding="utf8")
        was = self.killed(command, "import", str(file), "--into", str(self.log))
        there = sum(id.startswith(f"{self.files} ") for id in Stored.at(self.state, self.log).times)
        if there not in {0, self.TURNS}:
            self.fault([f"half imported: {there} of {self.TURNS}"])
        if there or not was:
            self.ledger.turns |= {f"{self.files} {i}": f"user {i % 7}" for i in range(self.TURNS)}
            file.unlink()
        return was


class Learning(Kind):
    """A second version of a bundle is learned, and is the same as without kills."""

    name, share, episode = "learn", 10, 4

    def begin(self) -> None:
        self.bundle, learned = self.folder / "bundle", self.means.learned
        learned.copied(self.bundle, "000001")
        Lifecycle(self.state).receive(learned.rewrites[0], review=False)

    def live(self) -> bool:
        return self.killed(
            command, "learn", str(self.means.learned.log), "--out", str(self.bundle), "--state", self.state
        )

    def compare(self) -> None:
        try:
            rewrites = Bundle.open(self.bundle).rewrites
        except SayAgainError as error:
            self.fault([f"the bundle does not open: {error}"])
            return
        if rewrites not in self.means.learned.rewrites:
            self.fault(["the bundle is none that was published"])

    def finished(self) -> list[str]:
        self.means.learned.learn(self.folder, self.bundle, self.state)
        found, expected = Bundle.open(self.bundle), Bundle.open(self.means.learned.bundle)
        differ = contents(found) ^ contents(expected)
        wrong = (
            [f"another bundle than without kills: {', '.join(sorted(name for name, _ in differ))}"] if differ else []
        )
        if standings(self.state) != self.means.learned.standings:
            wrong.append("other standings than without kills")
        strays = {path.name for path in self.bundle.iterdir() if not path.name.isdigit()} - KEPT_FILES
        return wrong + ([f"left in the bundle: {', '.join(sorted(strays))}"] if strays else [])


class Compacting(Kind):
    """Turns move from the inbox into the log, a few at a time."""

    name, share = "compaction", 20
    TURNS, TOGETHER = 200, 40

    def begin(self) -> None:
        pass

    def live(self) -> bool:
        first = len(self.ledger.turns)
        turns = [turn(str(first + i), f"user {i % 7}", 20 * i, "play jazz") for i in range(self.TURNS)]
        inbox = Inbox(self.state)
        inbox.put(turns).result()
        while waiting := inbox.next(self.TURNS):
            inbox.handed(waiting).result()
        inbox.close()
        self.ledger.turns |= {each.turn: each.user for each in turns}
        Log.create(self.log)
        return self.killed(moved, self.state, self.log, self.TOGETHER)


class ErasingByCommand(Kind):
    """People with turns in log, inbox and memory are erased, one after the other."""

    name, share, episode = "erasure, command", 15, 10
    PEOPLE = 10

    def begin(self) -> None:
        people = [f"user {i}" for i in range(self.PEOPLE)]
        turns = [turn(f"{user}, {i}", user, 700 * i, "play jazz") for user in people for i in range(8)]
        append(self.log, turns[::2])
        inbox, layer = Inbox(self.state), Layer.open(None, self.state)
        inbox.put(turns[1::2]).result()
        for each in turns:
            layer.observe(each)
        layer.close()
        inbox.close()
        self.ledger.turns = {each.turn: each.user for each in turns}
        self.people = people

    def live(self) -> bool:
        user = next(each for each in self.people if each not in self.ledger.erased)
        self.ledger.begun.add(user)
        was = self.killed(command, "log", "erase-user", str(self.log), user, "--state", self.state)
        if was and self.draw.random() < 0.5:
            self.fault(erase_by_command(self.ledger, user, self.state, self.log))
        elif not was:
            self.ledger.erased.add(user)
        return was


class Serving(Kind):
    """A service observes, hears feedback and moves turns into the log as soon as it may."""

    name, share = "serve", 15
    working: ClassVar[float] = 0.6
    """Seconds that it lives at the most once it answers."""

    def begin(self) -> None:
        self.bundle = self.folder / "bundle"
        self.means.learned.copied(self.bundle, "000002", "000001")
        Lifecycle(self.state).receive(self.means.learned.rewrites[1], review=False)

    def works(self) -> list[Callable[[Ask, Ledger], None]]:
        return [partial(talk, name=f"{i} in life {self.lives}") for i in range(TALKERS)]

    def live(self) -> bool:
        change = self.draw.choice((None, self.draw.randint(1, CHANGES)))
        life = Life(self.folder / "errors", service, self.bundle, self.state, self.log, WINDOW, EVERY, change=change)
        if self.usual is not None and self.draw.random() < STARTING:
            was = life.kill(self.draw.uniform(0, self.usual))
        elif (address := life.told(PATIENCE)) is None:
            was = life.kill()
            self.fault([] if was else ["a service did not start"])
        else:
            self.usual = time.monotonic() - life.began
            with at_work(address, self.ledger, self.works()):
                was = life.kill(self.draw.uniform(0, self.working))
        self.check(life)
        return was

    def finished(self) -> list[str]:
        found = settle(self.ledger, self.bundle, self.state, self.log)
        forgotten = {*self.ledger.kept.values()} - Stored.at(self.state, self.log).profiles
        return found + [f"lost: the profile of {user}" for user in forgotten]


class ErasingByService(Serving):
    """A service that is asked to erase people meanwhile."""

    name, share, working = "erasure, service", 15, 1.5

    def works(self) -> list[Callable[[Ask, Ledger], None]]:
        return [*super().works()[1:], partial(erase, name=f"life {self.lives}")]


class Reloading(Serving):
    """A service that loads one version of its bundle after the other meanwhile, and is switched off and on."""

    name, share = "reload", 10

    def works(self) -> list[Callable[[Ask, Ledger], None]]:
        return [*super().works()[1:], partial(reload, bundle=self.bundle, state=self.state)]

    def compare(self) -> None:
        super().compare()
        try:
            Bundle.open(self.bundle)
        except SayAgainError as error:
            self.fault([f"the bundle does not open: {error}"])


class GoingBack(Kind):
    """One version of a bundle after the other is put in use by command."""

    name, share, episode = "bundle use", 10, 10

    def begin(self) -> None:
        self.bundle = self.folder / "bundle"
        self.means.learned.copied(self.bundle, "000002", "000001")
        for rewrites in self.means.learned.rewrites:
            Lifecycle(self.state).receive(rewrites, review=False)

    def live(self) -> bool:
        return self.killed(command, *self.use(1 + self.lives % 2))

    def use(self, version: int) -> tuple[str, ...]:
        return ("bundle", "use", str(version), "--bundle", str(self.bundle), "--state", self.state)

    def compare(self) -> None:
        try:
            Bundle.open(self.bundle)
        except SayAgainError as error:
            self.fault([f"the bundle does not open: {error}"])

    def finished(self) -> list[str]:
        life = Life(self.folder / "errors", command, *self.use(2))
        life.end()
        if life.failure:
            return [f"cannot go back: {life.failure}"]
        strays = {path.name for path in self.bundle.iterdir() if not path.name.isdigit()} - KEPT_FILES
        wrong = [f"left in the bundle: {', '.join(sorted(strays))}"] if strays else []
        if Bundle.open(self.bundle).path.name != "000002":
            wrong.append("another version is in use")
        if standings(self.state) != self.means.learned.standings:
            wrong.append("other standings than without kills")
        return wrong


KINDS: tuple[type[Kind], ...] = (
    Importing, Learning, Serving, Compacting, ErasingByService, ErasingByCommand, Reloading, GoingBack,
)  # fmt: skip
