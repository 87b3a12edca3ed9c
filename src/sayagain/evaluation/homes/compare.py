"""The same simulated days without and with a layer: what it turned right, and what wrong. Evaluation side: reads truth.

Turns are paired by their id (the same attempt at the same goal) and only where the same words were said: the days
drift apart where people, once served, do other things next.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
from rich.table import Table

from sayagain.assistant.write import opened
from sayagain.errors import LogError
from sayagain.log import truth as truth_table
from sayagain.text.normalise import normalise

LEAST_SHARED = 0.7
"""Share of the turns of the larger arm that are in both: what a layer mends changes what people do next, but not most
of it. Arms of other weeks or homes share less."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One turn in both arms."""

    turn: str
    said: str
    heard: str
    rewrite: str | None
    """What the layer put in place of what was heard."""
    before: str
    """The response without the layer."""
    after: str
    won: bool
    """Whether the goal was met only with the layer."""
    lost: bool
    """Whether it was met only without."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both arms."""

    pairs: tuple[Pair, ...]
    """The turns that the layer rewrote, in the order of time."""
    without: float
    """Defect rate of the arm without a layer, over all its turns."""
    with_layer: float

    @property
    def figures(self) -> dict[str, float]:
        """Return wins, losses, ties and what was cut of the defects."""
        wins, losses = sum(one.won for one in self.pairs), sum(one.lost for one in self.pairs)
        return {
            "wins": wins,
            "losses": losses,
            "ties": len(self.pairs) - wins - losses,
            "win_loss": (wins + 0.5) / (losses + 0.5),
            "defect_rate_without": self.without,
            "defect_rate_with": self.with_layer,
            "defect_cut": 1 - self.with_layer / self.without if self.without else 0.0,
        }


def compare(without: Path, with_layer: Path) -> Comparison:
    """Pair the turns of two simulations with one seed (each a directory with ``log`` and ``truth``).

    Raises:
        LogError: one of them is no simulation, or they are not the same days.
    """
    (old, knew), (new, known) = _arm(without), _arm(with_layer)
    if len(old.keys() & new.keys()) < LEAST_SHARED * max(len(old), len(new)):
        raise LogError(
            f"{without} and {with_layer} are not the same days",
            "Simulate both with the same --homes, --weeks, --after and --seed",
        )
    pairs = [
        _pair(new[turn], old[turn], known[turn], knew[turn])
        for turn in new
        if turn in old and new[turn]["rewrite"] and known[turn]["said"] == knew[turn]["said"]
    ]
    return Comparison(tuple(pairs), _rate(knew), _rate(known))


def table(comparison: Comparison, most: int) -> Table:
    """Return wins as a table: one row for each thing heard, at most ``most``, what was misheard first."""
    shown = Table(box=None, title="the same request heard again, before and after (simulated home, real recordings)")
    for heading in ("said", "heard", "before", "worked on", "after"):
        shown.add_column(heading, overflow="fold", ratio=1)
    wins = {one.heard: one for one in comparison.pairs if one.won}
    for one in sorted(wins.values(), key=lambda one: normalise(one.heard) == normalise(one.said))[:most]:
        shown.add_row(one.said, one.heard, one.before, one.rewrite or "", one.after)
    return shown


def _arm(directory: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    turns = opened(directory).turns(ibis.duckdb.connect())
    rows = turns.select("turn", "time", "text", "response", rewrite=turns.layer.rewrite).order_by("time", "turn")
    truths = truth_table.read(directory / "log").to_pylist()
    return {row["turn"]: row for row in rows.to_pyarrow().to_pylist()}, {row["turn"]: row for row in truths}


def _pair(new: dict[str, Any], old: dict[str, Any], known: dict[str, Any], knew: dict[str, Any]) -> Pair:
    return Pair(
        turn=new["turn"],
        said=known["said"],
        heard=new["text"],
        rewrite=new["rewrite"],
        before=old["response"] or "",
        after=new["response"] or "",
        won=bool(known["met"] and not knew["met"]),
        lost=bool(knew["met"] and not known["met"]),
    )


def _rate(truths: dict[str, dict[str, Any]]) -> float:
    return sum(bool(row["defect"]) for row in truths.values()) / len(truths) if truths else 0.0
