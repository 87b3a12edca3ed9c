"""Prints rows that `sayagain evaluate … --json` wrote as the Markdown tables of docs/results.md.

python benchmarks/results.py FILE.json --set slurp --metrics win_loss,wins,losses,ties,fixed,recurrent_fixed
python benchmarks/results.py FILE.json --metrics f1        # one metric, a column for each set
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
"""A figure: ``set``, ``method``, ``metric``, ``value``, ``low``, ``high``."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--set", help="of these figures; without it each set is a column")
    parser.add_argument("--metrics", required=True)
    asked = parser.parse_args()
    rows = json.loads(asked.file.read_text(encoding="utf8"))
    for table in tables(rows, (asked.set,) if asked.set else (), asked.metrics.split(",")):
        print(table)


def tables(rows: Sequence[Row], sets: Sequence[str], metrics: Sequence[str]) -> Iterator[str]:
    """Yield a table a set, with a column a metric; of no sets one table, with a column for each set."""
    metrics = metrics or list(dict.fromkeys(row["metric"] for row in rows if not sets or row["set"] in sets))
    rows = [row for row in rows if row["metric"] in metrics]
    if not sets:
        yield _table(rows, "set", list(dict.fromkeys(row["set"] for row in rows)), "")
    for name in sets:
        yield _table([row for row in rows if row["set"] == name], "metric", metrics, name if len(sets) > 1 else "")


def _table(rows: Sequence[Row], column: str, columns: Sequence[str], corner: str) -> str:
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        cells.setdefault(row["method"], {})[row[column]] = cell(row)
    lines = ["| " + " | ".join([corner, *columns]) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        "| " + " | ".join([f"`{method}`", *(found.get(each, "") for each in columns)]) + " |"
        for method, found in cells.items()
    ]
    return "\n".join(lines)


def cell(row: Row) -> str:
    value = row["value"]
    text = f"{value:,.0f}" if abs(value) >= 20 else f"{value:.3g}"
    if row["low"] is None or abs(value) >= 20:
        return text
    return f"{text} [{row['low']:.2g}, {row['high']:.2g}]"


if __name__ == "__main__":
    main()
