"""CSV: one line a label, slots as JSON; what a spreadsheet would run has a quote before it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from sayagain.labels.exports.examples import rows
from sayagain.text.spreadsheet import cell

COLUMNS = ("turn", "heard", "transcript", "domain", "intent", "slots", "action", "confidence", "source")


def write(labels: Path, to: Path) -> None:
    """Write ``labels.csv``."""
    with (to / "labels.csv").open("w", encoding="utf8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for row in rows(labels):
            row["slots"] = json.dumps(row["slots"], ensure_ascii=False)
            lines.writerow([cell(row[name]) for name in COLUMNS])
