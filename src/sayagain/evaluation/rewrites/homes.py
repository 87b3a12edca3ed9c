"""Precomputed rewrites in simulated homes: what the same people live next, without and with each table of them.

Real recognition, simulated people. As many homes as make about the turns asked for live for eight weeks, and every
variant learns from their log. The first of these homes then go on living, once without a layer and once with each
table and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.evaluation.online.homes import LEARNING_WEEKS, Arm, figures, simulated_weeks
from sayagain.evaluation.report import OURS, Row
from sayagain.evaluation.rewrites.evaluate import Learner, sayagain
from sayagain.schema import LayerAction, Turn
from sayagain.text.normalise import form_of

JUDGED_WEEKS = 4
JUDGED_HOMES = 40
"""Homes that go on living, at most: of a large log a few of the people who made it are enough to judge it by."""

TURNS_A_HOME = 1_300
"""Turns that a home makes in the weeks that are learned from, on average."""


@dataclass(frozen=True)
class Table:
    """A layer that rewrites what is in a table, and nothing else."""

    targets: dict[str, str]
    """By the normal form of the source."""

    @classmethod
    def of(cls, table: pa.Table) -> Table:
        """Return the layer of a table with source and target."""
        return cls(dict(zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True)))

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return the rewrite of a request, if it has one."""
        target = self.targets.get(form_of(request.text))
        return None if target is None else LayerAction(rewrite=target, propensity=1.0)

    def observe(self, turn: Turn) -> None:
        """Take nothing in."""


def evaluate(
    turns: int, seed: int, stage: Callable[[str], None] = lambda _: None, learner: Learner = sayagain
) -> list[Row]:
    """Learn from eight weeks of homes, and judge on the next four of the same people.

    Args:
        turns: about so many are learned from, by whole homes.
        seed: of homes, people and resampling.
        stage: is told the name of each stage as it begins.
        learner: of the tables to judge; every variant of ours by default.
    """
    homes = max(1, round(turns / TURNS_A_HOME))
    judged = min(homes, JUDGED_HOMES)
    means = Means(Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding())
    with TemporaryDirectory() as folder:
        stage(f"{homes} homes live")
        write(live(means, homes, LEARNING_WEEKS, seed), Path(folder))
        stage("learning")
        tables = learner(Path(folder) / "log")
    stage("homes go on without a layer")
    without = simulated_weeks(means, judged, JUDGED_WEEKS, seed, LEARNING_WEEKS)
    rows: list[Row] = []
    for name, table in tables.items():
        stage(f"homes go on with {name}")
        with_table = replace(means, layer=Table.of(table))
        arm = Arm(without, simulated_weeks(with_table, judged, JUDGED_WEEKS, seed, LEARNING_WEEKS))
        rows += figures(name, "ours" if name == OURS else "ablation", arm, seed)
    return rows
