"""The sentence encoder: milliseconds for one text and for five, texts a second in bulk, bytes of the model.

taskset -c 0 python benchmarks/encoder.py SETS --json out.json
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
from rich.console import Console

from sayagain.rephrases.excerpt import read_set
from sayagain.text.encoder import ENCODER_MODEL, Encoder

MOST_MS = {1: 0.8, 5: 2.5}
"""The bars: median milliseconds of processor time for so many texts at once, on one core."""

CALLS = 400
"""Calls timed of each size, every one with texts that were not read before."""

BULK = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, help="directory of built sets (sayagain rephrases build)")
    parser.add_argument("--model", type=Path, help="a model in place of the one that ships")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    marked = [each for name in ("slurp", "homes") for each in read_set(given.sets / name / "test.parquet")]
    texts = sorted({said.text for each in marked for said in each.excerpt})
    random.Random(1).shuffle(texts)
    encoder = Encoder(given.model)
    encoder.encode(texts[-100:])
    console, rows = Console(), {}
    for size, most in MOST_MS.items():
        wall, work = timed(encoder, texts[: size * CALLS], size)
        rows[f"{size}_ms"] = {"processor": np.median(work), "p50": np.median(wall), "p95": np.percentile(wall, 95)}
        console.print(
            f"{size} at once: {np.median(work):.2f} ms of the processor, at most {most:g}: {np.median(work) <= most}; "
            f"by the clock p50 {np.median(wall):.2f}, p95 {np.percentile(wall, 95):.2f}"
        )
    began = time.process_time()
    encoder.encode(texts[-BULK:])
    rows["texts_a_second"] = min(BULK, len(texts)) / (time.process_time() - began)
    rows["bytes"] = len(ENCODER_MODEL.read(given.model))
    console.print(f"in bulk: {rows['texts_a_second']:,.0f} a second of the processor; {rows['bytes']:,} bytes")
    if given.json is not None:
        given.json.write_text(json.dumps(rows, indent=1, default=float), encoding="utf8")


def timed(encoder: Encoder, texts: list[str], size: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each call, by the clock and of the processor (others may be at work too)."""
    wall, work = [], []
    for start in range(0, len(texts) - size + 1, size):
        clock, processor = time.perf_counter(), time.process_time()
        encoder.encode(texts[start : start + size])
        work.append(1000 * (time.process_time() - processor))
        wall.append(1000 * (time.perf_counter() - clock))
    return wall, work


if __name__ == "__main__":
    main()
