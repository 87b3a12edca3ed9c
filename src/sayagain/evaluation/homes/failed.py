"""Failed turns to look at: what was said, heard, done and wanted. Evaluation side: reads truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
from rich.table import Table

from sayagain.assistant.write import opened
from sayagain.log import truth as truth_table


@dataclass(frozen=True, slots=True)
class Failed:
    """One failed turn, as the truth and the log have it."""

    point: str
    said: str
    heard: str
    done: str
    wanted: str
    response: str
    condition: str


def failed(directory: Path, most: int, seed: int) -> list[Failed]:
    """Return failed turns of a simulation (``log`` and ``truth``), at most so many, drawn at random by ``seed``.

    Raises:
        LogError: it is no simulation.
    """
    turns = opened(directory).turns(ibis.duckdb.connect())
    rows = turns.select("turn", "text", "action", "response").order_by("turn").to_pyarrow().to_pylist()
    known = {row["turn"]: row for row in truth_table.read(directory / "log").to_pylist() if row["defect"]}
    found = [
        Failed(
            truth["failure_point"],
            truth["said"],
            row["text"],
            row["action"] or "",
            truth["meaning"],
            row["response"] or "",
            truth["condition"] or "",
        )
        for row in rows
        if (truth := known.get(row["turn"])) is not None
    ]
    order = np.random.default_rng(seed).permutation(len(found))[:most]
    return [found[place] for place in order]


def table(turns: list[Failed]) -> Table:
    """Return failed turns for rich to print, a row each."""
    printed = Table(title="failed turns (simulated homes, real recognition)", title_justify="left")
    headings = ("failed at", "said", "heard", "done", "wanted", "answered", "sound")
    for heading in headings:
        printed.add_column(heading, overflow="fold", ratio=None if heading == "failed at" else 1)
    for one in turns:
        printed.add_row(one.point, one.said, one.heard, one.done, one.wanted, one.response, one.condition)
    return printed
