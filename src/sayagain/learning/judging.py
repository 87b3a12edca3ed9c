"""Judging a log to be looked at: the figures of its signals, and the evidence about single turns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sayagain.defects.figures import SignalFigures, signal_figures
from sayagain.defects.label_model import Evidence
from sayagain.defects.votes import decode, patterns
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log.store import Log


@dataclass(frozen=True)
class JudgedTurn:
    """P(defect) of a turn, and what speaks for it, weightiest first."""

    p_defect: float
    evidence: list[Evidence]


@dataclass(frozen=True)
class SignalReport:
    """What the signals of a log say."""

    turns: int
    """Turns that the figures are of: those that no layer rewrote, where there are any."""
    prevalence: float
    """Learned share of defects."""
    signals: list[SignalFigures]


def signal_report(log: Log, stage: Callable[[str], None] = lambda stage: None) -> SignalReport:
    """Return the figures of each signal in a log.

    Raises:
        LogError: the log is empty or damaged.
    """
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(), stage)
        votes, counts, _ = patterns(tables.judged)
        return SignalReport(int(counts.sum()), tables.model.prevalence, signal_figures(votes, counts, tables.model))


def judged_turns(
    log: Log, turns: Collection[str], stage: Callable[[str], None] = lambda stage: None
) -> dict[str, JudgedTurn]:
    """Return what is known of some turns, by their identifiers, from the whole log.

    Raises:
        LogError: the log is empty or damaged.
    """
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(), stage, carry=("turn",))
        some = tables.linked.filter(tables.linked.turn.isin(list(turns))).select("turn", "pattern", "p_defect")
        rows = some.to_pyarrow().to_pylist()
        votes = decode(np.array([row["pattern"] for row in rows], dtype=np.int64))
        return {
            row["turn"]: JudgedTurn(row["p_defect"], tables.model.explain(each))
            for row, each in zip(rows, votes, strict=True)
        }
