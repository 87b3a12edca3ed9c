"""The excerpts that a method is most wrong about, to be read."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sayagain.evaluation.rephrases.method import Method, Reading
from sayagain.rephrases.excerpt import Marked, read_set, within


def worst(sets: Path, name: str | None, method: Method, count: int) -> Iterator[str]:
    """Yield the ``count`` excerpts of the test splits whose truth the method finds least likely, as text.

    Raises:
        FormatError: a set cannot be read.
    """
    found: list[tuple[float, str, int, Marked, Reading]] = []
    for file in sorted(sets.glob(f"{name or '*'}/test.parquet")):
        marked = read_set(file)
        readings = method.read([each.excerpt for each in marked])
        for number, (each, reading) in enumerate(zip(marked, readings, strict=True)):
            found.append((_likely(each, reading), file.parent.name, number, each, reading))
    for likely, set_name, number, each, reading in heapq.nsmallest(count, found, key=lambda row: row[:3]):
        yield f"{set_name} {number}: the truth has {likely:.4f}"
        yield from _lines(each, reading)


def _likely(marked: Marked, reading: Reading) -> float:
    turn = marked.span.turn if marked.span else 0
    if not turn:
        return 1.0 - float(np.sum(reading.scores))
    return float(reading.scores[turn - 1]) if turn <= len(reading.scores) else 0.0


def _lines(marked: Marked, reading: Reading) -> Iterator[str]:
    scores = [None, *reading.scores.tolist()]
    for turn, (said, score) in enumerate(zip(within(marked.excerpt), scores, strict=False)):
        mark = "*" if marked.span and marked.span.turn == turn else " "
        found = "" if score is None else f"{score:.3f}"
        failed = {True: " failed", False: " ok", None: ""}[said.failed]
        yield f" {mark} {said.after:5.0f} s {found:>5}  {said.text}  →  {said.response or '—'}{failed}"
