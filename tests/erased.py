"""A person whose words are everywhere that words can be: planted, looked for in all bytes, and killed in between."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from layered import LEARNED, NOTHING
from sqlalchemy import MetaData, create_engine, select, update

from sayagain.bundle.bundle import publish
from sayagain.bundle.layout import DRAFT, WORK
from sayagain.bundle.manifest import RecordedSettings
from sayagain.learning.checkpoint import Checkpoint
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.online.erasure import erase as erasing
from sayagain.online.erasure.offline import forget
from sayagain.online.user_tracker import UserTracker
from sayagain.schema import Turn
from sayagain.schema.person import digest_of
from sayagain.schema.preference import Lesson
from sayagain.schema.rewrite import Rewrite, Status, rewrite_id
from sayagain.schema.truth import Truth
from sayagain.state import Database
from sayagain.state.complaints import Complained
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.preferences import Preferences, Statement
from sayagain.state.profiles import Store
from sayagain.state.questions import Questions
from sayagain.state.tables import CLOSING, INBOX

CANARY = "zyqu"
"""What each word of the person begins with, and nothing else anywhere."""
ANN, ALSO_ANN, BOB = "Zyquann", " ZYQUANN\u200b", "bob"
NOW = datetime.now(UTC) - timedelta(hours=1)


def turn(name: str, user: str, **more: Any) -> Turn:
    """Return a turn in which every field that may hold words holds the person's."""
    word = "zyqu" if user != BOB else "word of bob "
    return Turn.model_validate({
        "turn": f"{word}turn{name}", "user": user, "time": NOW, "text": f"play {word}text{name}",
        "session": f"{word}session", "device": f"{word}device",
        "asr": [{"text": f"{word}text"}, {"text": f"{word}heard"}],
        "interpretation": {"intent": "play", "slots": {f"{word}slot": f"{word}value"}},
        "response": f"Here is {word}response", "feedback": {"helpful": True, "comment": f"{word}comment"},
        "mood": f"{word}mood", "status": "ok", **more,
    })  # fmt: skip


@dataclass(frozen=True)
class Places:
    """Where everything of one home lies."""

    folder: Path
    state: str

    @property
    def log(self) -> Log:
        return Log.create(self.folder / "log")

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def found(self) -> dict[str, int]:
        """Return how often a canary stands in each file below the folder, and in each table of the database."""
        files = {
            str(path.relative_to(self.folder)): _in_file(path) for path in self.folder.rglob("*") if path.is_file()
        }
        names = {str(path): str(path.relative_to(self.folder)).lower().count(CANARY) for path in self.folder.rglob("*")}
        return {place: times for place, times in {**names, **files, **self._in_tables()}.items() if times}

    def _in_tables(self) -> dict[str, int]:
        engine, known = create_engine(self.state), MetaData()
        known.reflect(engine)
        with engine.connect() as connection:
            rows = {name: connection.execute(select(table)).all() for name, table in known.tables.items()}
        engine.dispose()
        return {f"table {name}": str(found).lower().count(CANARY) for name, found in rows.items()}

    def of_bob(self) -> tuple[int, int, bool, int]:
        """Return what there is of somebody else: turns in the log and the inbox, a profile, complaints."""
        logged = [name for file in self.log.files() for name in pq.read_table(file)["user"].to_pylist()]
        database = Database.open(self.state)
        with database.engine.connect() as connection:
            waiting = [Turn.model_validate_json(body).user for body in connection.scalars(select(INBOX.c.body)) if body]
        complaints = [each for each in Lifecycle(database).complaints() if each.person == digest_of(BOB)]
        return logged.count(BOB), waiting.count(BOB), Store(database).read(BOB) is not None, len(complaints)


def _in_file(path: Path) -> int:
    content = path.read_bytes()
    if content.startswith(b"PAR1"):
        content += str(pq.ParquetFile(path).read().to_pylist()).encode()
    return content.lower().count(CANARY.encode())


def rewrite(source: str, target: str) -> Rewrite:
    return Rewrite(
        id=rewrite_id(source, target), source=source, target=target, target_state=target, people=1, visits=9,
        target_visits=9, own=0.1, success=0.9, score=0.8, lift=0.8, lift_low=0.5, lift_high=0.9,
    )  # fmt: skip


BLOCKED = rewrite("play zyqumusik", "play zyqumusic")


