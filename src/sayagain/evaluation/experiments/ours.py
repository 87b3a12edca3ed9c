"""Our confidence sequence on simulated runs, and what a method is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sayagain.evaluation.experiments.beside import Hits
from sayagain.evaluation.experiments.traffic import Floats, Observed
from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.statistics import wilson
from sayagain.experiments.confidence_sequence import PLANNED_STAKE, difference

Intervals = Callable[[Observed], tuple[Floats, Floats]]
"""From what is observed to lower and upper ends at each hour: shapes (runs, hours)."""

RUNS_AT_ONCE = 50
"""Runs that are in memory together: 50 MB."""


def sequence(runs: Observed, planned_stake: float = PLANNED_STAKE, plan_by: float = 1.0) -> tuple[Floats, Floats]:
    """Return our confidence sequence; ablations stake otherwise, or plan for a multiple of the planned units."""
    found = difference(runs.outcomes, runs.weights, runs.ends, plan_by * runs.planned, planned_stake)
    return found.low, found.high


def says(intervals: tuple[Floats, Floats]) -> Hits:
    """Return where intervals say that the arms differ."""
    low, high = intervals
    return (low > 0) | (high < 0)


def portions(runs: int) -> Iterator[int]:
    """Yield how many runs to simulate at once, until they are all."""
    for begin in range(0, runs, RUNS_AT_ONCE):
        yield min(RUNS_AT_ONCE, runs - begin)


def share(part: str, method: str, role: Role, metric: str, count: int, runs: int) -> Row:
    """Return the row of a share of the runs, with its Wilson interval."""
    return Row(f"statistics: {part}", method, role, metric, count / runs, *wilson(count / runs, runs), n=runs)
