"""The logs that labels are judged on: simulated homes, SLURP's recordings replayed, calls of DSTC2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.errors import FormatError
from sayagain.evaluation.failures.dstc2 import pieces
from sayagain.evaluation.homes.logged import logged
from sayagain.evaluation.labels.home_truth import goal_of_label, goal_of_truth
from sayagain.evaluation.labels.labels import NOTHING, Case, Right
from sayagain.evaluation.replay.recordings import frame
from sayagain.evaluation.replay.write import replay
from sayagain.labels.meant import Meant
from sayagain.log import truth as truth_table
from sayagain.log.readers.contract import Read
from sayagain.log.readers.dstc2 import read as read_calls
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.text.normalise import normalise

HOMES, WEEKS = 12, 2
"""Simulated homes that are judged, and how long they live."""

REPLAYED_TURNS = 10_000
"""Turns of replayed traffic."""

MOST_CALLS = 400
"""Calls of DSTC2 that are read, at most, the first of the file: a quarter of them, narrow enough."""


@contextmanager
def homes(seed: int) -> Iterator[Case]:
    """Make homes with voices and texts that nothing learned from; truth is what meets the goal."""
    clips = Recordings.read(SHIPPED_RECORDINGS, held_out=True)
    with logged(clips, HOMES, WEEKS, 7000 + seed) as (log, rows):

        def judge(turn: str, means: Meant | None) -> Right:
            if means is None:
                return NOTHING
            wanted = goal_of_truth(rows[turn]["meaning"])
            found = goal_of_label(means.intent, means.slots, means.action)
            intent = wanted.verb == found.verb
            return intent, intent and wanted.slots == found.slots, wanted == found

        yield Case(
            "homes",
            log,
            judge,
            {turn: normalise(row["said"]) for turn, row in rows.items()},
            {turn: bool(row["defect"]) and row["failure_point"] != "false_wake" for turn, row in rows.items()},
            {turn: row["home"] for turn, row in rows.items()},
        )


@contextmanager
def slurp(path: Path, seed: int) -> Iterator[Case]:
    """Replay recordings (traffic is simulated, recordings and what was understood are real); truth is the gold frame.

    Raises:
        FormatError: the recordings cannot be read.
    """
    with TemporaryDirectory() as folder:
        replay(path, Path(folder) / "replay", REPLAYED_TURNS, seed)
        log = Log.open(Path(folder) / "replay" / "log")
        rows = {row["turn"]: row for row in truth_table.read(log.path).to_pylist()}

        def judge(turn: str, means: Meant | None) -> Right:
            if means is None:
                return NOTHING
            wanted = rows[turn]["meaning"]
            found = frame(means.intent, [[each.name, each.value] for each in means.slots])
            intent = wanted.partition("(")[0] == found.partition("(")[0]
            return intent, intent and _names(wanted) == _names(found), wanted == found

        yield Case(
            "slurp",
            log,
            judge,
            {turn: normalise(row["said"]) for turn, row in rows.items()},
            {turn: bool(row["defect"]) for turn, row in rows.items()},
            {turn: row["fold"] for turn, row in rows.items()},
        )


def _names(meaning: str) -> list[str]:
    return sorted(part.partition("=")[0] for part in meaning.partition("(")[2].rstrip(")").split("; "))


@contextmanager
def dstc2(path: Path) -> Iterator[Case]:
    """Read calls; truth is what people wrote down and made of them.

    Raises:
        FormatError: the file is something else.
    """
    calls: dict[str, list[Read]] = {}
    for each in read_calls(path):
        if not isinstance(each, Read) or each.truth is None:
            raise FormatError(f"{path} holds no calls", "Name a file such as dstc2/train.jsonl.gz")
        if each.turn.session not in calls and len(calls) == MOST_CALLS:
            break
        calls.setdefault(each.turn.session or "", []).append(each)
    held = [each for call in calls.values() for each in call]
    truths = {each.turn.turn: each.truth for each in held if each.truth is not None}

    def judge(turn: str, means: Meant | None) -> Right:
        if means is None:
            return NOTHING
        wanted = set(pieces(truths[turn].meaning or ""))
        found = {(each.name, each.value) for each in means.slots}
        found |= {(act, "") for act in means.intent.split("+") if act not in {"inform", "request", "confirm"}}
        intent = _acts(wanted) == _acts(found)
        names = {name for name, _ in wanted} == {name for name, _ in found}
        return intent, names, wanted == found

    with TemporaryDirectory() as folder:
        log = Log.create(Path(folder) / "log")
        log.append([pa.Table.from_pylist([each.turn.to_row() for each in held], Turn.arrow_schema())])
        yield Case(
            "dstc2",
            log,
            judge,
            {turn: normalise(truth.said or "") for turn, truth in truths.items()},
            {turn: bool(truth.defect) for turn, truth in truths.items()},
            {turn: str(truth.fold) for turn, truth in truths.items()},
        )


def _acts(found: set[tuple[str, str]]) -> set[str]:
    return {name for name, value in found if not value}
