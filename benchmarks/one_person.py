"""How long a request of one person takes, the more is known of them: whether the bound of a profile holds.

    python benchmarks/one_person.py [--turns 16000] [--requests 200]

CPU time of one core. No bundle: only the person's profile is asked. The worst case: nothing is ever said twice, one in
four fails and is said again in other words, and each is understood as something of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from datetime import UTC, datetime, timedelta

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from rewrite import MISHEARD, forms, misheard

from sayagain.online.layer import Layer
from sayagain.schema import Turn

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
MARKS = (250, 1_000, 4_000, 16_000, 64_000)
"""Turns after which requests are timed."""


def turn(number: int, text: str, failed: bool = False) -> Turn:
    """Return one turn: five minutes after the one before, or half a minute where it says a failed one again."""
    time_ = MONDAY + timedelta(minutes=5 * number)
    if failed:
        return Turn(user="mira", time=time_ - timedelta(seconds=30), text=text, status="error")
    meaning = {"intent": "ask", "slots": {"text": text}}
    return Turn(user="mira", time=time_, text=text, status="ok", interpretation=meaning)


def asked(layer: Layer, said: list[str], requests: int, draw: random.Random) -> list[float]:
    """Return the milliseconds of CPU that requests took, each misheard from one that was said."""
    took = []
    for at in range(requests):
        heard = [misheard(draw.choice(said), draw) for _ in range(5)]
        asr = [{"text": text, "score": -0.1 * rank} for rank, text in enumerate(heard)]
        request = Turn(user="mira", time=MONDAY + timedelta(days=3650, minutes=at), text=heard[0], asr=asr)
        began = time.process_time()
        layer.rewrite(request)
        took.append((time.process_time() - began) * 1e3)
    return took


def main() -> None:
    """Observe, ask, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=16_000)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    draw = random.Random(1)
    said = forms(options.turns, draw)
    layer = Layer.open(None)
    rows, spent = [], 0.0
    for number, text in enumerate(said, 1):
        happened = [turn(number, misheard(text, draw), failed=True)] if draw.random() < MISHEARD else []
        for each in (*happened, turn(number, text)):
            began = time.process_time()
            layer.observe(each)
            spent += time.process_time() - began
        if number in MARKS or number == options.turns:
            took = np.array(asked(layer, said[:number], options.requests, draw))
            row = {"turns": number, "rewrite_p50_ms": round(float(np.median(took)), 1)}
            row |= {"rewrite_p99_ms": round(float(np.quantile(took, 0.99)), 1)}
            rows.append(row | {"observe_mean_ms": round(spent / number * 1e3, 2)})
    print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
