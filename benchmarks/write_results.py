"""Measures the tables of results.toml anew, as many as an hour is enough for, and writes them into docs/results.md.

make results                                  # within an hour
python benchmarks/write_results.py --seconds 600 --only rewrites
python benchmarks/write_results.py --seconds 0  # measures nothing, marks how old each table is

The longest ago is measured first. A command that takes longer than what is left is ended, and its table stays as it
was, marked with its age.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from results import Row, tables

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "results.md"
HOUR = 3600.0
OLD = 1
"""Days from which the age of a table is told."""
LEAST = 20.0
"""Seconds under which nothing is begun."""
_BLOCK = "<!-- table {name} -->\n(?P<body>.*?)<!-- end -->"
_MEASURED = re.compile(r"measured (\d{4}-\d\d-\d\d)(?: \(\*\d+ days old\*\))? in (\d+) s")
_INDEX = re.compile(r"^\| \[.*\|$", re.MULTILINE)
"""A row of the page's index, with the dates of the tables that people wrote."""
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?: \(\*\d+ days old\*\))?")


@dataclass(frozen=True)
class Table:
    """One table, as results.toml names it."""

    name: str
    command: str
    """What follows ``sayagain evaluate``."""
    seconds: int
    """What it took once; the page says what it took last."""
    sets: tuple[str, ...] = ()
    """A table for each; without any, all in one, where there is one metric."""
    metrics: tuple[str, ...] = ()
    """Its columns; all that there are, where none is named."""
    methods: tuple[str, ...] = ()
    """Its rows; all that there are, where none is named."""


def listed(path: Path = HERE / "results.toml") -> list[Table]:
    """Return the tables that can be measured by one command each."""
    read = tomllib.loads(path.read_text(encoding="utf8"))["table"]
    return [Table(**{k: tuple(v) if isinstance(v, list) else v for k, v in each.items()}) for each in read]


def measured(page: str, table: Table) -> tuple[date, int] | None:
    """Return when a table of a page was measured and in how many seconds; None where it never was."""
    block = re.search(_BLOCK.format(name=re.escape(table.name)), page, re.DOTALL)
    told = _MEASURED.search(block["body"]) if block else None
    return (date.fromisoformat(told[1]), int(told[2])) if told else None


def due(page: str, found: Sequence[Table], seconds: float) -> list[Table]:
    """Return what is to be measured in so many seconds: what was measured longest ago first, the shortest of these."""
    left, chosen = seconds, list[Table]()
    for table in sorted(found, key=lambda each: ((measured(page, each) or (date.min, 0))[0], took(page, each))):
        if took(page, table) <= left:
            chosen.append(table)
            left -= took(page, table)
    return chosen


def took(page: str, table: Table) -> int:
    """Return how many seconds a table takes, as far as is known."""
    told = measured(page, table)
    return told[1] if told else table.seconds


def written(page: str, table: Table, rows: Sequence[Row], today: date, seconds: float) -> str:
    """Return a page with a table measured anew."""
    kept = [row for row in rows if not table.methods or row["method"] in table.methods]
    shown = "\n\n".join(tables(kept, table.sets, table.metrics))
    command = f"sayagain evaluate {table.command}"
    body = f"`{command}`, measured {today} in {seconds:.0f} s\n\n{shown}\n\n"
    block = f"<!-- table {table.name} -->\n{body}<!-- end -->"
    pattern = _BLOCK.format(name=re.escape(table.name))
    if re.search(pattern, page, re.DOTALL):
        return re.sub(pattern, lambda _: block, page, flags=re.DOTALL)
    return f"{page.rstrip()}\n\n{block}\n"


def aged(page: str, found: Sequence[Table], today: date) -> str:
    """Return a page on which each table is marked with its age, in its block or in the index."""

    def marked(part: re.Match[str]) -> str:
        return _DATE.sub(lambda told: told[1] + _age(date.fromisoformat(told[1]), today), part[0])

    for table in found:
        page = re.sub(_BLOCK.format(name=re.escape(table.name)), marked, page, flags=re.DOTALL)
    return _INDEX.sub(marked, page)


def _age(then: date, today: date) -> str:
    days = (today - then).days
    return f" (*{days} days old*)" if days > OLD else ""


def measure(table: Table, seconds: float) -> list[Row] | None:
    """Run the command of a table for so many seconds at most; return its rows, None where there are none."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command = [sys.executable, "-c", "from sayagain.cli.app import main; main()", "evaluate"]
        try:
            ran = subprocess.run(
                [*command, *shlex.split(table.command), "--json", str(file)], timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        return json.loads(file.read_text(encoding="utf8")) if ran.returncode == 0 else None


def write(
    page: Path,
    found: Sequence[Table],
    seconds: float,
    today: date,
    run: Callable[[Table, float], list[Row] | None] = measure,
    clock: Callable[[], float] = time.monotonic,
) -> list[str]:
    """Measure what there is time for, each written into the page at once; return the names of what was measured."""
    began, done = clock(), list[str]()
    for table in due(page.read_text(encoding="utf8"), found, seconds):
        left, start = seconds - (clock() - began), clock()
        if left < LEAST:
            break
        rows = run(table, left)
        if rows is not None:
            text = written(page.read_text(encoding="utf8"), table, rows, today, clock() - start)
            page.write_text(text, encoding="utf8")
            done.append(table.name)
    page.write_text(aged(page.read_text(encoding="utf8"), found, today), encoding="utf8")
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=HOUR)
    parser.add_argument("--only", action="append", help="a table by its name; may be repeated")
    asked = parser.parse_args()
    found = [each for each in listed() if not asked.only or each.name in asked.only]
    today = date.today()
    done = write(PAGE, found, asked.seconds, today)
    for table in found:
        print(f"{table.name}: {'measured' if table.name in done else 'as it was'}")


if __name__ == "__main__":
    main()
