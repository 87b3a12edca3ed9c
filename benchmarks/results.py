"""Prints rows that `sayagain evaluate … --json` wrote as the Markdown tables of docs/results.md.

python benchmarks/results.py FILE.json --set slurp --metrics win_loss,wins,losses,ties,fixed,recurrent_fixed
python benchmarks/results.py FILE.json --metrics f1        # one metric, a column for each set
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--set", help="of these figures; without it each set is a column")
    parser.add_argument("--metrics", required=True)
    asked = parser.parse_args()
    metrics = asked.metrics.split(",")
    rows = [row for row in json.loads(asked.file.read_text(encoding="utf8")) if row["metric"] in metrics]
    column = "set"
    if asked.set:
        rows, column = [row for row in rows if row["set"] == asked.set], "metric"
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        cells.setdefault(row["method"], {})[row[column]] = cell(row)
    columns = metrics if asked.set else list(dict.fromkeys(row["set"] for row in rows))
    print("| " + " | ".join(["", *columns]) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for method, found in cells.items():
        print("| " + " | ".join([f"`{method}`", *(found.get(each, "") for each in columns)]) + " |")


def cell(row: dict[str, Any]) -> str:
    value = row["value"]
    text = f"{value:,.0f}" if abs(value) >= 20 else f"{value:.3g}"
    if row["low"] is None or abs(value) >= 20:
        return text
    return f"{text} [{row['low']:.2g}, {row['high']:.2g}]"


if __name__ == "__main__":
    main()
