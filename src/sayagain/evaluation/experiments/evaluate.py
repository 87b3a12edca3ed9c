"""``sayagain evaluate experiments``: the sets, each of which says whether experiments keep one of their promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sayagain.evaluation.experiments.equal_arms import equal_arms
from sayagain.evaluation.experiments.gate import gate
from sayagain.evaluation.experiments.pairs import pairs
from sayagain.evaluation.experiments.rounds import rounds
from sayagain.evaluation.experiments.statistics import statistics
from sayagain.evaluation.report import Row

Stage = Callable[[str], None]
"""Is told what is being done."""


@dataclass(frozen=True)
class Scale:
    """How much is simulated; each set reads what concerns it."""

    seed: int = 1
    runs: int = 1_000
    """Simulated experiments of each case: a share of 0.05 is then known to 0.014."""
    homes: int = 16
    """Simulated homes."""
    weeks: int = 1
    """Weeks of each round that they live with what was learned."""


EXPERIMENT_SETS: Mapping[str, Callable[[Scale, Stage], list[Row]]] = {
    "statistics": lambda scale, stage: statistics(scale.seed, scale.runs, stage),
    "pairs": lambda scale, stage: pairs(scale.seed, scale.runs, stage),
    "homes": lambda scale, stage: equal_arms(scale.homes, scale.runs, scale.seed, stage),
    "rounds": lambda scale, stage: rounds(scale.homes, scale.weeks, scale.seed, stage),
    "gate": lambda scale, stage: gate(scale.seed, scale.runs, stage),
}
"""Name → the function that measures it."""

IN_HOMES = ("homes", "rounds")
"""Sets in which homes are simulated, which needs the extra ``assistant``."""


def evaluate(sets: Sequence[str], scale: Scale, stage: Stage = lambda _: None) -> list[Row]:
    """Measure some of ``EXPERIMENT_SETS``; return the rows of all."""
    return [row for name in sets for row in EXPERIMENT_SETS[name](scale, partial(_of_set, stage, name))]


def _of_set(stage: Stage, name: str, words: str) -> None:
    stage(f"{name}: {words}")
