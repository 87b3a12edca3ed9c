"""An experiment as its units tell it: each arm against the control arm, by looks that may be acted on at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.errors import ExperimentError
from sayagain.experiments.confidence_sequence import LARGEST_LOG, LEVEL, ConfidenceSequence, difference
from sayagain.experiments.sample_ratio import log_evidence
from sayagain.experiments.units import SLACK, Units, units_of

HORIZON = 5_000
"""Units after which an experiment is planned to be decided, where nobody says: 250 a day for three weeks. A test that
is read once then finds three failures more or fewer in a hundred requests, in eight experiments of ten."""


@dataclass(frozen=True)
class Look:
    """What is known of one comparison at one moment."""

    time: datetime
    """The moment: what was drawn later is not counted."""
    units: int
    """Units of both arms whose metric is known."""
    estimate: float
    """The arm's mean less the control arm's, weighted by inverse propensity, of the units after the pilot."""
    low: float
    """Lower end of the confidence sequence; -1 where there is nothing yet."""
    high: float
    """Upper end, 1 where there is nothing yet. All looks of a comparison hold at once, with probability 1 - LEVEL."""
    e_value: float
    """Evidence against no difference; 1 / LEVEL or more at any look is an alarm."""

    @property
    def differs(self) -> bool:
        """Whether the sequence excludes 0: this may be acted on, whenever it is looked at."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Comparison:
    """One metric of one arm against the control arm."""

    metric: str
    arm: str
    mean: float | None
    """Mean of the arm's units; None where none is known."""
    control_mean: float | None
    units: int
    """Units of the arm whose metric is known."""
    control_units: int
    looks: tuple[Look, ...]
    """In order of time; the last one is now."""


@dataclass(frozen=True)
class SampleRatio:
    """Whether the units fell into the arms as they were meant to."""

    counts: dict[str, int]
    """Units by arm."""
    shares: dict[str, float]
    """Planned shares by arm, of those that have units."""
    e_value: float
    """Evidence against the planned shares: the most that it was after any unit."""
    differs: bool
    """Whether it reached 1 / LEVEL: something loses or doubles units, and no comparison is to be trusted."""


@dataclass(frozen=True)
class Analysis:
    """All comparisons of an experiment."""

    control: str
    comparisons: tuple[Comparison, ...]
    """By metric, then by arm, in the order of the metrics and of the arms' names."""
    sample_ratio: SampleRatio


def analyse(units: pa.Table, control: str, metrics: Sequence[str], looks: int, horizon: int = HORIZON) -> Analysis:
    """Compare each arm with the control arm.

    Args:
        units: a row a unit: ``unit`` (str), ``arm`` (str), ``propensity`` (float: the probability of that arm, given
            that the unit takes part), ``time`` (timestamp of the draw), and a column a metric (float in [0, 1], null
            where it is not known).
        control: name of the arm that the others are compared with.
        metrics: names of columns.
        looks: how many moments the sequences are told at, at least 1, evenly from the first unit to the last.
        horizon: units with a known metric after which a decision is planned. The sequences are tightest there, and
            hold everywhere; it must not be chosen by what came out.

    Raises:
        ExperimentError: the table lacks a column, has no unit of the control arm, a unit twice or a value outside.
    """
    read = units_of(units, metrics)
    shares = read.shares()
    if control not in shares:
        has = ", ".join(shares) or "no arm"
        raise ExperimentError(f"No unit is in the control arm '{control}'", f"There are units of: {has}")
    moments = read.moments[0] + np.ptp(read.moments) * np.arange(1, looks + 1) // looks
    times = pa.array(moments).cast(pa.timestamp("us", units.schema.field("time").type.tz)).to_pylist()
    return Analysis(
        control,
        tuple(
            _compared(read, metric, arm, control, moments, times, horizon)
            for metric in metrics
            for arm in shares
            if arm != control
        ),
        _sample_ratio(read, shares),
    )


def _compared(
    units: Units,
    metric: str,
    arm: str,
    control: str,
    moments: npt.NDArray[np.int64],
    times: Sequence[datetime],
    horizon: int,
) -> Comparison:
    known = ~np.isnan(units.metrics[metric])
    values, arms = units.metrics[metric][known], units.arms[known]
    in_arm, in_control = arms == arm, arms == control
    ends = np.searchsorted(units.moments[known], moments, side="right")
    counted = np.append(0, np.cumsum(in_arm | in_control))[ends]
    if in_arm.any() and in_control.any():
        found = difference(values, (1.0 * in_arm - in_control) / units.propensity[known], ends, horizon)
    else:
        found = ConfidenceSequence(*(np.full(ends.shape, nothing) for nothing in (0.0, -1.0, 1.0, 1.0)))
    looks = tuple(
        Look(time, int(count), float(estimate), float(low), float(high), float(e_value))
        for time, count, estimate, low, high, e_value in zip(
            times, counted, found.estimate, np.maximum(found.low, -1), np.minimum(found.high, 1), found.e_value,
            strict=True,
        )
    )  # fmt: skip
    return Comparison(
        metric, arm, _mean(values[in_arm]), _mean(values[in_control]), int(in_arm.sum()), int(in_control.sum()), looks
    )


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    return float(values.mean()) if values.size else None


def _sample_ratio(units: Units, shares: dict[str, float]) -> SampleRatio:
    """Check the shares after every unit; what is missing of the whole is the share of an arm without units."""
    counts = np.cumsum([units.arms == arm for arm in shares], axis=1).T
    planned = np.array(list(shares.values()))
    if (missing := 1 - planned.sum()) > SLACK:
        counts, planned = np.pad(counts, ((0, 0), (0, 1))), np.append(planned, missing)
    most = float(log_evidence(counts, planned / planned.sum()).max())
    return SampleRatio(
        counts=dict(zip(shares, counts[-1].tolist(), strict=False)),
        shares=shares,
        e_value=float(np.exp(min(most, LARGEST_LOG))),
        differs=bool(most >= -np.log(LEVEL)),
    )
