"""Excerpts of logs whose truth is known: the reference assistant's homes, SAIF, DSTC2. Nothing is composed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS
from sayagain.assistant.recordings import Recordings as Clips
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.evaluation.excerpts.compose import PREAMBLES
from sayagain.log import truth as truth_table
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.log.tables import SESSION_GAP
from sayagain.rephrases.excerpt import FAILED, Kind, Marked, Said, Span, within

Turns = list[dict[str, Any]]
Judge = Callable[[Turns, int, int], "Kind | None"]
"""Whether turn ``j`` of a session says turn ``i`` again, and why."""

_PREAMBLE = re.compile(rf"^(?:{'|'.join(map(str.strip, sorted(PREAMBLES, key=len, reverse=True)))})\b[\s,.;:!]*", re.I)
_SHARED = re.compile(r"(\w+)\(([^)]+)\)")
"""An act with slots in DSTC2's meanings."""
NO_WISHES = ("confirm", "deny")
"""Acts that ask about or reject a value: two of them are no repetition of a wish (as in ``rephrase_pairs_train``)."""

SPLIT_HOMES = {"train": (150, 4, 5001), "valid": (15, 4, 6001), "test": (60, 4, 7001)}
"""Homes, weeks and seed of each split of the homes' set; in the last only voices and texts that were held out."""


def homes(split: str) -> list[Marked]:
    """Return excerpts of simulated homes, for one split."""
    count, weeks, seed = SPLIT_HOMES[split]
    clips = Clips.read(SHIPPED_RECORDINGS, held_out=split == "test")
    with TemporaryDirectory() as folder:
        write(live(Means(clips, understanding()), count, weeks, seed), Path(folder), clips.features)
        return list(_marked(Path(folder) / "log", _same_goal, lambda turn: str(turn["truth"]["home"])))


def saif(data: Path) -> list[Marked]:
    """Return SAIF's labelled pairs: two turns each, by day."""
    found = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        ingest([data / "saif" / "pairs.jsonl.gz"], "saif", path)
        said, sessions = _sessions(path)
        for turns in sessions:
            for i, turn in enumerate(turns[:-1]):
                label = turn["truth"].get("label")
                if label is not None:
                    pair = _excerpt(turns[i : i + 2], said)
                    kind = None if label == "new_command" else label
                    span = None if kind is None else Span(1, *span_of(pair[1].text), kind)
                    found.append(Marked(pair, span, turn["truth"]["fold"]))
    return found


def dstc2(data: Path) -> list[Marked]:
    """Return every wish of DSTC2's callers and the turns after it; it is said again by the next that shares a wish."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        ingest([data / "dstc2" / "train.jsonl.gz"], "dstc2", path)
        return list(_marked(path, _same_wish, _caller, least=2))


def _caller(turn: dict[str, Any]) -> str | None:
    return str(turn["user"]) if wishes(turn["truth"]["meaning"]) else None


def _same_goal(turns: Turns, i: int, j: int) -> Kind | None:
    source, later = turns[i], turns[j]
    if source["truth"]["met"] or later["turn"] != source["truth"]["rephrased_by"]:
        return None
    return "asr_correction" if source["truth"]["failure_point"] in ("asr", "false_wake") else "command_correction"


def _same_wish(turns: Turns, i: int, j: int) -> Kind | None:
    source = turns[i]["truth"]
    if not wishes(source["meaning"]) & wishes(turns[j]["truth"]["meaning"]):
        return None
    return "asr_correction" if source["said"] != turns[i]["text"] else "command_correction"


def wishes(meaning: str | None) -> set[tuple[str, str]]:
    """Return the acts with slots of a DSTC2 meaning that are wishes.

    >>> sorted(wishes("bye() inform(area=south) confirm(food=thai)"))
    [('inform', 'area=south')]
    """
    return {(act, slots) for act, slots in _SHARED.findall(meaning or "") if act not in NO_WISHES}


def span_of(text: str) -> tuple[int, int]:
    """Return the part of a text that says the request again: all but an opening that denies.

    >>> span_of("No, the lamp"), span_of("no")
    ((4, 12), (0, 2))
    """
    found = _PREAMBLE.match(text)
    return (found.end() if found and found.end() < len(text) else 0), len(text)


def _marked(log: Path, judge: Judge, group: Callable[[dict[str, Any]], str | None], least: int = 3) -> Iterator[Marked]:
    """Yield an excerpt for each turn that has a group and is followed, with it, by at least ``least`` turns."""
    said, sessions = _sessions(log)
    for turns in sessions:
        for i in range(len(turns) - 1):
            excerpt = within(_excerpt(turns[i:], said))
            fold = group(turns[i])
            if fold is None or len(excerpt) < least or not excerpt[0].text.strip():
                continue
            judged = ((j, judge(turns, i, i + j)) for j in range(1, len(excerpt)))
            span = next((Span(j, *span_of(excerpt[j].text), kind) for j, kind in judged if kind), None)
            yield Marked(excerpt, span, fold)


def _excerpt(turns: Turns, said: dict[str, Said]) -> tuple[Said, ...]:
    first = turns[0]["time"]
    return tuple(
        Said(**{**vars(said[turn["turn"]]), "after": round((turn["time"] - first).total_seconds(), 1)})
        for turn in turns
    )


def _sessions(log: Path) -> tuple[dict[str, Said], Iterable[Turns]]:
    """Return what a log tells of each turn, and its turns with their truth, session by session."""
    table = pa.concat_tables([pq.read_table(file) for file in Log.open(log).files()])
    truth = {row["turn"]: row for row in truth_table.read(log).to_pylist()}
    rows = sorted(table.select(_COLUMNS).to_pylist(), key=lambda row: (*_line(row), row["time"], row["turn"]))
    for row in rows:
        known = truth.get(row["turn"], {})
        row["truth"] = {**known, **json.loads(known.get("extra") or "{}")}
    return _told(rows), [run for _, line in groupby(rows, _line) for run in _cut(list(line))]


_COLUMNS = [
    "turn", "session", "user", "device", "time", "text", "asr", "interpretation", "status", "response", "barge_in",
]  # fmt: skip


def _line(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["user"], row["device"] or "", row["session"] or ""


def _cut(turns: Turns) -> Iterator[Turns]:
    start = 0
    for i in range(1, len(turns) + 1):
        if i == len(turns) or (turns[i]["time"] - turns[i - 1]["time"]).total_seconds() > SESSION_GAP:
            yield turns[start:i]
            start = i


def _told(rows: Turns) -> dict[str, Said]:
    scores = np.array([row["asr"][0]["score"] if row["asr"] else None for row in rows], dtype=float)
    ranks = np.searchsorted(np.sort(scores), scores) / max(np.isfinite(scores).sum(), 1)
    intents = any((row["interpretation"] or {}).get("intent") for row in rows)
    return {
        row["turn"]: Said(
            text=row["text"],
            response=row["response"],
            barge_in=row["barge_in"],
            failed=None if row["status"] is None else row["status"] in FAILED,
            score=round(float(rank), 3) if np.isfinite(score) else None,
            understood=bool((row["interpretation"] or {}).get("intent")) if intents else None,
        )
        for row, score, rank in zip(rows, scores, ranks, strict=True)
    }
