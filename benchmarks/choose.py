"""How long a choice takes: ``Layer.choose`` of 20 candidates, beside ranking by place alone, for a person with a past.

Prints the median and the 99th percentile in milliseconds of thread time, and the ratio to a reference loop on the same
machine: ``python benchmarks/choose.py [BUNDLE]``.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sayagain.online.layer import Layer
from sayagain.schema import Context, Interpretation, Slot, Turn

CANDIDATES, PAST, ASKED = 20, 400, 500
SENSORS = 10
"""That give a number at each turn."""
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


def offered(request: int) -> list[Interpretation]:
    """Return the candidates of one of ten requests."""
    return [
        Interpretation(
            intent="turn_on",
            slots=[Slot(name="name", value=f"lamp {at}", entity=f"light.{request % 10}.{at}")],
            details={"kind": "light", "state": ("on", "off")[at % 2], "here": at % 3 == 0},
            reversible=True,
        )
        for at in range(CANDIDATES)
    ]


def turn(number: int) -> Turn:
    """Return a request."""
    sensors: dict[str, str | float] = {
        f"light.{number % 10}.{at}": ("on", "off")[(number + at) % 2] for at in range(10)
    }
    sensors |= {f"sensor {at}": ((number + 7 * at) % 91) / 4 for at in range(SENSORS)}
    context = Context(device_type="speaker", place="kitchen", sensors=sensors)
    return Turn(user="ann", time=MONDAY + timedelta(hours=number), text=f"light number {number % 10}", context=context)


def main() -> None:
    """Let one person talk for a while, then ask."""
    layer = Layer.open(Path(sys.argv[1]) if len(sys.argv) > 1 else None, "sqlite://")
    for number in range(PAST):
        candidates = offered(number)
        told = {"candidates": candidates, "interpretation": candidates[0], "status": ("ok", "error")[number % 3 == 0]}
        layer.observe(turn(number).model_copy(update=told))
    taken = []
    for number in range(PAST, PAST + ASKED):
        request, candidates = turn(number), offered(number)
        began = time.thread_time()
        layer.choose(candidates, request)
        taken.append(time.thread_time() - began)
        layer.observe(request.model_copy(update={"candidates": candidates, "interpretation": candidates[0]}))
    began = time.thread_time()
    for _ in range(1000):
        sum(range(1000))
    loop = (time.thread_time() - began) / 1000
    p50, p99 = np.percentile(taken, [50, 99])
    print(f"choose, {CANDIDATES} candidates: p50 {p50 * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms; {p50 / loop:.0f} loops")
    layer.close()


if __name__ == "__main__":
    main()
