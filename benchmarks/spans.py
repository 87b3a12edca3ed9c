"""Reading excerpts with the span model: a second in batches and one at a time, as shares of their parts.

The baseline is the same reading without the network: cutting into word pieces and making arrays.

    python benchmarks/spans.py SETS --json out.json
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sayagain.rephrases.encode import encode
from sayagain.rephrases.excerpt import Excerpt, read_set
from sayagain.rephrases.span_model import EXCERPT_BATCH, SpanReader

LEAST_RATE, MOST_MS = 300.0, 15.0
"""The bars: excerpts a second in batches on two cores, milliseconds for one (95th percentile)."""
EXCERPTS = 300
"""Taken of the test split of each set."""


def seconds(work: Callable[[], object], times: int = 3) -> float:
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def encoded(excerpts: Sequence[Excerpt]) -> None:
    for start in range(0, len(excerpts), EXCERPT_BATCH):
        encode(excerpts[start : start + EXCERPT_BATCH])


def one_by_one(reader: SpanReader, excerpts: Sequence[Excerpt]) -> np.ndarray:
    taken = []
    for excerpt in excerpts:
        began = time.perf_counter()
        reader.read([excerpt])
        taken.append(1000 * (time.perf_counter() - began))
    return np.array(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, help="directory of built sets (sayagain rephrases build)")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    cores = min(2, len(os.sched_getaffinity(0)))
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))
    reader = SpanReader(threads=cores)
    rows = {}
    table = Table(title=f"Reading excerpts, {cores} cores", title_justify="left")
    for name in ("set", "pieces", "a second", "÷ encoding alone", "one: p50 ms", "p95 ms", "p99 ms"):
        table.add_column(name, justify="left" if name == "set" else "right")
    for file in sorted(given.sets.glob("*/test.parquet")):
        excerpts = [marked.excerpt for marked in read_set(file)[:EXCERPTS]]
        batch, alone = seconds(lambda e=excerpts: reader.read(e)), one_by_one(reader, excerpts)
        row = {
            "pieces": float((encode(excerpts).pieces > 0).sum(axis=1).mean()),
            "a_second": len(excerpts) / batch,
            "over_encoding": batch / seconds(lambda e=excerpts: encoded(e)),
            **{f"p{q}_ms": float(np.percentile(alone, q)) for q in (50, 95, 99)},
        }
        rows[file.parent.name] = row
        table.add_row(file.parent.name, *(f"{value:,.1f}" for value in row.values()))
    console = Console()
    console.print(table)
    rate = len(rows) / sum(1 / row["a_second"] for row in rows.values())
    slowest = max(row["p95_ms"] for row in rows.values())
    console.print(f"all sets alike: {rate:,.0f} a second, at least {LEAST_RATE:g}: {rate >= LEAST_RATE}")
    console.print(f"one excerpt, p95 of the slowest set: {slowest:.1f} ms, at most {MOST_MS:g}: {slowest <= MOST_MS}")
    if given.json is not None:
        given.json.write_text(json.dumps({"rows": rows, "rate": rate, "p95_ms": slowest}, indent=1), encoding="utf8")


if __name__ == "__main__":
    main()
