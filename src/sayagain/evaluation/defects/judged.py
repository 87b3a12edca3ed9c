"""Logs judged without truth, with the truth put beside the judgement: files of labelled sets, and simulated homes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.defects.label_model import Floats, Votes
from sayagain.defects.votes import decode
from sayagain.evaluation.defects import trajectory
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log import truth as truth_table
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.log.tables import in_order, sessions

HOMES, WEEKS, LOGS = 10, 4, 3
"""Simulated homes and weeks of a log, and logs (of homes, people and recordings of their own)."""

GOODBYES = "bye|thankyou"
"""Acts of the live system of DSTC2 that take a request for a goodbye or for thanks, with which calls end."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Judged logs beside their truth. Arrays have one entry a turn, scored or not."""

    probability: Floats
    """P(defect) as ``learn`` takes it."""
    label_model: Floats
    """P(defect) of the label model, which taught it."""
    votes: Votes
    trajectory: Floats
    """How bad the turn is by the signals of ``trajectory.py``."""
    truth: Flags
    folds: npt.NDArray[np.str_]
    scored: Flags
    """Turns whose truth is known."""
    answered: Flags
    """Turns whose answer is in the log."""
    goodbye: Flags
    """Turns that the assistant took for a goodbye or for thanks."""
    log: npt.NDArray[np.int64]
    """Number of the log that the turn is of: each is judged by a model of its own."""

    def only(self, keep: Flags) -> Judged:
        """Return some of the turns."""
        return Judged(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def judge_file(name: str, path: Path) -> Judged:
    """Import a file into a log of its own and judge it."""
    with TemporaryDirectory() as folder:
        ingest([path], name, Path(folder) / "log")
        return _judge(Path(folder), 0)


def judge_homes(seed: int) -> Judged:
    """Let simulated homes live, and judge the logs of each street of them."""
    means = Means(Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding())
    logs = []
    for number in range(LOGS):
        with TemporaryDirectory() as folder:
            write(live(means, HOMES, WEEKS, LOGS * seed + number), Path(folder))
            logs.append(_judge(Path(folder), number, "home"))
    return Judged(*(np.concatenate([getattr(log, name) for log in logs]) for name in Judged.__dataclass_fields__))


def _judge(place: Path, number: int, fold: str = "fold") -> Judged:
    """Judge ``place/log`` without truth, and put truth beside the judgement; ``fold`` names what is drawn whole."""
    tables = LogTables(Log.open(place / "log"), place / "spill", Settings(min_people=1), carry=["turn"])
    turns = tables.turns
    judged = tables.linked.join(tables.judged.select("turn", label_model="p_defect"), "turn")
    acts = turns.interpretation.intent.fill_null("")
    seen = turns.select("turn", answered=turns.response.notnull(), goodbye=acts.re_search(GOODBYES))
    columns = ("turn", "pattern", "p_defect", "label_model", "answered", "goodbye")
    table = judged.join(seen, "turn").select(*columns).to_pyarrow()
    known = truth_table.read(place / "log").select(["turn", "defect", fold]).rename_columns(["turn", "defect", "fold"])
    joined = table.join(known, "turn", join_type="left outer").sort_by("turn")
    bad = _trajectories(turns)
    defect = joined["defect"]
    return Judged(
        probability=joined["p_defect"].to_numpy(),
        label_model=joined["label_model"].to_numpy(),
        votes=decode(joined["pattern"].to_numpy()),
        trajectory=np.array([bad[turn] for turn in joined["turn"].to_pylist()]),
        truth=defect.fill_null(False).to_numpy(),
        folds=_texts(joined["fold"], f"{number}/"),
        scored=defect.is_valid().to_numpy(),
        answered=joined["answered"].to_numpy(),
        goodbye=joined["goodbye"].to_numpy(),
        log=np.full(len(joined), number),
    )


def _trajectories(turns: ibis.expr.types.Table) -> dict[str, float]:
    columns = ("turn", "user", "device", "session", "time", "sequence", "text", "response", "status", "action")
    whole = sessions(turns.select(*columns, "interpretation"))
    return trajectory.scores(whole.order_by(["user", "session", *in_order(whole)]).to_pyarrow().to_pylist())


def _texts(column: pa.ChunkedArray, before: str) -> npt.NDArray[np.str_]:
    return np.array([before + text for text in column.fill_null("").to_pylist()], dtype=np.str_)
