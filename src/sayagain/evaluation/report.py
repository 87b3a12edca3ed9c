"""The one shape of every result: a list of rows, printed as a table and written as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.special import stdtrit

Role = Literal["ours", "baseline", "ceiling", "ablation"]

OURS = "sayagain"
"""Name of our method; others that are handed in are ablations of it."""
FOLDS = 5
"""Parts of a cross-fitting: each is judged by what learned from the others."""


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


ORDER: tuple[tuple[Role, ...], ...] = (("ceiling", "baseline", "ours"), ("ablation",))
"""The groups of methods that are shown apart, each in its order."""


def show(rows: Iterable[Row], console: Console) -> None:
    """Print the rows, set by set: one line a method, one column a metric, ablations apart.

    Metrics that find no room beside the others go on in a further table, so that no figure is cut.
    """
    by_set: dict[str, list[Row]] = {}
    for row in rows:
        by_set.setdefault(row.set, []).append(row)
    for name, of_set in by_set.items():
        for roles in ORDER:
            group = sorted((row for row in of_set if row.role in roles), key=lambda row: roles.index(row.role))
            title = f"{name}, ablations" if "ablation" in roles else name
            for table in _tables(title, group, console.width):
                console.print(table)
                console.print()


def _tables(title: str, rows: Sequence[Row], width: int) -> Iterator[Table]:
    """Yield tables of at most ``width`` columns of text, each with as many metrics as fit; at least one."""
    methods = list(dict.fromkeys((row.method, row.role) for row in rows))
    heads = [["method", *(method for method, _ in methods)], ["role", *(role for _, role in methods)]]
    cells = {(row.method, row.role, row.metric): _cell(row) for row in rows}
    metrics = [
        [metric.replace("_", " "), *(cells.get((*method, metric), "") for method in methods)]
        for metric in dict.fromkeys(row.metric for row in rows)
    ]
    while metrics:
        columns = [*heads, metrics.pop(0)]
        while metrics and sum(map(_width, [*columns, metrics[0]])) <= width:
            columns.append(metrics.pop(0))
        yield _table(title, columns, len(heads))
        title = f"{title.removesuffix(_MORE)}{_MORE}"


_MORE = " (more)"


def _width(column: Sequence[str]) -> int:
    """Return the width of a column with its padding; its heading may be folded between words."""
    return max(len(text) for text in [*column[0].split(), *column[1:]]) + 2


def _table(title: str, columns: Sequence[Sequence[str]], heads: int) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    for number, column in enumerate(columns):
        table.add_column(
            column[0],
            justify="left" if number < heads else "right",
            min_width=_width(column) - 2,
            overflow="fold",
            vertical="bottom",
        )
    for line in zip(*(column[1:] for column in columns), strict=True):
        if any(line[heads:]):
            table.add_row(*line)
    return table


def _cell(row: Row) -> str:
    if row.low is None or row.high is None:
        return f"{row.value:,.0f}" if row.value.is_integer() else figure(row.value)
    return f"{figure(row.value)} [{figure(row.low)}, {figure(row.high)}]"


def figure(value: float) -> str:
    """Return a number with three significant digits, so that a small one is not mistaken for none.

    >>> figure(0.25), figure(0.00012345), figure(1234.5), figure(0.0)
    ('0.250', '0.000123', '1,234', '0')
    """
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}"
