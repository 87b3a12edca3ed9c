"""Build what the shipped reader learns from: simulated homes, whose truth is known, as logs that keep more or less."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.assistant.parses import understanding
from sayagain.assistant.reactions import RATE_PRESETS
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.labels.encode import Encoded
from sayagain.labels.heads import LATER, READ_OUTCOMES
from sayagain.labels.reader import encoded_parts
from sayagain.labels.training_set import UNKNOWN, Taught
from sayagain.log import truth as truth_table
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.truth import Truth
from sayagain.schema.turn import Slot
from sayagain.text.encoder import shipped

Lived = list[tuple[Turn, Truth]]
"""What was said in a home, and the truth about it."""

Part = tuple[str, int, int, str, bool]
"""Name, homes, seed, how people react, and whether the log keeps less."""

PARTS: Sequence[Part] = (
    ("full-1", 40, 11001, "default", False),
    ("full-2", 40, 11101, "default", False),
    ("full-3", 30, 11201, "harsh", False),
    ("poor-1", 40, 11301, "default", True),
    ("poor-2", 30, 11401, "harsh", True),
)
"""Seeds that no evaluation uses."""

WEEKS = 4

KEPT_LESS: dict[str, Sequence[str]] = {
    "scores": ("asr",),
    "meanings": ("interpretation", "alternatives", "action"),
    "trace": ("trace",),
    "response": ("response",),
    "status": ("status",),
    "interruptions": ("barge_in",),
    "context": ("context",),
    "sound": ("audio",),
    "end": ("end_time",),
    "hands": ("undone_after", "engaged_for", "engaged_share"),
}
"""Fields that a log may lack, together."""

PUT_BACK = 0.4
"""Share of wrong actions that are put back by hand *and* said again: simulated people do one of the two."""

DECIDES_KIND = 0.5
"""Share of homes whose NLU decides what kind of thing is meant, so that a wrong kind is its failure; in the reference
assistant the entity stage does."""

KEEPS = 0.6
"""Chance that a poor log keeps each of them: a chat log of three columns is among them."""


def build(to: Path, stage: Callable[[str], None] = lambda name: None) -> int:
    """Write the training turns to ``to``; return how many there are."""
    count = 0
    for name, log in logs(PARTS, WEEKS, stage):
        for place, taught in enumerate(taught_by_truth(log)):
            taught.write(to / f"{name}-{place}.npz")
            count += len(taught.outcome)
    return count


def logs(parts: Iterable[Part], weeks: int, stage: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Yield the name of each part and its log, with the truth beside it; both are there until the next is asked for."""
    clips = Recordings.read(SHIPPED_RECORDINGS)
    for name, homes, seed, preset, poor in parts:
        stage(name)
        with TemporaryDirectory() as folder:
            means = Means(clips, understanding(), rates=RATE_PRESETS[preset])
            draw = random.Random(seed)
            lived = (as_elsewhere(home, draw) for home in live(means, homes, weeks, seed))
            write(lived, Path(folder), clips.features)
            if poor:
                _spoil(Path(folder) / "log", draw)
            yield name, Path(folder) / "log"


def as_elsewhere(home: Lived, draw: random.Random) -> Lived:
    """Return what was said in a home, with what other people and other assistants than the simulated ones do."""
    decides = draw.random() < DECIDES_KIND
    return [_kind_decided(*said) if decides else said for said in (_put_back(*said, draw) for said in home)]


def _put_back(turn: Turn, truth: Truth, draw: random.Random) -> tuple[Turn, Truth]:
    wrong = truth.defect and truth.rephrased_by and turn.status == "ok" and turn.action
    if not wrong or draw.random() >= PUT_BACK:
        return turn, truth
    return turn.model_copy(update={"undone_after": round(draw.uniform(3, 12), 1)}), truth


def _kind_decided(turn: Turn, truth: Truth) -> tuple[Turn, Truth]:
    """Write the kind of what is played into the interpretation, where the request does not say it."""
    meant = turn.interpretation
    if meant is None or meant.intent != "play" or [slot.name for slot in meant.slots] != ["media"]:
        return turn, truth
    kind, _, name = (meant.slots[0].entity or "").partition(".")
    if not name or truth.failure_point not in ("entity", None):
        return turn, truth
    filled = meant.model_copy(update={"slots": [Slot(name="kind", value=kind), *meant.slots]})
    failed = truth.model_copy(update={"failure_point": "nlu"}) if truth.failure_point else truth
    return turn.model_copy(update={"interpretation": filled}), failed


def taught_by_truth(log: Path) -> list[Taught]:
    """Return the turns of a simulated log with what the simulation knows of them."""
    known = {row["turn"]: row for row in truth_table.read(log).to_pylist()}
    return [labelled(encoded, known) for encoded in encoded_parts(Log.open(log), shipped())]


def labelled(encoded: Encoded, known: dict[str, dict[str, Any]]) -> Taught:
    """Return encoded turns with the labels that follow from their truth."""
    place = {turn: i for i, turn in enumerate(encoded.turns)}
    rows = [known.get(turn, {}) for turn in encoded.turns]
    outcome, start, met, again = (np.full(len(rows), UNKNOWN, np.int8) for _ in range(4))
    last: dict[str, int] = {}
    for i, row in enumerate(rows):
        outcome[i] = READ_OUTCOMES.index(_outcome(row))
        start[i] = row["goal"] not in last
        last[row["goal"]] = max(i, last.get(row["goal"], -1)) if row["met"] else last.get(row["goal"], -1)
        later = place.get(row["rephrased_by"] or "", i) - i
        again[i] = later if 0 <= later <= LATER else 0
    for i, row in enumerate(rows):
        met[i] = last[row["goal"]] >= i
    return Taught(encoded, outcome, start, met, again)


def _outcome(row: dict[str, Any]) -> str:
    return "unsupported" if row["unsupported"] and not row["failure_point"] else row["failure_point"] or "correct"


def _spoil(log: Path, draw: random.Random) -> None:
    """Take fields from the log, file by file, as if the deployment did not keep them; people keep theirs together."""
    gone = [name for fields in KEPT_LESS.values() if draw.random() > KEEPS for name in fields]
    for file in Log.open(log).files():
        table = pq.read_table(file)
        for name in gone:
            column = table.schema.get_field_index(name)
            table = table.set_column(
                column, table.schema.field(column), pa.nulls(len(table), table.schema.field(column).type)
            )
        pq.write_table(table, file)
