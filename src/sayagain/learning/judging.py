"""Judging a log to be looked at: its signals, the evidence about single turns, and what policies are worth on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.manifest import Backtested, Worth
from sayagain.defects.figures import SignalFigures, signal_figures
from sayagain.defects.label_model import Evidence
from sayagain.defects.votes import decode, patterns
from sayagain.errors import LogError
from sayagain.learning import global_tables
from sayagain.learning.backtest import Known, judged, known_before, large_enough, last_day
from sayagain.learning.log_tables import LogTables
from sayagain.learning.policies import LEAST, backtested, compared
from sayagain.learning.settings import Settings
from sayagain.learning.training_examples import examples_from_log
from sayagain.log.store import Log
from sayagain.online.snapshot import Snapshot
from sayagain.state.lifecycle import Lifecycle

TOO_SMALL = "Wait for more of it: two weeks, and 5,000 turns"
LATER = "Name a later log, or leave out --bundle: what came before its last part is then learned from"


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


def policy_report(
    log: Log, settings: Settings, stage: Callable[[str], None] = lambda stage: None
) -> tuple[Backtested, dict[str, Worth]]:
    """Return what a backtest says of a log: what would serve, and what each of the fixed policies is worth, by name.

    Raises:
        LogError: the log is empty, damaged, or too small or young for it.
    """
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), settings, stage)
        if not large_enough(tables):
            raise LogError(f"{log.path} is too small or young for a backtest", TOO_SMALL)
        scale = global_tables.scale_of(tables.turns, settings.min_people)
        day = last_day(tables)
        known = known_before(tables, examples_from_log(tables, scale), scale, day)
        found = judged(tables, known, day, LEAST)
        return backtested(found), compared(found)


def bundle_report(
    log: Log, bundle: Bundle, lifecycle: Lifecycle, stage: Callable[[str], None] = lambda stage: None
) -> tuple[Backtested, dict[str, Worth]]:
    """Return the same of a bundle, by what the log has after the last day that the bundle was learned from.

    Raises:
        LogError: the log is empty or damaged, or has nothing after that day.
        StateError: the state database cannot be used.
    """
    snapshot = Snapshot.of(bundle, lifecycle)
    snapshot = snapshot if snapshot.shadow is None else snapshot.shadow.snapshot
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(min_people=bundle.manifest.settings.min_people), stage)
        last = bundle.manifest.learned_from.last
        day = 0 if last is None else (datetime.fromisoformat(last).date() - date(1970, 1, 1)).days + 1
        found = judged(tables, Known(snapshot.context, snapshot.ranker), day, LEAST)
        if not found.turns:
            raise LogError(f"{log.path} has nothing after the days that {bundle.path} was learned from", LATER)
        return backtested(found), compared(found)
