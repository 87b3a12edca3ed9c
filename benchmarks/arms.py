"""How long it takes to draw the arm of a request, and to log it.

    python benchmarks/arms.py [--requests 20000]

Drawing is ``online.arms.Arms.draw`` for people and moments that are all different: nothing can be remembered. Logging
is what the layer adds to its answer, and what that adds to the turn as JSON, which is how the inbox keeps it. One core;
microseconds on the processor, median of ten parts, so that what else the machine does counts less.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from rich.console import Console

from sayagain.online.arms import Arms
from sayagain.online.snapshot import Snapshot
from sayagain.schema import LayerAction, Turn
from sayagain.schema.experiment import Experiment

START = datetime(2026, 1, 1, tzinfo=UTC)
ARMS = {"none": 0.25, "current": 0.25, "policy:table": 0.25, "policy:table, ranker from 0.4": 0.25}
BAR = 100.0
"""Microseconds that drawing and logging may take together."""
PARTS = 10


def microseconds(work: Callable[[Turn], object], turns: Sequence[Turn]) -> float:
    """Return what one turn takes: the median over ``PARTS``."""
    size, found = len(turns) // PARTS, []
    for part in range(PARTS):
        began = time.process_time()
        for each in turns[part * size : (part + 1) * size]:
            work(each)
        found.append((time.process_time() - began) / size * 1e6)
    return median(found)


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    given = parser.parse_args()
    running = Experiment(name="bench", arms=ARMS, control="none", id="bench", started=START, started_by="bench")
    arms = Arms.of(running, Snapshot.nothing(), lambda version: Snapshot.nothing())
    turns = [
        Turn(
            turn=f"t{number}", time=START + timedelta(seconds=number), user=f"user {number}", text="dim the porch lamp"
        )
        for number in range(given.requests)
    ]
    bare = [each.model_copy(update={"layer": LayerAction()}) for each in turns]

    def drawn(turn: Turn) -> LayerAction:
        found = arms.draw(turn.user, turn.time)
        return LayerAction(assigned=None if found is None else found[1])

    logged = [each.model_copy(update={"layer": drawn(each)}) for each in turns]
    figures = {
        "draw": microseconds(lambda turn: arms.draw(turn.user, turn.time), turns),
        "draw_and_answer": microseconds(drawn, turns),
        "log": microseconds(Turn.model_dump_json, logged) - microseconds(Turn.model_dump_json, bare),
    }
    total = figures["draw_and_answer"] + figures["log"]
    rounded = {name: round(value, 1) for name, value in figures.items()}
    Console().print_json(json.dumps({**rounded, "microseconds": round(total, 1), "bar": BAR, "holds": total <= BAR}))


if __name__ == "__main__":
    main()
