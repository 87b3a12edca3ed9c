"""What the switch of the whole layer costs a request, and how soon what another process switched holds.

    python benchmarks/switch.py [--state sqlite] [--times 40]
    scripts/with_postgres.sh sh -c 'python benchmarks/switch.py --state "$SAYAGAIN_POSTGRES"'

Between two looks a request reads a clock (``idle``); the first after half a second reads a row of the state database
(``look``). Another process switches the layer off and on, at moments of its own; this one asks a hundred times a second
(``seen``). Turns are observed beside, so that the database is written to meanwhile.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from databases import SQLITE, databases

from sayagain.online.layer import Layer
from sayagain.schema import Turn

ASK_EVERY = 0.01
"""Seconds between two requests."""

QUANTILES = {"p50": 0.5, "p99": 0.99, "most": 1.0}

SWITCHING = """
import sys, time
from sayagain.state import Database, switch
database = Database.open(sys.argv[1])
for line in sys.stdin:
    switch.turn_off(database, "a trial") if line == "off\\n" else switch.turn_on(database)
    print(time.time(), flush=True)
"""


def timed(do: Callable[[], object], times: int) -> np.ndarray:
    """Return how long each of so many calls takes, in microseconds; shape (times,)."""
    took = np.empty(times)
    for i in range(times):
        began = time.perf_counter_ns()
        do()
        took[i] = (time.perf_counter_ns() - began) / 1e3
    return took


def seen(layer: Layer, url: str, times: int) -> np.ndarray:
    """Return the seconds from each change by another process until a request saw it; shape (times,)."""
    draw, number, took = random.Random(1), 0, []
    with subprocess.Popen(
        [sys.executable, "-c", SWITCHING, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for i in range(times):
            time.sleep(draw.random())
            other.stdin.write("on\n" if i % 2 else "off\n")
            other.stdin.flush()
            while layer.look().on != bool(i % 2):
                at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
                number += 1
                layer.observe(Turn(turn=str(number), user="ann", time=at, text=f"play {number}", status="ok"))
                layer.flush()
                time.sleep(ASK_EVERY)
            took.append(time.time() - float(other.stdout.readline()))
        other.stdin.close()
    return np.array(took)


def main() -> None:
    """Measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", default=SQLITE, help="sqlite, or the URL of a PostgreSQL to make a database in")
    parser.add_argument("--times", type=int, default=40, help="How often it is switched.")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with TemporaryDirectory() as folder, databases(options.state) as new:
        url = new(Path(folder))
        layer = Layer.open(None, url)
        layer._database.write_ahead()  # as the service does
        watch = layer._watch
        for name, took in {"idle": timed(watch.look, 200_000), "look": timed(watch.look_now, 2_000)}.items():
            figures[f"{name}_us"] = {each: round(float(np.quantile(took, q)), 2) for each, q in QUANTILES.items()}
        took = seen(layer, url, options.times)
        figures["seen_s"] = {each: round(float(np.quantile(took, q)), 3) for each, q in QUANTILES.items()}
        layer.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
