"""Statistics of the failures in a simulation, from its truth: the answer to ``sayagain assistant stats``.

Evaluation side: reads truth; learning code never imports this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypedDict

from rich.console import Group
from rich.table import Table

from sayagain.assistant.write import opened
from sayagain.errors import LogError
from sayagain.evaluation.homes import calibrate
from sayagain.evaluation.statistics import wilson
from sayagain.log import truth as truth_table
from sayagain.schema.truth import FAILURE_POINTS

MOST_GROUPS = 12
"""Homes, voices or conditions that a table shows; JSON has all."""


class GroupStats(TypedDict):
    """The turns of one home, voice or condition."""

    turns: int
    defect_rate: float


class Stats(TypedDict):
    """Counts over a whole simulation."""

    turns: int
    """Turns whose outcome the truth knows."""
    defect_rate: float
    low: float
    """Lower end of its 95 % Wilson interval, which takes turns as independent."""
    high: float
    failure_points: dict[str, float]
    """Shares of the defects, by FAILURE_POINTS."""
    unsupported: float
    """Share of turns that ask for what no assistant here can do; they are no defects."""
    recovered: float
    """Share of turns in which a stage erred and a later one made up for it."""
    by_home: dict[str, GroupStats]
    by_voice: dict[str, GroupStats]
    by_condition: dict[str, GroupStats]
    calibration: list[dict[str, object]]
    """Rows of ``calibrate``; empty where there are no public data."""


def stats(directory: Path, data: Path | None = None) -> Stats:
    """Count what went wrong in ``directory`` (``log`` and ``truth``), beside real people where ``data`` is given.

    Raises:
        LogError: there is no log, nothing is known about it, or a defect has no failure point.
        FormatError: a set of real people is missing from ``data``.
    """
    table = truth_table.read(opened(directory).path)
    rows = [row for row in table.to_pylist() if row.get("defect") is not None]
    if not rows:
        raise LogError(f"The truth beside {directory / 'log'} knows no outcomes", "Simulations come with them")
    defects = [row for row in rows if row["defect"]]
    rate = len(defects) / len(rows)
    low, high = wilson(rate, len(rows))
    return Stats(
        turns=len(rows),
        defect_rate=rate,
        low=low,
        high=high,
        failure_points=_failure_points(defects),
        unsupported=_share(rows, "unsupported"),
        recovered=_share(rows, "recovered"),
        by_home=_by(rows, "home"),
        by_voice=_by(rows, "voice"),
        by_condition=_by(rows, "condition"),
        calibration=[row.to_dict() for row in calibrate.calibrate(data, directory)] if data else [],
    )


def _failure_points(defects: Sequence[dict[str, Any]]) -> dict[str, float]:
    counts = Counter(row.get("failure_point") for row in defects)
    if odd := [point for point in counts if point not in FAILURE_POINTS]:
        raise LogError(
            f"{counts[odd[0]]:,} defects have the failure point {odd[0]}", f"It must be of {', '.join(FAILURE_POINTS)}"
        )
    return {point: counts[point] / len(defects) if defects else 0.0 for point in FAILURE_POINTS}


def _share(rows: Sequence[dict[str, Any]], flag: str) -> float:
    return sum(bool(row.get(flag)) for row in rows) / len(rows)


def _by(rows: Iterable[dict[str, Any]], field: str) -> dict[str, GroupStats]:
    """Return the turns by a field, most turns first; those without it are left out."""
    turns: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for row in rows:
        if (group := row.get(field)) is not None:
            turns[group] += 1
            wrong[group] += row["defect"]
    return {group: GroupStats(turns=n, defect_rate=wrong[group] / n) for group, n in turns.most_common()}


def tables(found: Stats) -> Group:
    """Return the counts for rich to print in 100 columns, without the calibration."""
    facts = Table(box=None, show_header=False, title="what went wrong (simulated)", title_justify="left")
    facts.add_row("turns", f"{found['turns']:,}")
    facts.add_row("defect rate", f"{found['defect_rate']:.1%} ({found['low']:.1%}–{found['high']:.1%})")
    for point, share in found["failure_points"].items():
        facts.add_row(f"… {point.replace('_', ' ')}", f"{share:.1%} of the defects")
    facts.add_row("unsupported", f"{found['unsupported']:.1%} of the turns")
    facts.add_row("recovered", f"{found['recovered']:.1%} of the turns")
    groups = {"home": found["by_home"], "voice": found["by_voice"], "condition": found["by_condition"]}
    return Group(facts, *(_group_table(name, group) for name, group in groups.items() if group))


def _group_table(name: str, groups: dict[str, GroupStats]) -> Table:
    table = Table(box=None, title=f"by {name}", title_justify="left")
    for heading in (name, "turns", "defect rate"):
        table.add_column(heading, justify="left" if heading == name else "right", overflow="fold")
    for group, each in list(groups.items())[:MOST_GROUPS]:
        table.add_row(group, f"{each['turns']:,}", f"{each['defect_rate']:.1%}")
    if len(groups) > MOST_GROUPS:
        table.add_row(f"… and {len(groups) - MOST_GROUPS:,} more", "", "")
    return table
