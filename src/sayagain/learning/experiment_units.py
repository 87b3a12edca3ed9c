"""From the log to the units of an experiment: one row a unit, with all that the arms are compared by.

Of a request and its retries the first turn counts: what the arm did to the retries is no evidence of its own. Of a
person the turns of their first day count, as a mean: a row that goes on changing could not be looked at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir

from sayagain.errors import ExperimentError
from sayagain.experiments.arms import drawn
from sayagain.experiments.assignment import RETRY_WINDOW
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.rephrases.pairwise import ALIKE_EVEN
from sayagain.schema.experiment import LOWER_IS_BETTER, Experiment, Unit
from sayagain.text.similarity import alike


@dataclass(frozen=True)
class Period:
    """Seconds from the beginning of a unit."""

    counts: float
    """Turns that begin within it count."""
    known: float
    """After it, what came of the unit is known."""


DRAWN = ("unit", "arm", "propensity", "time")
"""Columns that tell of a unit how it was drawn."""

DAY = 86_400.0
PERIODS: Mapping[Unit, Period] = {"request": Period(0.0, RETRY_WINDOW), "user": Period(DAY, DAY + RETRY_WINDOW)}
"""A day of a person has their mornings and evenings in it, and is soon over. Later turns of theirs do not count."""


def read_units(log: Log, experiment: Experiment, stage: Callable[[str], None] = lambda stage: None) -> pa.Table:
    """Return the units of an experiment, in the order in which they began; those of which all is known by now.

    Columns: unit, arm, propensity (as logged), time (when it began, UTC), and the metrics: defect (P(defect), by the
    judge that this log taught itself), said_again (whether the next request of the person came within two minutes and
    was alike, by rule), helpful (what the person said, null where they did not). Of a person the metrics are means of
    their first day. Where anybody was there before the experiment there is defect_before, the mean P(defect) of the
    same person until then, null of who was not.

    Raises:
        ExperimentError: the log has no turn of the experiment of which all is known.
        LogError: the log is empty or damaged.
    """
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(), stage, carry=("turn",))
        carrying = _carrying(tables.turns, experiment)
        if not carrying.count().to_pyarrow().as_py():
            raise _none(log, experiment)
        last = _seconds(tables.turns).max().to_pyarrow().as_py()
        judged = (
            tables.judged.rename(defect="p_defect").left_join(_before(tables, carrying), "user").join(carrying, "turn")
        )
        columns = (*DRAWN, "helpful", "defect", "defect_before", "seconds", "state", "next_state", "next_gap")
        turns = _as_drawn(judged.order_by("time", "turn").select(*columns).to_pyarrow(), experiment)
        rows = _known(_said_again(turns, tables.requests.states), PERIODS[experiment.unit], last)
    if not rows.num_rows:
        raise _none(log, experiment)
    return rows


def _carrying(turns: ir.Table, experiment: Experiment) -> ir.Table:
    """Return the turns that tell an arm: turn, ``DRAWN``, seconds (Unix time), helpful (0, 1 or null)."""
    carried = turns.mutate(assigned=turns.layer.extra.cast("json")["assigned"])
    named = carried.mutate(**{name: _.assigned[name].str for name in ("experiment", "arm", "unit")})
    own = named.filter((_.experiment == experiment.id) & _.arm.isin(list(experiment.arms)))
    told = own.mutate(propensity=_.assigned["propensity"].float, helpful=_.feedback.helpful.cast("float64"))
    return told.select("turn", *DRAWN, "helpful", seconds=_seconds(told))


def _seconds(turns: ir.Table) -> ir.FloatingValue:
    """Return the Unix times of turns, with fractions: an engine gives them, whatever Ibis takes their type to be."""
    return turns.time.epoch_seconds().cast("float64")


def _before(tables: LogTables, carrying: ir.Table) -> ir.Table:
    """Return what people's turns were like before the first of these: user, defect_before."""
    began = carrying.seconds.min().to_pyarrow().as_py()
    earlier = tables.turns.filter(_seconds(tables.turns) < began).select("turn")
    past = tables.judged.join(earlier, "turn")
    return past.group_by("user").aggregate(defect_before=_.p_defect.mean())


def _as_drawn(turns: pa.Table, experiment: Experiment) -> pa.Table:
    """Return the turns that tell the arm of their unit: assistants report what they were told, or claim to."""
    known = {unit: drawn(experiment, unit) for unit in pc.unique(turns["unit"]).to_pylist()}
    told = zip(*(turns[name].to_pylist() for name in ("unit", "arm", "propensity")), strict=True)
    right = [(each := known[unit]) is not None and [each.arm, each.propensity] == said for unit, *said in told]
    return turns.filter(pa.array(right, pa.bool_()))


def _said_again(turns: pa.Table, requests: list[str]) -> pa.Table:
    """Add ``said_again``: 1 where the next request came within two minutes and is alike."""
    near = pc.fill_null(pc.less_equal(turns["next_gap"], RETRY_WINDOW), False).to_numpy()
    state, after = (pc.fill_null(turns[name], 0).to_numpy() for name in ("state", "next_state"))
    again = near & (alike(requests, state, after) >= ALIKE_EVEN)
    return turns.append_column("said_again", pa.array(again.astype(float)))


def _known(turns: pa.Table, period: Period, last: float) -> pa.Table:
    """Return one row a unit, of turns in the order of time; ``last`` is the time of the last turn of the log."""
    seconds = turns["seconds"].to_numpy()
    names, place = np.unique(turns["unit"].to_numpy(), return_inverse=True)
    began = np.full(len(names), np.inf)
    np.minimum.at(began, place, seconds)
    counts = (seconds - began[place] <= period.counts) & (began[place] + period.known <= last)
    firsts = [(name, "first") for name in (*DRAWN, "defect_before") if name != "unit"]
    means = [(name, "mean") for name in LOWER_IS_BETTER]
    grouped = turns.filter(pa.array(counts)).group_by("unit", use_threads=False).aggregate([*firsts, *means])
    units = grouped.rename_columns([name.removesuffix("_first").removesuffix("_mean") for name in grouped.column_names])
    return units if pc.any(pc.is_valid(units["defect_before"])).as_py() else units.drop_columns("defect_before")


def _none(log: Log, experiment: Experiment) -> ExperimentError:
    return ExperimentError(
        f"{log.path} has no turns of experiment {experiment.id} of which it is known by now how they went",
        "A running service adds turns ten minutes after they came; a person's row takes a day",
    )
