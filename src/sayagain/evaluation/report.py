"""The one shape of every result: a list of rows, printed as a table and written as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from scipy.special import stdtrit

Role = Literal["ours", "baseline", "ceiling", "ablation"]
RESAMPLES = 1000
"""Bootstrap resamples: the ends of a 95 % interval then vary by about a tenth of its width."""


@dataclass(frozen=True)
class Row:
    """One measured figure with its 95 % interval (``low`` and ``high`` are None where none is computed)."""

    set: str
    method: str
    role: Role
    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0


def bootstrap(
    statistic: Callable[[npt.NDArray[np.intp]], float],
    folds: Sequence[str] | npt.NDArray[np.str_],
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Return the 95 % percentile interval of ``statistic(row numbers)``, resampling whole folds (callers, days).

    Rows of one fold depend on each other, so folds are what is drawn with replacement. Resamples for which the
    statistic is not defined (NaN) are passed over.
    """
    _, fold_of = np.unique(np.asarray(folds), return_inverse=True)
    order = np.argsort(fold_of, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(fold_of))[:-1])
    draw = np.random.default_rng(seed)
    values = [
        statistic(np.concatenate([rows_of[i] for i in draw.integers(len(rows_of), size=len(rows_of))]))
        for _ in range(resamples)
    ]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def mean_of_seeds(runs: Sequence[Sequence[Row]]) -> list[Row]:
    """Return the mean of each figure over runs with different seeds.

    With several runs, ``low`` and ``high`` are the ends of the 95 % interval of that mean over seeds (Student's t).
    """
    if len(runs) == 1:
        return list(runs[0])
    found: dict[tuple[str, str, Role, str], list[Row]] = {}
    for row in (row for run in runs for row in run):
        found.setdefault((row.set, row.method, row.role, row.metric), []).append(row)
    return [_mean(key, rows) for key, rows in found.items()]


def _mean(key: tuple[str, str, Role, str], rows: Sequence[Row]) -> Row:
    values = np.array([row.value for row in rows])
    mean = float(values.mean())
    half = (
        float(stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    )
    return Row(*key, mean, mean - half, mean + half, sum(row.n for row in rows))


def write_json(rows: Iterable[Row], path: Path) -> None:
    """Write the rows as a JSON list."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf8")


def show(rows: Iterable[Row], console: Console) -> None:
    """Print the rows as a table: one line a method, one column a metric, one table a set."""
    by_set: dict[str, dict[tuple[str, str], dict[str, Row]]] = {}
    for row in rows:
        by_set.setdefault(row.set, {}).setdefault((row.method, row.role), {})[row.metric] = row
    for name, methods in by_set.items():
        metrics = list(dict.fromkeys(metric for cells in methods.values() for metric in cells))
        table = Table(title=name, title_justify="left")
        for heading in ("method", "role"):
            table.add_column(heading)
        for metric in metrics:
            table.add_column(metric, justify="right")
        for (method, role), cells in methods.items():
            table.add_row(method, role, *(_cell(cells.get(metric)) for metric in metrics))
        console.print(table)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    value = f"{row.value:,.0f}" if float(row.value).is_integer() and abs(row.value) > 1 else f"{row.value:.3f}"
    return value if row.low is None or row.high is None else f"{value}\n[{row.low:.3f}, {row.high:.3f}]"
