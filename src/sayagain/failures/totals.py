"""Totals: how many turns failed first at each stage, over the whole log and by intent, device and week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.schema.reading import STAGES

ALL, INTENT, DEVICE, WEEK = GROUPINGS = ("all", "intent", "device", "week")
"""What turns are counted by."""

TOTALS = pa.schema(
    [
        pa.field("by", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("turns", pa.int64(), nullable=False),
        *(pa.field(stage, pa.float64(), nullable=False) for stage in STAGES),
        pa.field("failed", pa.float64(), nullable=False),
        pa.field("unsupported", pa.float64(), nullable=False),
    ]
)
"""The table ``totals``: one row for each value of a grouping (null where the log does not say it; for weeks, the Monday
they begin with). Counts of failures are expected ones, sums of probabilities: by stage, of all (``failed``), and of
requests that no assistant here serves (``unsupported``), which are no failures."""


@dataclass(frozen=True)
class Goals:
    """How many goals people had, and how many were met in the end; expected numbers."""

    goals: float
    """Goals of people that an assistant here serves: without false wakes and what is unsupported."""
    met: float

    @property
    def share(self) -> float | None:
        """The share that was met; None where there are none."""
        return self.met / self.goals if self.goals else None


def totals(read: ir.Table) -> pa.Table:
    """Return the table ``totals`` of ``read_turns``: all, then by intent and device, most failed first, and by week."""
    counted = [_counted(read, by).to_pyarrow().cast(TOTALS) for by in GROUPINGS]
    return pa.concat_tables(counted)


def overall(read: ir.Table) -> dict[str, Any]:
    """Return the first row of ``totals``: that of all turns."""
    (row,) = _counted(read, ALL).to_pyarrow().cast(TOTALS).to_pylist()
    return dict(row)


def goals(read: ir.Table) -> Goals:
    """Return what became of people's goals; each is counted at the turn it begins with."""
    own = read.p_goal_start.cast("float64") * (1 - read.p_unsupported) * (1 - read.p_false_wake)
    (row,) = read.aggregate(goals=own.sum(), met=(own * read.p_goal_met).sum()).to_pyarrow().to_pylist()
    return Goals(row["goals"] or 0.0, row["met"] or 0.0)


def tells_of_waking(read: ir.Table) -> bool:
    """Return whether the trace of any turn has the stage in which an assistant wakes."""
    woken = read.trace.map(lambda step: step.stage).contains("wake")
    return bool(read.aggregate(any=woken.any()).to_pyarrow()["any"][0].as_py())


def _counted(read: ir.Table, by: str) -> ir.Table:
    value = ibis.null("string") if by == ALL else read[by].cast("string")
    grouped = (
        read.mutate(value=value)
        .group_by("value")
        .aggregate(
            turns=_.count(),
            failed=_.defect.sum(),
            unsupported=_.p_unsupported.cast("float64").sum(),
            **{stage: _[f"p_{stage}"].cast("float64").sum() for stage in STAGES},
        )
    )
    order = [_.value] if by == WEEK else [_.failed.desc(), _.value]
    return grouped.order_by(order).mutate(by=ibis.literal(by)).select(TOTALS.names)
