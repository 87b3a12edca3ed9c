"""The same simulated days without and with a layer: what it turned right, and what wrong. Evaluation side: reads truth.

Turns are paired by their id (the same attempt at the same goal) and only where the same words were said: the days
drift apart where people, once served, do other things next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from sayagain.assistant.write import opened
from sayagain.errors import LogError
from sayagain.log import truth as truth_table
from sayagain.text.normalise import normalise

LEAST_SHARED = 0.7
"""Share of the turns of the larger arm that are in both: what a layer mends changes what people do next, but not most
of it. Arms of other weeks or homes share less."""


SOURCES = {
    "precomputed": "learned for everyone",
    "personal": "this person's own phrase",
    "everyone": "what people say here",
    "catalogue": "a name that is known here",
    "taught": "taught by this person",
}
"""Kinds of sources of a rewrite, in words."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One turn in both arms."""

    turn: str
    said: str
    heard: str
    rewrite: str | None
    """What the layer put in place of what was heard."""
    source: str
    """Where the layer had it from, in words."""
    before: str
    """The response without the layer."""
    after: str
    won: bool
    """Whether the goal was met only with the layer."""
    lost: bool
    """Whether it was met only without."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the two simulations."""

    turns: int
    said_again: int
    """Turns that say an earlier one again."""
    defects: int
    """Turns whose goal was not met, although the assistant serves such goals."""

    @property
    def defect_rate(self) -> float:
        """Return the share of turns whose goal was not met."""
        return _share(self.defects, self.turns)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both arms."""

    pairs: tuple[Pair, ...]
    """The turns that the layer rewrote, in the order of time."""
    without: Arm
    with_layer: Arm

    @property
    def figures(self) -> dict[str, float]:
        """Return wins, losses, ties, (wins + ½) / (losses + ½), how often it was said again, and what was cut of the
        defects."""
        wins, losses = sum(one.won for one in self.pairs), sum(one.lost for one in self.pairs)
        without, with_layer = self.without.defect_rate, self.with_layer.defect_rate
        return {
            "wins": wins,
            "losses": losses,
            "ties": len(self.pairs) - wins - losses,
            "win_loss": (wins + 0.5) / (losses + 0.5),
            "turns_without": self.without.turns,
            "turns_with": self.with_layer.turns,
            "said_again_without": self.without.said_again,
            "said_again_with": self.with_layer.said_again,
            "defect_rate_without": without,
            "defect_rate_with": with_layer,
            "defect_cut": 1 - with_layer / without if without else 0.0,
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
    return Comparison(tuple(pairs), _counted(knew), _counted(known))


def told(found: Comparison, most: int) -> Iterator[str]:
    """Tell how often people had to say it again, what was mended (at most ``most`` examples, what was misheard first).

    The figures are for the end: :func:`tally`.
    """
    old = found.without
    yield f"Without the layer {old.said_again:,} of {old.turns:,} requests were said again."
    won = {one.heard: one for one in found.pairs if one.won}
    examples = sorted(won.values(), key=lambda one: normalise(one.heard) == normalise(one.said))[:most]
    if examples:
        yield "With it (real recordings, simulated people):"
    for one in examples:
        yield f'  said "{one.said}", heard as "{one.heard}"'
        yield f'    before: "{one.before}"'
        yield f'    after:  worked on "{one.rewrite}" ({one.source}): "{one.after}"'


def tally(found: Comparison) -> Iterator[str]:
    """Tell wins and losses, and how often requests went wrong and were said again in both arms."""
    old, new = found.without, found.with_layer
    rewrote, wins, losses, ties = len(found.pairs), *(found.figures[name] for name in ("wins", "losses", "ties"))
    yield f"It rewrote {rewrote:,}: {wins:,} failed and now work, {losses:,} worked and now fail, {ties:,} as before."
    for what, counts in (
        ("Went wrong", (old.defects, new.defects)),
        ("Were said again", (old.said_again, new.said_again)),
    ):
        before, after = _share(counts[0], old.turns), _share(counts[1], new.turns)
        yield f"{what}: {before:.1%} of requests without, {after:.1%} with the layer."


def _arm(directory: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    turns = opened(directory).turns(ibis.duckdb.connect())
    rows = turns.select(
        "turn", "time", "text", "response", rewrite=turns.layer.rewrite, source=turns.layer.source
    ).order_by("time", "turn")
    truths = truth_table.read(directory / "log").to_pylist()
    return {row["turn"]: row for row in rows.to_pyarrow().to_pylist()}, {row["turn"]: row for row in truths}


def _pair(new: dict[str, Any], old: dict[str, Any], known: dict[str, Any], knew: dict[str, Any]) -> Pair:
    return Pair(
        turn=new["turn"],
        said=known["said"],
        heard=new["text"],
        rewrite=new["rewrite"],
        source=SOURCES.get((new["source"] or "").partition(" ")[0], "the layer"),
        before=old["response"] or "",
        after=new["response"] or "",
        won=bool(known["met"] and not knew["met"]),
        lost=bool(knew["met"] and not known["met"]),
    )


def _counted(truths: dict[str, dict[str, Any]]) -> Arm:
    rows = truths.values()
    said_again = sum(row.get("rephrases") is not None for row in rows)
    return Arm(len(truths), said_again, sum(bool(row["defect"]) for row in rows))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
