"""Set ``pairs``: planted pairs in the stages of the layer. Simulated: outcomes are coins whose sides are known.

Bad rewrites lower success from 0.6 to 0.3; equal ones change nothing, and good ones raise it from 0.3 to 0.6. Of all
verdicts 15 % are wrong, at random. Uses go the way of the layer: the stage is asked, a hash draws, what came of it is
counted; the pairs of a run share one state. Baseline: the z-test of both means at every use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import erfc, inf, sqrt

import numpy as np

from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import bootstrap, wilson
from sayagain.experiments.stages import SHARES, is_made
from sayagain.experiments.trial import Use
from sayagain.online.drawn import Outcome
from sayagain.online.standing import Standings
from sayagain.schema.rewrite import Status
from sayagain.state.lifecycle import Lifecycle

SET = "pairs"
WRONG = 0.15
"""Share of verdicts that are wrong."""
USES = 2_000
LEAST_USES = 10
"""Of each kind, before the z-test says anything."""


@dataclass(frozen=True)
class Kind:
    """Pairs of one kind: how often a request goes well, rewritten and left alone."""

    rewritten: float
    alone: float


BAD, EQUAL, GOOD = Kind(0.3, 0.6), Kind(0.6, 0.6), Kind(0.6, 0.3)


def pairs(seed: int, runs: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Return after how many uses bad pairs are withdrawn, and how many of the others are."""
    rows: list[Row] = []
    for name, begins in (("half", Status.CANARY), ("nine_in_ten", Status.LIVE)):
        for method, role, judge in _methods(begins):
            stage(f"{method}, bad pairs at {name.replace('_', ' ')}")
            ends = np.array([judge(BAD, f"{seed}/bad/{run}") for run in range(runs)])
            rows.append(_median(method, role, f"withdrawn_after_{name}", ends, seed))
            for of, kind in (("equal", EQUAL), ("good", GOOD)):
                stage(f"{method}, {of} pairs at {name.replace('_', ' ')}")
                wrongly = [judge(kind, f"{seed}/{of}/{run}") < inf for run in range(runs)]
                rows.append(_share(method, role, f"{of}_withdrawn_{name}", wrongly))
    return rows


Judge = Callable[[Kind, str], float]
"""Kind of a pair and its name → uses until it was withdrawn; infinite where it was not."""


def _methods(begins: Status) -> list[tuple[str, Role, Judge]]:
    standings = Standings(Lifecycle("sqlite://"))
    standings.load(household=False, first=begins)
    return [
        (OURS, "ours", lambda kind, name: _staged(kind, name, standings)),
        ("z_test", "baseline", lambda kind, name: _z_test(kind, name, SHARES[begins])),
    ]


def _verdicts(kind: Kind, name: str) -> Iterator[tuple[str, float, float]]:
    """Yield the unit of each use, and its verdict if it is rewritten, and if it is left alone."""
    rng = np.random.default_rng(list(name.encode()))
    good = rng.random((USES, 2)) < [kind.rewritten, kind.alone]
    verdicts = (good != (rng.random((USES, 2)) < WRONG)).astype(float)
    for use in range(USES):
        yield f"{name}/{use}", *verdicts[use].tolist()


def _staged(kind: Kind, name: str, standings: Standings) -> float:
    """Use a pair as the layer does."""
    for use, (unit, rewritten, alone) in enumerate(_verdicts(kind, name), 1):
        share = SHARES[standings.stage(name, "target")]
        made, _ = is_made(unit, share)
        standings.came(Outcome(name, "target", unit, Use(made, share, rewritten if made else alone)))
        if standings.stopped(name, ["target"]):
            return use
    return inf


def _z_test(kind: Kind, name: str, share: float) -> float:
    """Withdraw a pair at the first use at which a one-sided z-test of both means says so at 5 %."""
    uses, good = np.zeros(2), np.zeros(2)
    for use, (unit, rewritten, alone) in enumerate(_verdicts(kind, name), 1):
        made, _ = is_made(unit, share)
        uses[int(made)] += 1
        good[int(made)] += rewritten if made else alone
        if uses.min() < LEAST_USES:
            continue
        means, pooled = good / uses, good.sum() / uses.sum()
        error = sqrt(max(pooled * (1 - pooled), 1e-9) * float((1 / uses).sum()))
        if erfc(float(means[0] - means[1]) / error / sqrt(2)) / 2 < 0.05:
            return use
    return inf


def _median(method: str, role: Role, metric: str, ends: np.ndarray, seed: int) -> Row:
    low, high = bootstrap(lambda rows: float(np.median(ends[rows])), np.arange(len(ends)).astype(str), seed)
    return Row(SET, method, role, metric, float(np.median(ends)), low, high, len(ends))


def _share(method: str, role: Role, metric: str, hits: Sequence[bool]) -> Row:
    value = sum(hits) / len(hits)
    return Row(SET, method, role, metric, value, *wilson(value, len(hits)), len(hits))
