"""Goals: where one begins, and whether it was reached; on simulated homes and on dialogues over several services.

Homes are simulated with voices and texts that the reader was not trained on; their truth is causal. In SGD (Rastogi et
al., 2020) a goal is a run of turns with one active intent of one service; whether it was reached is *derived*: the
service reported success or failure last. Nothing there was trained on.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.errors import FormatError
from sayagain.evaluation.homes.logged import logged
from sayagain.evaluation.labels.figures import confusion, f1_of, score_rows
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import Draws, interval
from sayagain.labels.reader import readings
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.log.tables import FIRST
from sayagain.schema import Turn

HOMES, WEEKS = 20, 2
"""Simulated homes that are judged, and how long they live."""

MOST_DIALOGUES = 1500
"""Dialogues of SGD that are read, at most: intervals are narrow enough."""

BETWEEN = 20
"""Seconds between the turns of a dialogue that has no times: what says nothing about boundaries."""

GAPS = (5, 8, 12, 20, 30, 60, 120, 300)
"""Seconds that "gap > t" is tried with; the best of them, chosen *with* truth, is the baseline."""

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Goals:
    """A log with, for each turn, what is true of its goal."""

    log: Log
    start: Mapping[str, bool]
    """Whether a goal begins with the turn; first turns of a dialogue are left out, where one always does."""
    met: Mapping[str, bool]
    """Whether the goal of the turn was met, by it or a later one."""
    group: Mapping[str, str]
    """What is resampled: home or dialogue."""


def homes(seed: int) -> list[Row]:
    """Return the figures on simulated homes."""
    clips = Recordings.read(SHIPPED_RECORDINGS, held_out=True)
    with logged(clips, HOMES, WEEKS, 7000 + seed) as (log, rows):
        start: dict[str, bool] = {}
        met: dict[str, bool] = {}
        for dialogue in _dialogues(log):
            seen: set[str] = set()
            reached: set[str] = set()
            for turn in dialogue:
                start[turn] = rows[turn]["goal"] not in seen
                seen.add(rows[turn]["goal"])
            del start[dialogue[0]]
            for turn in reversed(dialogue):
                reached |= {rows[turn]["goal"]} if rows[turn]["met"] else set()
                if rows[turn]["failure_point"] != "false_wake" and not rows[turn]["unsupported"]:
                    met[turn] = rows[turn]["goal"] in reached
        return list(_figures("homes", Goals(log, start, met, {turn: row["home"] for turn, row in rows.items()}), seed))


def sgd(path: Path, seed: int) -> list[Row]:
    """Return the figures on a file of SGD's dialogues.

    Raises:
        FormatError: it is something else.
    """
    turns: list[Turn] = []
    start: dict[str, bool] = {}
    met: dict[str, bool] = {}
    group: dict[str, str] = {}
    for number, dialogue in enumerate(_of_sgd(path)):
        begun = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        name, before = dialogue["dialogue_id"], ""
        goals: list[list[str]] = []
        for place, (asked, answered) in enumerate(_exchanges(dialogue)):
            identifier = f"{name}/{place}"
            turns.append(
                Turn(
                    turn=identifier,
                    session=name,
                    user=name,
                    time=begun + timedelta(seconds=BETWEEN * place),
                    text=asked["utterance"],
                    response=answered["utterance"],
                )
            )
            group[identifier] = name
            intent = _intent(asked) or before
            if place:
                start[identifier] = intent != before
            if not place or intent != before:
                goals.append([])
            goals[-1].append(identifier)
            before = intent
            reported = {action["act"] for frame in answered["frames"] for action in frame["actions"]}
            if reported & {"NOTIFY_SUCCESS", "NOTIFY_FAILURE"}:
                met |= dict.fromkeys(goals[-1], "NOTIFY_SUCCESS" in reported)
    with TemporaryDirectory() as folder:
        log = Log.create(Path(folder) / "log")
        log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
        return list(_figures("sgd", Goals(log, start, met, group), seed))


def _of_sgd(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf8") as lines:
            for _, line in zip(range(MOST_DIALOGUES), lines, strict=False):
                dialogue = json.loads(line)
                if not isinstance(dialogue, dict) or "turns" not in dialogue:
                    raise ValueError
                yield dialogue
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} holds no dialogues of SGD", "Name a file such as sgd/dev.jsonl.gz") from error


def _exchanges(dialogue: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    said = dialogue["turns"]
    return ((one, other) for one, other in pairwise(said) if one["speaker"] == "USER")


def _intent(asked: dict[str, Any]) -> str | None:
    """Return service and intent that a request is about; of several the one that it acts on."""
    active = [
        f"{frame['service']}.{frame['state']['active_intent']}"
        for frame in sorted(asked["frames"], key=lambda frame: -len(frame["actions"]))
        if frame.get("state", {}).get("active_intent", "NONE") != "NONE"
    ]
    return active[0] if active else None


def _dialogues(log: Log) -> list[list[str]]:
    """Return the turns of each person in order."""
    table = _ordered(log)
    found: dict[str, list[str]] = {}
    for row in table.to_pylist():
        found.setdefault(row["user"], []).append(row["turn"])
    return list(found.values())


def _ordered(log: Log) -> pa.Table:
    turns = log.turns(ibis.duckdb.connect())
    columns = turns.select("turn", "user", "time", sequence=turns.sequence.fill_null(FIRST))
    return columns.order_by(["user", "time", "sequence", "turn"]).to_pyarrow()


def _figures(name: str, goals: Goals, seed: int) -> Iterator[Row]:
    read = readings(goals.log)
    place = {turn: i for i, turn in enumerate(read["turn"].to_pylist())}
    links, defect = _label_model(goals.log)
    before = _before(goals.log)

    def column(table: str, turns: list[str]) -> Floats:
        values: Floats = read[table].to_numpy()[[place[turn] for turn in turns]].astype(np.float64)
        return values

    turns = list(goals.start)
    truth = np.array([goals.start[turn] for turn in turns])
    gap = np.array([before[turn][1] for turn in turns])
    linked = np.array([links.get(before[turn][0], 0.0) for turn in turns])
    draws = Draws.of(np.array([goals.group[turn] for turn in turns]), seed)
    gaps = {t: gap > t for t in GAPS}
    best = max(gaps, key=lambda t: float(_f1(truth, gaps[t], draws)[0]))
    methods: dict[str, tuple[Role, Flags]] = {
        OURS: ("ours", column("p_goal_start", turns) > 0.5),
        "every_turn": ("baseline", np.ones(len(turns), dtype=bool)),
        "gap": ("baseline", gaps[best]),
        "rephrase_links": ("baseline", linked < 0.5),
    }
    ours = _f1(truth, methods[OURS][1], draws)
    for method, (role, found) in methods.items():
        values = _f1(truth, found, draws)
        yield Row(name, method, role, "boundary_f1", *interval(values), n=len(turns))
        if role == "baseline":
            yield Row(name, OURS, "ours", f"boundary_f1_gain_over_{method}", *interval(ours - values), n=len(turns))
    turns = list(goals.met)
    scores: dict[tuple[str, Role], Floats] = {
        (OURS, "ours"): column("p_goal_met", turns),
        ("label_model", "baseline"): 1 - np.array([defect.get(turn, 0.5) for turn in turns]),
        ("rephrase_links", "baseline"): 1 - np.array([links.get(turn, 0.0) for turn in turns]),
    }
    met = np.array([goals.met[turn] for turn in turns])
    yield from score_rows(f"{name}_success", scores, met, np.array([goals.group[turn] for turn in turns]), seed)


def _f1(truth: Flags, given: Flags, draws: Draws) -> Floats:
    found: Floats = f1_of(confusion(truth.astype(np.intp), given.astype(np.intp), 2, draws))[..., 1]
    return found


def _label_model(log: Log) -> tuple[dict[str, float], dict[str, float]]:
    """Return P(the next turn says it again) and P(defect) of each turn, as learning has them without the reader."""
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(min_people=1), lambda stage: None, carry=("turn",))
        rows = tables.linked.select("turn", "p_rephrase", "p_defect").to_pyarrow().to_pylist()
    return (
        {row["turn"]: row["p_rephrase"] or 0.0 for row in rows},
        {row["turn"]: row["p_defect"] for row in rows},
    )


def _before(log: Log) -> dict[str, tuple[str, float]]:
    """Return the turn before each in its dialogue, and the seconds since."""
    found: dict[str, tuple[str, float]] = {}
    last: dict[str, tuple[str, datetime]] = {}
    for row in _ordered(log).to_pylist():
        if row["user"] in last:
            turn, time = last[row["user"]]
            found[row["turn"]] = turn, (row["time"] - time).total_seconds()
        last[row["user"]] = row["turn"], row["time"]
    return found
