"""Kills at random moments: nothing acknowledged is lost, nothing is there twice, nobody is half erased.

What is killed (SIGKILL), each time at a moment drawn from the time that it takes: an import; learning; a service that
observes and hears feedback; the move of turns into the log; erasure, by ``/forget`` and by ``log erase-user``; a
service that loads bundles and is switched off and on; ``bundle use``. After each kill all that is stored is read and
compared with what was acknowledged. Every few kills what was begun is finished, and compared once more. Ends with 1
where anything was wrong.

    python benchmarks/kills.py --count 1000 --json out.json
    scripts/with_postgres.sh sh -c 'python benchmarks/kills.py --count 1000 --state "$SAYAGAIN_POSTGRES"'
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from databases import SQLITE, databases
from kill_kinds import KINDS, Kind, Learned, Means
from rich.console import Console
from rich.table import Table

MOST_SHOWN = 3
"""Faults shown of each sort and each kind of kill."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--count", type=int, default=1000, help="kills")
    asked.add_argument("--minutes", type=float, default=120.0, help="at the most")
    asked.add_argument("--state", default=SQLITE, help="sqlite, or the URL of a PostgreSQL to make databases in")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    until = time.monotonic() + 60 * given.minutes
    with tempfile.TemporaryDirectory() as folder, databases(given.state) as new_state:
        means = Means(Path(folder), new_state, Learned(Path(folder)), Random(given.seed))
        kinds = [kind(means) for kind in KINDS]
        while sum(kind.kills for kind in kinds) < given.count and time.monotonic() < until:
            min(kinds, key=lambda kind: kind.kills / kind.share).go_on()
        for kind in kinds:
            kind.close()
    rows = [shown(kind) for kind in kinds]
    report(rows, given.json)
    sys.exit(any(kind.faults for kind in kinds))


def shown(kind: Kind) -> dict[str, Any]:
    return {
        "killed": kind.name, "kills": kind.kills, "lives": kind.lives, "seconds": round(kind.seconds, 1),
        **{name: kind.acknowledged[name] for name in ("turns", "feedback", "erasures")},
        "locked": round(kind.locked, 3), "faults": len(kind.faults), "first": first(kind.faults),
    }  # fmt: skip


def first(faults: set[tuple[int, str]]) -> list[str]:
    """Return how many faults there are of each sort, and a few of them."""
    sorts: dict[str, list[str]] = {}
    for _, fault in sorted(faults):
        sorts.setdefault(fault.partition(":")[0], []).append(fault)
    return [f"{len(found)} times: {'; '.join(found[:MOST_SHOWN])}" for found in sorts.values()]


def report(rows: list[dict[str, Any]], out: Path | None) -> None:
    names = [name for name in rows[0] if name != "first"]
    rows.append(
        {name: round(sum(row[name] for row in rows), 1) for name in names[1:]} | {"killed": "in all", "first": []}
    )
    rows[-1]["locked"] = max(row["locked"] for row in rows[:-1])
    table = Table(*names)
    for row in rows:
        table.add_row(*(f"{row[name]:,}" if name != "killed" else row[name] for name in names))
    console = Console(width=120)
    console.print(table)
    for row in rows:
        for fault in row["first"]:
            console.print(f"{row['killed']}: {fault}", markup=False)
    if out is not None:
        out.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
