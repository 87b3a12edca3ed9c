"""Speed of the simulated homes, on one core: turns a second, and beside what reading the same turns takes.

The baseline does the least that anything with these turns must do: Pydantic validates them from JSON. Times are of the
processor in this process, each the best of three runs.

    python benchmarks/simulate.py --homes 10 --weeks 4
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.schema import Turn

RUNS = 3


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=int, default=10)
    parser.add_argument("--weeks", type=int, default=4)
    given = parser.parse_args()
    means = Means(Recordings.read(), understanding())
    gc.disable()  # as the command does

    def simulate() -> list[Turn]:
        return [turn for home in live(means, given.homes, given.weeks, seed=1) for turn, _ in home]

    rows = [turn.model_dump_json() for turn in simulate()]
    simulated, read = best(simulate), best(lambda: [Turn.model_validate_json(row) for row in rows])
    print(f"{len(rows):,} turns of {given.homes} homes: {len(rows) / simulated:,.0f} a second on one core (bar: 2,000)")
    print(f"simulated in {simulated:.2f} s, read from JSON in {read:.2f} s: {simulated / read:.1f} ×")


if __name__ == "__main__":
    main()