def plant(places: Places) -> Inbox:
    """Have two people say something in all places; return the inbox, in which a third of their turns is."""
    plant_log(places)
    _plant_bundle(places.bundle)
    database = Database.open(places.state)
    trackers = {
        user: UserTracker(last=turn("last", user), failed=[turn("failed", user)]) for user in (ANN, ALSO_ANN, BOB)
    }
    Store(database).write({user: tracker.to_json() for user, tracker in trackers.items()})
    lifecycle = Lifecycle(database)
    lifecycle.receive([BLOCKED], review=False)
    lifecycle.decide(BLOCKED.id, Status.BLOCKED)
    said = [("play zyqujass", "play zyqujazz", ANN), ("play jass", "play jazz", BOB)]
    complained = [Complained(rewrite_id(*pair), digest_of(user), *pair) for *pair, user in said]
    lifecycle.complain(complained, lambda *_: Status.WITHDRAWN)
    for user in (ANN, ALSO_ANN, BOB):
        word = "zyqu" if user != BOB else "word of bob "
        lesson = Lesson(kind="alias", subject=f"{word}light", value=f"{word}lamp {len(user)}")
        Preferences(database).teach(Statement(user, lesson, NOW, f"{word}device", evidence=f"by {word}light I mean it"))
        Questions(database).ask(f"{word}question {len(user)}", user, f"{word}session", NOW)
    inbox = Inbox(database)
    inbox.put([turn(f"inbox{stage}", user) for stage in ("open", "closing", "handed") for user in (ANN, BOB)]).result()
    inbox.handed(inbox.next(2)).result()
    with database.engine.begin() as connection:
        connection.execute(update(INBOX).where(INBOX.c.number.in_([3, 4])).values(stage=CLOSING))
    return inbox


def plant_log(places: Places) -> None:
    source = places.folder.with_name(f"export of {CANARY}.jsonl")  # a rejection names the file
    source.parent.mkdir(exist_ok=True)
    broken = '{"text": "without a time"}'
    told = [turn(f"log {number} {len(user)}", user) for number in range(3) for user in (ANN, ALSO_ANN, BOB)]
    source.write_text("\n".join([*(each.model_dump_json() for each in told), broken]), encoding="utf8")
    ingest([source], "jsonl", places.log.path)
    truth = [Truth(turn=each.turn, said=f"play {each.text}", meaning=each.text).to_row() for each in told]
    places.log.truth_path.mkdir()
    pq.write_table(pa.Table.from_pylist(truth, Truth.arrow_schema()), places.log.truth_path / "part-0.parquet")
    staging = places.log.journal.staging
    (staging / "spill").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([turn("staged", ANN).to_row()], Turn.arrow_schema()), staging / "turns-000000")
    (staging / "spill" / "duckdb_temp_storage-0.tmp").write_bytes(b"\0\0zyquspilled\0")


def _plant_bundle(bundle: Path) -> None:
    household = {**LEARNED, "settings": RecordedSettings(min_people=1)}
    signals = {**NOTHING, "wording": {"languages": ["de"], "denials": ["zyqunein"], "at_a_loss": ["zyqu weiß"]}}
    publish(bundle, [BLOCKED], signals, **household)
    publish(bundle, [BLOCKED, rewrite("play jass", "play jazz")], signals, **household)
    work = Checkpoint(bundle / WORK, {"files": "of a run that was killed"})
    work.table("requests", lambda: pa.table({"text": ["play zyqurequest"]}))
    work.spill.mkdir()
    (work.spill / "duckdb_temp_storage-0.tmp").write_bytes(b"\0\0zyquspilled\0")
    (bundle / DRAFT).mkdir()
    pq.write_table(pa.table({"source": ["zyqudraft"]}), bundle / DRAFT / "rewrites.parquet")


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(place: Any, name: str, *, before: bool = False) -> None:
    """Have the process killed when a function was called, or is."""
    function: Callable[..., Any] = getattr(place, name)

    def called(*given: Any, **named: Any) -> Any:
        if before:
            die()
        result = function(*given, **named)
        die()
        return result

    setattr(place, name, called)


DEATHS: dict[str, Callable[[], None]] = {
    "before anything": lambda: deadly(erasing, "_from_state", before=True),
    "after the inbox": lambda: deadly(Inbox, "forget"),
    "after the state": lambda: deadly(erasing, "_from_state"),
    "when the log is certain": lambda: deadly(type(Log(Path()).journal), "_commit"),
    "after the log": lambda: deadly(erasing, "_from_log"),
    "after the bundle": lambda: deadly(erasing, "_from_bundle"),
    "after the pages": lambda: deadly(Database, "purge"),
    "when it is done": lambda: deadly(erasing.erasures, "finish"),
}


def until_killed(folder: str, state: str, how: str) -> None:
    """Plant what is looked for, or erase a person, in a process that is killed over it."""
    places = Places(Path(folder), state)
    if how == "plant":
        kept = plant(places)
        die(kept)
    DEATHS[how]()
    forget(places.log, ANN, places.state, places.bundle)
