"""The gate of a new version: what it would have done with rewrites that a log drew after all that it was learned from.

A version is never judged by what it was learned from: it would be found to have dropped just what went wrong there by
chance. So learning leaves out the last days where it is to be judged (:func:`parting`), as its backtest does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from ibis import _
from ibis.expr import types as ir

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.manifest import Gain, LearnedFrom
from sayagain.experiments.assignment import RETRY_WINDOW
from sayagain.experiments.off_policy import DrawnUnits, gain
from sayagain.learning.backtest import LAST_SHARE
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.online.drawn import Outcome, outcome_of
from sayagain.online.pairs import nothing
from sayagain.online.snapshot import Snapshot
from sayagain.online.steps import Asked, decide
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.turn import Turn
from sayagain.state.lifecycle import Lifecycle
from sayagain.text.normalise import form_of

LEAST_UNITS = 400
"""Drawn units below which ``learn`` asks no gate: a version that drops, from all of so many, what costs 30 points is
shown to be better in two logs of five, and of half as many in hardly any (``evaluate experiments --set gate``).
"""

BY_NAME = "catalogue"
"""The source of a rewrite that a name of the catalogue led to (``online.action``)."""


@dataclass(frozen=True)
class DrawnUse:
    """The first turn of a unit whose rewrite was drawn, and what came of it."""

    turn: Turn
    outcome: Outcome


def parting(turns: ir.Table, since: datetime | None) -> datetime | None:
    """Return the beginning of the day from which the drawn units of a log are to judge, and nothing is learned.

    They are the last ``LAST_SHARE`` of them, by days, of those from ``since`` on, which follows what the version in use
    was learned from: one that knew less would be judged for that. None where they are fewer than ``LEAST_UNITS``, or
    nothing is left to learn from.
    """
    drawn = _drawn(turns).group_by("unit").aggregate(time=_.time.min()).order_by("time").to_pyarrow()["time"]
    if not len(drawn):
        return None
    day = datetime.combine(drawn[int((1 - LAST_SHARE) * len(drawn))].as_py(), time(), UTC)
    day = day if since is None else max(day, since)
    judging = sum(each.as_py() >= day for each in drawn)
    first = turns.time.min().to_pyarrow().as_py()
    return day if judging >= LEAST_UNITS and first < day else None


def after(learned_from: LearnedFrom) -> datetime | None:
    """Return when the day after the last one begins that a version was learned from; None where it does not say."""
    if learned_from.last is None:
        return None
    return datetime.combine(datetime.fromisoformat(learned_from.last).date() + timedelta(days=1), time(), UTC)


def drawn_uses(log: Log, since: datetime | None, stage: Callable[[str], None]) -> list[DrawnUse]:
    """Return the units of a log whose rewrite was drawn, in the order of the draws, judged as this log taught itself.

    Those that began before ``since`` are left out, those of which it is not known yet whether they were said again, and
    those rewritten by the names that the assistant knows: it brings them to whatever version there is.

    Raises:
        LogError: the log is empty or damaged.
    """
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(), stage, carry=("turn",))
        known_by = tables.turns.time.max().to_pyarrow().as_py() - timedelta(seconds=RETRY_WINDOW)
        drawn = _drawn(tables.turns).filter(_.time <= known_by).drop("unit")
        if not drawn.count().to_pyarrow().as_py():
            return []
        judged = drawn.join(tables.judged.select("turn", "p_defect"), "turn").order_by("time", "turn").to_pyarrow()
    found: dict[str, DrawnUse] = {}
    for row in judged.to_pylist():
        p_defect, turn = row.pop("p_defect"), Turn.from_row(row)
        outcome = outcome_of(turn, p_defect)
        if outcome is not None:
            found.setdefault(outcome.unit, DrawnUse(turn, outcome))
    return [each for each in found.values() if (since is None or each.turn.time >= since) and not _by_name(each.turn)]


def _by_name(turn: Turn) -> bool:
    return turn.layer is not None and turn.layer.source == BY_NAME


def judged_by(uses: Sequence[DrawnUse], bundle: Bundle) -> Gain:
    """Return what a version would have gained on drawn units that began after all that it was learned from."""
    snapshot = _as_proposed(bundle)
    decisions: dict[tuple[str, ...], Decision] = {}  # requests recur, and a decision takes milliseconds
    wanted = []
    for use in uses:
        heard = (use.turn.text, *(each.text for each in use.turn.asr))
        if heard not in decisions:
            decisions[heard] = _decision(snapshot, use.turn)
        wanted.append(_wanted(decisions[heard], use.outcome))
    drawn = [each.outcome.use for each in uses]
    return gain(
        DrawnUnits(
            pairs=[f"{each.outcome.source}\n{each.outcome.target}" for each in uses],
            made=np.array([each.made for each in drawn], dtype=np.float64),
            propensity=np.array([each.propensity for each in drawn]),
            outcomes=np.array([each.outcome for each in drawn]),
            wanted=np.array(wanted),
        )
    )


def _as_proposed(bundle: Bundle) -> Snapshot:
    """Return a version as it was learned: how its pairs stand today was decided by the very uses that judge it."""
    lifecycle = Lifecycle("sqlite://")
    lifecycle.receive(bundle.rewrites, review=False)
    snapshot = Snapshot.of(bundle, lifecycle)
    return snapshot if snapshot.shadow is None else snapshot.shadow.snapshot


def _decision(snapshot: Snapshot, request: Turn) -> Decision:
    """Return what a snapshot decides of a request, whoever asks: what is drawn rests on everyone."""
    return decide(Asked(request, UserProfile(), snapshot.context, snapshot.ranker, nothing, snapshot.policy))[1]


def _wanted(decision: Decision, outcome: Outcome) -> float:
    """Return the probability with which a version makes the rewrite that was drawn; NaN where it does otherwise.

    The stage is the pair's, whichever version makes it: so is the share.
    """
    if decision.candidate is None or decision.do == "alone":
        return 0.0
    same = decision.do == "rewrite" and form_of(decision.candidate.text) == outcome.target
    return outcome.use.propensity if same else nan


def _drawn(turns: ir.Table) -> ir.Table:
    """Return the turns whose rewrite was drawn, with ``unit``."""
    carried = turns.mutate(unit=turns.layer.extra.cast("json")["unit"].str)
    return carried.filter(carried.unit.notnull())
