"""Rewrites on real calls (DSTC2): learned from other callers, judged by what people really meant.

Callers are cut into folds. For each fold the rewrites are learned from the calls of all others, and applied to its
turns: what the live assistant mostly made of the target, wherever it was said, is compared with the human semantics of
the turn. Nothing is simulated; but nobody carried the dialogue on after a rewrite, so only the understanding of the
turn is judged.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sayagain.bundle.bundle import Bundle
from sayagain.evaluation.report import FOLDS, Role, Row
from sayagain.evaluation.rewrites.figures import win_loss
from sayagain.evaluation.statistics import bootstrap
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log import truth as truth_table
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.text.normalise import normalise

CALL_METHODS: dict[str, tuple[int, Role]] = {"sayagain": (3, "ours"), "sayagain_min_people_1": (1, "ablation")}
"""Name: people behind a rewrite, role."""

Reading = tuple[str, tuple[tuple[str, str], ...]]
"""Acts and slots, in one order."""

_ACT = re.compile(r"(\w+)\(([^)]*)\)")
WIN, LOSS, TIE, NO_REWRITE = "win", "loss", "tie", "alone"


@dataclass(frozen=True)
class Calls:
    """Real calls, and what the annotators say of each turn."""

    turns: pa.Table
    truth: Mapping[str, dict[str, Any]]

    @classmethod
    def read(cls, data: Path, folder: Path) -> Self:
        """Read a file of DSTC2 calls, by way of a log in ``folder``.

        Raises:
            FormatError: ``data`` is no file of DSTC2 calls.
        """
        path = folder / "log"
        ingest([data], "dstc2", path)
        turns = pa.concat_tables([pq.read_table(file) for file in Log.open(path).files()])
        return cls(turns, {row["turn"]: row for row in truth_table.read(path).to_pylist()})

    def split(self, fold: int) -> tuple[pa.Table, pa.Table]:
        """Return the turns of all other callers, and those of the callers of a fold."""
        callers = sorted(set(self.turns["user"].to_pylist()))
        mine = pc.is_in(self.turns["user"], pa.array(callers[fold::FOLDS]))
        return self.turns.filter(pc.invert(mine)), self.turns.filter(mine)


def evaluate(data: Path, seed: int) -> list[Row]:
    """Return wins, losses and ties of rewrites learned from other callers.

    Raises:
        FormatError: ``data`` is no file of DSTC2 calls.
    """
    with TemporaryDirectory() as folder:
        calls = Calls.read(data, Path(folder))
        understood = {text: most(counts) for text, counts in readings(calls.turns).items()}
        rows: list[Row] = []
        for name, (people, role) in CALL_METHODS.items():
            verdicts = [
                verdict
                for fold in range(FOLDS)
                for verdict in _judged(calls, understood, fold, people, Path(folder) / f"{name}{fold}")
            ]
            rows += _rows(name, role, verdicts, seed)
    return rows


def _judged(
    calls: Calls, understood: dict[str, Reading], fold: int, people: int, folder: Path
) -> list[tuple[str, bool, str]]:
    """Return (caller, whether the turn was a defect, verdict) for every turn of the callers of one fold."""
    others, mine = calls.split(fold)
    Log.create(folder / "log").append([others])
    learn(folder / "log", folder / "bundle", Settings(min_people=people))
    table = {rewrite.source: rewrite.target for rewrite in Bundle.open(folder / "bundle").rewrites}
    found = []
    for row in mine.select(["turn", "user", "text"]).to_pylist():
        known = calls.truth[row["turn"]]
        target = table.get(normalise(row["text"]))
        right = target is not None and understood[target] == meant(known["meaning"])
        verdict = NO_REWRITE if target is None else WIN if known["defect"] and right else TIE
        if verdict is TIE and not known["defect"] and not right:
            verdict = LOSS
        found.append((row["user"], known["defect"], verdict))
    return found


def readings(turns: pa.Table) -> dict[str, Counter[Reading]]:
    """Return what the live assistant made of each text, and how often."""
    found: dict[str, Counter[Reading]] = defaultdict(Counter)
    for row in turns.select(["text", "interpretation"]).to_pylist():
        found[row["text"]][reading(row["interpretation"])] += 1
    return dict(found)


def most(counts: Counter[Reading]) -> Reading:
    """Return the most frequent reading."""
    return counts.most_common(1)[0][0]


def reading(interpretation: Mapping[str, Any] | None) -> Reading:
    """Return what the live assistant made of a turn; nothing is a reading, too."""
    meaning = interpretation or {"intent": "", "slots": []}
    return meaning["intent"] or "", tuple(sorted((slot["name"], slot["value"]) for slot in meaning["slots"]))


def meant(meaning: str) -> Reading:
    """Read a meaning of the truth table, such as ``inform(area=south) request(slot=phone)``."""
    acts = _ACT.findall(meaning)
    slots = (tuple(pair.split("=", 1)) for _, pairs in acts for pair in pairs.split(",") if "=" in pair)
    return "+".join(sorted({act for act, _ in acts})), tuple(sorted((name, value) for name, value in slots))


def _rows(method: str, role: Role, verdicts: list[tuple[str, bool, str]], seed: int) -> list[Row]:
    callers = np.array([caller for caller, _, _ in verdicts])
    wrong = np.array([defect for _, defect, _ in verdicts])
    said = np.array([verdict for _, _, verdict in verdicts])
    counts = {"wins": said == WIN, "losses": said == LOSS, "ties": said == TIE}
    rows = [Row("dstc2", method, role, name, float(flags.sum()), n=len(said)) for name, flags in counts.items()]
    shares: dict[str, Callable[[npt.NDArray[np.intp]], float]] = {
        "win_loss": lambda at: float(win_loss(counts["wins"][at].sum(), counts["losses"][at].sum())),
        "coverage": lambda at: float((said[at][wrong[at]] != NO_REWRITE).mean()),
        "fixed": lambda at: float(counts["wins"][at].sum() / wrong[at].sum()),
        "harm": lambda at: float(counts["losses"][at].sum() / (~wrong[at]).sum()),
    }
    everything = np.arange(len(said))
    for name, share in shares.items():
        rows.append(Row("dstc2", method, role, name, share(everything), *bootstrap(share, callers, seed), n=len(said)))
    return rows
