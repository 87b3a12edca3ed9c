"""An experiment as its units tell it: each arm against the control arm, by looks that may be acted on at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

HORIZON = 5_000
"""Units after which an experiment is planned to be decided, where nobody says: a few weeks of a busy service."""


@dataclass(frozen=True)
class Look:
    """What is known of one comparison at one moment."""

    time: datetime
    """When the last unit that is counted was drawn."""
    units: int
    """Units of both arms whose metric is known."""
    estimate: float
    """The arm's mean less the control arm's, inverse-propensity weighted; 0 where there is nothing yet."""
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
    """Planned shares by arm."""
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
        looks: how many moments the sequences are told at, evenly from the first unit to the last.
        horizon: units after which a decision is planned. The sequence is tightest there, and holds everywhere; it
            must not be chosen by what came out.

    Raises:
        ExperimentError: the table lacks a column, has no unit of the control arm, a unit twice or a value outside.
    """
    raise NotImplementedError
