"""A set of speed figures, each a ratio to a reference loop of the same run, beside those stored last.

    make bench                             # compare
    python benchmarks/bench.py --store     # and store the figures of this run as the ones to compare with

The loop does in plain Python and NumPy what SayAgain does most: it cuts texts, counts words and multiplies matrices. A
machine twice as fast halves both, so that ratios of different machines can be compared, roughly. It runs before and
after each piece, for a shared machine is now fast and now slow. Figures are processor seconds, which others on the
machine disturb less than seconds on the clock; each piece runs in a process of its own.
Logs are generated: no recording, no simulated home, and the same requests at every run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from learn import alone, generate, learn
from rich.console import Console
from rich.table import Table

STORED = Path(__file__).with_name("bench.json")
WORSE = 1.75
"""Times the stored ratio from which a figure counts as worse: two runs of one commit on a shared machine differed by up
to 1.56."""

HOUSEHOLD, SMALL, LARGE = 5_000, 10_000, 100_000
"""Turns of the logs."""
ASKED = 3_000
"""Requests that the layer is asked to rewrite."""
COMMAND = "from sayagain.cli.app import main; main()"
EIGHT_LINES = "time,user,text\n" + "".join(f"2026-01-0{day}T10:00:00Z,ann,turn on the light\n" for day in range(1, 9))

Figures = dict[str, Any]


def reference() -> Figures:
    """Return nothing but what it costs: the reference loop."""
    numbers = np.random.default_rng(0).random((192, 192))
    power = numbers = numbers / numbers.sum(axis=1, keepdims=True)
    counts: dict[str, int] = {}
    for i in range(150_000):
        for word in f"turn the light number {i % 997} on please".split():
            counts[word] = counts.get(word, 0) + 1
        if i % 1000 == 0:
            power = power @ numbers
    return {}


def household(log: Path) -> Figures:
    """Learn as a household does, from the people of one log."""
    from sayagain.learning.pipeline import learn as learn_from  # noqa: PLC0415 - each child loads only what it measures
    from sayagain.learning.settings import Settings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as out:
        learn_from(log, Path(out) / "bundle", Settings(min_people=1))
    return {}


def publish(log: Path, bundle: Path) -> Figures:
    """Learn the bundle that requests are rewritten with."""
    from sayagain.learning.pipeline import learn as learn_from  # noqa: PLC0415
    from sayagain.learning.settings import Settings  # noqa: PLC0415

    learn_from(log, bundle, Settings(spans=False))
    return {}


def serve(log: Path, bundle: Path) -> Figures:
    """Return the seconds of a rewrite (half of them, 99 in 100) and of an observation, a log's turns one by one."""
    from sayagain.log.engine import connect  # noqa: PLC0415
    from sayagain.log.store import Log  # noqa: PLC0415
    from sayagain.online.layer import Layer  # noqa: PLC0415
    from sayagain.schema import Turn  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as spill:
        rows = Log.open(log).turns(connect(Path(spill))).order_by("time", "turn").limit(ASKED).to_pyarrow().to_pylist()
    layer = Layer.open(bundle, "sqlite://")
    asked, observed = list[float](), list[float]()
    for turn in map(Turn.from_row, rows):
        began = time.thread_time()
        layer.rewrite(turn)
        asked.append(time.thread_time() - began)
        began = time.thread_time()
        layer.observe(turn)
        observed.append(time.thread_time() - began)
    return {
        "rewrite, p50": float(np.median(asked)),
        "rewrite, p99": float(np.quantile(asked, 0.99)),
        "observe, mean": float(np.mean(observed)),
    }


def command(folder: Path, *said: str) -> float:
    """Return the processor seconds of a command, the least of three."""
    found = []
    for number in range(3):
        before = os.times()
        given = [each.replace("{n}", str(number)) for each in said]
        subprocess.run([sys.executable, "-c", COMMAND, *given], cwd=folder, capture_output=True, check=True)
        after = os.times()
        found.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(found)


class Clock:
    """Figures as they are measured: processor seconds, and the ratio to the loop just before and just after."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.ratios: dict[str, float] = {}
        self.loops = [alone(reference)["cpu_seconds"]]

    def keep(self, **found: float) -> None:
        """Keep figures that were just measured, by name."""
        self.loops.append(alone(reference)["cpu_seconds"])
        loop = (self.loops[-1] + self.loops[-2]) / 2
        self.seconds |= found
        self.ratios |= {name: seconds / loop for name, seconds in found.items()}


def measured(folder: Path, console: Console) -> Clock:
    """Return all figures."""
    clock = Clock()
    logs = {turns: folder / str(turns) / "log" for turns in (HOUSEHOLD, SMALL, LARGE)}
    with console.status("generating logs") as status:
        for turns, log in logs.items():
            log.parent.mkdir()
            alone(generate, log, turns, 0, True)
        for turns in (SMALL, LARGE):
            status.update(f"learning from {turns:,} turns")
            for name, spans in (("learn", False), ("learn, with the span model", True)):
                clock.keep(**{f"{name}, {turns:,} turns": alone(learn, logs[turns], spans)["cpu_seconds"]})
        status.update("learning as a household")
        clock.keep(**{f"learn, household, {HOUSEHOLD:,} turns": alone(household, logs[HOUSEHOLD])["cpu_seconds"]})
        status.update("serving")
        alone(publish, logs[LARGE], folder / "bundle")
        alone(publish, logs[SMALL], folder / "small")
        served = alone(serve, logs[LARGE], folder / "bundle")
        clock.keep(**{name: served[name] for name in ("rewrite, p50", "rewrite, p99", "observe, mean")})
        status.update("running commands")
        (folder / "eight.csv").write_text(EIGHT_LINES, encoding="utf8")
        clock.keep(**{"sayagain --help": command(folder, "--help")})
        clock.keep(**{"sayagain import, eight lines": command(folder, "import", "eight.csv", "--into", "log-{n}")})
        clock.keep(**{"sayagain try, small bundle": command(folder, "try", "turn on the light", "--bundle", "small")})
    return clock


def main() -> None:
    """Measure, print beside what is stored, and fail where a figure is worse."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help="store the figures as the ones to compare with")
    given = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        clock = measured(Path(folder), console)
    stored: dict[str, float] = json.loads(STORED.read_text(encoding="utf8"))["ratios"] if STORED.exists() else {}

    loops = f"{min(clock.loops):.2f} to {max(clock.loops):.2f} s"
    table = Table(title=f"Processor seconds, and ÷ the reference loop ({loops})", title_justify="left")
    for column in ("", "seconds", "ratio", "stored", "now ÷ stored"):
        table.add_column(column, justify="left" if not column else "right")
    worse = []
    for name, ratio in clock.ratios.items():
        last = stored.get(name)
        change = ratio / last if last else 1.0
        worse += [name] if change > WORSE else []
        told = ("", "") if last is None else (f"{last:.4g}", f"{change:.2f}{' worse' if change > WORSE else ''}")
        table.add_row(name, f"{clock.seconds[name]:.4g}", f"{ratio:.4g}", *told)
    console.print(table)
    if given.store:
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        kept = {
            "measured": datetime.now(UTC).date().isoformat(),
            "machine": machine,
            "loop_seconds": median(clock.loops),
        }
        STORED.write_text(json.dumps({**kept, "ratios": clock.ratios}, indent=1) + "\n", encoding="utf8")
    elif worse:
        raise SystemExit(f"Worse than stored by more than {WORSE - 1:.0%}: {', '.join(worse)}")


if __name__ == "__main__":
    main()
