"""Calibration: what simulated people do beside what real people did, with a distance for each measure.

Evaluation side: reads truth; learning code never imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import hypot
from pathlib import Path

from rich.table import Table
from scipy.stats import ks_2samp, wasserstein_distance

from sayagain.evaluation.homes.measures import Kind, Measure, measure
from sayagain.evaluation.homes.seen import REAL, real, simulated

QUANTITIES = ("distribution", "count")
LEVEL = 0.05
"""A difference that chance alone makes less often than this is not sampling noise."""


@dataclass(frozen=True)
class Row:
    """One measure of one set, and how far the simulation is from it (None without a simulation)."""

    set: str
    metric: str
    kind: Kind
    value: float | None
    """Share, median, mean (of a count) or ratio; None where the set cannot tell."""
    low: float | None
    high: float | None
    n: int
    quartiles: tuple[float, float, float] | None
    """Of a distribution."""
    absent: str | None
    distance: float | None = None
    """Simulated minus real (shares and ratios), or the Kolmogorov-Smirnov statistic (distributions, counts)."""
    wasserstein: float | None = None
    """Of a distribution, in its own unit."""
    within_noise: bool | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self)


def calibrate(data: Path, directory: Path | None = None, seed: int = 1) -> list[Row]:
    """Measure the real sets and, where ``directory`` is given, a simulation beside them.

    Args:
        data: the directory of public data.
        directory: a simulation, with ``log`` and ``truth``.
        seed: of the bootstrap.

    Raises:
        FormatError: a real set is missing.
        LogError: there is no simulation in ``directory``, or no truth about it.
    """
    ours = measure(simulated(directory), seed) if directory else []
    beside = {each.name: each for each in ours}
    rows = [row("simulated", each) for each in ours]
    for name in REAL:
        rows += [row(name, each, beside.get(each.name)) for each in measure(real(name, data), seed)]
    return rows


def row(set_name: str, found: Measure, ours: Measure | None = None) -> Row:
    """Return a measure as a row; with the distance of ``ours``, the same measure of the simulation."""
    if found.absent:
        return Row(set_name, found.name, found.kind, None, None, None, 0, None, found.absent)
    quartiles = found.quartiles() if found.kind in QUANTITIES else None
    plain = Row(set_name, found.name, found.kind, found.value, found.low, found.high, found.n, quartiles, None)
    if ours is None or ours.absent:
        return plain
    distance, wasserstein, within = compare(ours, found)
    return Row(**{**asdict(plain), "distance": distance, "wasserstein": wasserstein, "within_noise": within})


def compare(ours: Measure, theirs: Measure) -> tuple[float, float | None, bool]:
    """Return the distance, Wasserstein's for distributions, and whether sampling noise explains it.

    Distributions by the two-sample Kolmogorov-Smirnov test. Shares and ratios by the interval of their difference
    that the intervals of the two make (Newcombe 1998, method 10).
    """
    if ours.kind in QUANTITIES:
        found = ks_2samp(ours.values, theirs.values)
        far = float(wasserstein_distance(ours.values, theirs.values))
        return float(found.statistic), far, bool(found.pvalue >= LEVEL)
    difference = ours.value - theirs.value
    below = hypot(ours.value - ours.low, theirs.high - theirs.value)
    above = hypot(ours.high - ours.value, theirs.value - theirs.low)
    return difference, None, difference - below <= 0 <= difference + above


def table(rows: Sequence[Row]) -> Table:
    """Return measures by set for rich to print in 100 columns; ``*`` marks what sampling noise does not explain.

    Distances as in :func:`compare`: a difference of shares, or between two distributions from 0 (same) to 1.
    """
    sets = list(dict.fromkeys(each.set for each in rows))
    found = {(each.metric, each.set): each for each in rows}
    printed = Table(
        box=None, pad_edge=False, title="people, simulated and real (* beyond sampling noise)", title_justify="left"
    )
    printed.add_column("measure")
    for name in sets:
        printed.add_column(name, justify="right")
    for metric in dict.fromkeys(each.metric for each in rows):
        printed.add_row(metric, *(_cell(found[metric, name]) for name in sets))
    return printed


def _cell(found: Row) -> str:
    if found.value is None:
        return "–"
    mark = "*" if found.within_noise is False else ""
    far = "" if found.distance is None else f"\ndistance {found.distance:+.2f}"
    return f"{found.value:.3g}{mark} of {found.n:,}\n({found.low:.3g}–{found.high:.3g}){far}"


def reasons(rows: Sequence[Row]) -> Table:
    """Return what the sets cannot tell, and why, for rich to print."""
    printed = Table(box=None, pad_edge=False, title="what a set cannot tell", title_justify="left")
    for heading in ("set", "measure", "reason"):
        printed.add_column(heading, overflow="fold")
    for each in rows:
        if each.absent:
            printed.add_row(each.set, each.metric, each.absent)
    return printed
