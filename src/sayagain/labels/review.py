"""Which labels a person should check: few answers are to tell most about how far confidences can be believed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable

from sayagain.labels.label import Label


def drawn(labels: Iterable[Label], count: int, seed: int) -> list[Label]:
    """Return labels to check, drawn in one pass; the less sure, the likelier, by the spread of the answer.

    What an answer tells is largest where right and wrong are equally likely: each label is drawn with the weight
    p · (1 − p) of its confidence p (Efraimidis and Spirakis, 2006: the largest of u ** (1 / weight) are such a sample).

    Args:
        labels: of the whole log.
        count: how many are wanted.
        seed: of the draw.
    """
    draw = random.Random(seed)
    kept: list[tuple[float, int, Label]] = []
    for number, each in enumerate(labels):
        weight = max(each.confidence * (1 - each.confidence), LEAST_WEIGHT)
        key = draw.random() ** (1 / weight)
        heapq.heappush(kept, (key, number, each))
        if len(kept) > count:
            heapq.heappop(kept)
    return [each for _, _, each in sorted(kept, reverse=True, key=lambda one: one[0])]


LEAST_WEIGHT = 1e-3
"""Weight of a label that is thought to be certain: now and then one is checked all the same."""
