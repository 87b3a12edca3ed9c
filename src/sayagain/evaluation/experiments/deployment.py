"""Simulated homes that live on with the rewrites that are learned from their own log, week after week.

Only the table of rewrites is learned and published, beside one state database all along: it is what is drawn, tried and
withdrawn. The ranker is the shipped one, and each person's profile is kept as anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from sayagain.assistant.simulate import Life
from sayagain.bundle.bundle import publish
from sayagain.bundle.manifest import Figures
from sayagain.experiments.stages import first_stage
from sayagain.learning.carried import in_use
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.log_tables import LogTables
from sayagain.learning.mining import mine
from sayagain.learning.settings import Settings
from sayagain.learning.stages import Run, count
from sayagain.log.retention import retain
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.schema.truth import Truth
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle

SETTINGS = Settings(spans=False)
"""The pairwise scorer links: reading with the span model takes a minute, and there are thirty logs to read."""

Seen = Callable[[Turn], Turn | None]
"""What comes into the log of a turn; None where nothing does."""

Lived = list[tuple[Turn, Truth]]


@dataclass
class Uses:
    """What became of the uses of a pair, in turns."""

    won: int = 0
    lost: int = 0
    tied: int = 0


@dataclass
class Deployment:
    """Homes, their log, and what was learned from it."""

    folder: Path
    lives: Sequence[Life]
    seen: Seen
    carries: bool
    """Whether what is in use goes on though the log does not propose it."""
    kept_weeks: int | None = None
    """Weeks of its log that it keeps; None where the log only grows."""
    planted: Sequence[Rewrite] = ()
    """Pairs that are put into every bundle, as if they had been learned each time."""
    learned: list[Rewrite] = field(default_factory=list)
    """What the last bundle proposes besides."""
    uses: dict[str, Uses] = field(default_factory=dict)
    """By the identifier of the pair."""

    @property
    def bundle(self) -> Path:
        """Where what is learned is published; the state database lies beside it."""
        return self.folder / "bundle"

    def live(self, days: int, layer: Layer | None) -> Lived:
        """Let all homes live on for some days, and what is seen of it come into the log; return their turns."""
        lived = [row for life in self.lives for row in life.on(days, layer)]
        rows = [seen.to_row() for turn, _ in lived if (seen := self.seen(turn)) is not None]
        Log.create(self.folder / "log").append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
        return lived

    def learn(self, now: datetime) -> None:
        """Learn from what is left of the log at a moment, and publish it."""
        log = Log.open(self.folder / "log")
        if self.kept_weeks is not None:
            retain(log, 7 * self.kept_weeks, now)
        work = Checkpoint(self.folder / "work", now.isoformat())
        counts = count(Run(LogTables(log, work.spill, SETTINGS), work))
        lifecycle, planted = Lifecycle(beside(self.bundle)), {each.id for each in self.planted}
        used = [each for each in in_use(self.bundle, lifecycle) if self.carries and each.id not in planted]
        self.learned = [each for each in mine(counts, SETTINGS, used)[1] if each.refused is None]
        proposals = [*self.learned, *self.planted]
        publish(
            self.bundle,
            proposals,
            counts.signals,
            created=datetime.now(UTC),
            learned_from=counts.learned_from,
            settings=SETTINGS.recorded(),
            figures=Figures(),
            agree=lambda: lifecycle.receive(proposals, review=False, first=_first),
        )
        work.done()

    def stages(self) -> dict[str, Status]:
        """Return the stage of each pair that the last bundle proposes."""
        standings = Lifecycle(beside(self.bundle)).standings()
        return {each.id: standings[each.id].status for each in (*self.learned, *self.planted)}

    def judge(self, lived: Lived, without: Mapping[str, Truth]) -> None:
        """Count what became of the uses of each pair in turns that were lived without a layer, too."""
        for turn, truth in lived:
            pair, before = _pair(turn), without.get(turn.turn)
            if pair is None or before is None or before.said != truth.said:
                continue
            uses = self.uses.setdefault(pair, Uses())
            uses.won += bool(truth.met and not before.met)
            uses.lost += bool(before.met and not truth.met)
            uses.tied += bool(before.met) == bool(truth.met)


def _first(rewrite: Rewrite) -> Status:
    """Return the stage in which a pair begins: no backtest is made."""
    return first_stage(helps=None, reversible=rewrite.reversible)


def rewritten(turn: Turn) -> bool:
    """Return whether the layer rewrote a turn."""
    return turn.layer is not None and turn.layer.rewrite is not None


def _pair(turn: Turn) -> str | None:
    """Return the identifier of the precomputed rewrite that was made of a turn, if one was."""
    if turn.layer is None or turn.layer.rewrite is None:
        return None
    kind, _, identifier = (turn.layer.source or "").partition(" ")
    return identifier if kind == "precomputed" else None
