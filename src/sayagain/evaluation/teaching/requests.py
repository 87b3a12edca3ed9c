"""Real requests to a home assistant (HWU64), of which none teaches: how many are recorded all the same.

Left out are requests in which people tell what they like (``music_likeness``): these may teach.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from sayagain.errors import FormatError
from sayagain.evaluation.report import Row
from sayagain.evaluation.statistics import wilson
from sayagain.evaluation.teaching.evaluate import methods
from sayagain.evaluation.teaching.statements import Labelled

TEACHING = frozenset(["likeness"])
"""Intents whose requests may teach."""


def read_requests(path: Path) -> list[Labelled]:
    """Return the requests of the file, each once.

    Raises:
        FormatError: the file is none of the set.
    """
    with path.open(encoding="utf8", newline="") as file:
        lines = list(csv.DictReader(file))
    if not lines or "answer_from_user" not in lines[0]:
        raise FormatError(f"{path} is no file of HWU64", "Name hwu64_kfold1.csv with --data")
    texts = dict.fromkeys(line["answer_from_user"] for line in lines if line["intent"] not in TEACHING)
    return [Labelled(text=text, expected=None) for text in texts if text.strip()]


def hwu64(path: Path, _: int, tell: Callable[[str], None]) -> list[Row]:
    """Return the share of requests that each method records."""
    requests = read_requests(path)
    rows = []
    for method, (role, reader) in methods().items():
        tell(method)
        share = sum(lesson is not None for lesson in reader(requests)) / len(requests)
        rows.append(
            Row("hwu64", method, role, "recorded_for_nothing", share, *wilson(share, len(requests)), len(requests))
        )
    return rows
