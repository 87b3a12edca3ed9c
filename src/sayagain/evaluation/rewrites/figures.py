"""Figures of a table of rewrites over a judged period: counts by person, metrics, intervals, and the curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.rewrites.verdicts import Flags, Period
from sayagain.evaluation.statistics import RESAMPLES

Reals = npt.NDArray[np.float64]

WIN_LOSS_LEVELS = (8.5, 20.0)
"""Levels of win/loss at which methods are compared by coverage: the published reference and our bar."""

_CHUNK = 50
"""Resamples drawn at a time: bounds the memory of the bootstrap over tens of thousands of people."""

COUNTS = (
    "wins",
    "losses",
    "ties",
    "rewritten",
    "served",
    "defects",
    "fine",
    "covered",
    "oracle_recurrent",
    "shared_recurrent",
)
"""What is counted for each person: turns won, lost, rewritten without change, rewritten, rewritten and then right;
defective turns, fine turns, defective turns rewritten; recurrent turns that the oracle wins, and the method too."""

REWRITE_METRICS: Mapping[str, Callable[[Mapping[str, Reals]], Reals]] = {
    "win_loss": lambda n: win_loss(n["wins"], n["losses"]),
    "wins": lambda n: n["wins"],
    "losses": lambda n: n["losses"],
    "ties": lambda n: n["ties"],
    "coverage": lambda n: _share(n["covered"], n["defects"]),
    "fixed": lambda n: _share(n["wins"], n["defects"]),
    "recurrent_fixed": lambda n: _share(n["shared_recurrent"], n["oracle_recurrent"]),
    "harm": lambda n: _share(n["losses"], n["fine"]),
    "precision": lambda n: _share(n["served"], n["rewritten"]),
}
"""The metrics, from sums of COUNTS. coverage: share of the defective turns that got a rewrite; fixed: share of them
that were won; harm: losses among the turns that would have worked; precision: share of rewritten turns then right."""


def win_loss(wins: Reals, losses: Reals) -> Reals:
    """Return (wins + ½) / (losses + ½)."""
    return (wins + 0.5) / (losses + 0.5)


def _share(part: Reals, whole: Reals) -> Reals:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


@dataclass(frozen=True)
class Verdict:
    """The effect of one table on each case of a period: whether it is rewritten, and whether it is then served."""

    rewritten: Flags
    served: Flags


def counted(period: Period, verdict: Verdict, best: Verdict) -> Reals:
    """Return COUNTS of each person: (people, counts); ``best`` is the oracle's verdict."""
    rewritten, served = verdict.rewritten[period.case], verdict.served[period.case]
    wrong = period.defect
    wins, losses = rewritten & served & wrong, rewritten & ~served & ~wrong
    ceiling = best.served[period.case] & wrong & period.recurrent[period.case]
    flags = {
        "wins": wins,
        "losses": losses,
        "ties": rewritten & ~wins & ~losses,
        "rewritten": rewritten,
        "served": rewritten & served,
        "defects": wrong,
        "fine": ~wrong,
        "covered": rewritten & wrong,
        "oracle_recurrent": ceiling,
        "shared_recurrent": ceiling & wins,
    }
    people = int(period.person.max()) + 1
    return np.stack([np.bincount(period.person, flags[name], minlength=people) for name in COUNTS], axis=1)


def rows(set_name: str, method: str, role: Role, counts: Reals, seed: int) -> list[Row]:
    """Return every metric with its 95 % interval by bootstrap over people; plain counts have no interval."""
    value = _metrics(counts.sum(axis=0, keepdims=True))
    spread = _metrics(_resampled(counts, seed))
    n = int(counts[:, COUNTS.index("defects")].sum() + counts[:, COUNTS.index("fine")].sum())
    found = []
    for name in REWRITE_METRICS:
        if np.isnan(value[name][0]):
            continue
        low, high = np.nanpercentile(spread[name], [2.5, 97.5])
        interval = {} if name in COUNTS else {"low": float(low), "high": float(high)}
        found.append(Row(set_name, method, role, name, float(value[name][0]), **interval, n=n))
    return found


def _metrics(counts: Reals) -> dict[str, Reals]:
    named = {name: counts[:, i] for i, name in enumerate(COUNTS)}
    return {name: metric(named) for name, metric in REWRITE_METRICS.items()}


def _resampled(counts: Reals, seed: int) -> Reals:
    """Return the summed counts of RESAMPLES draws of as many people, with replacement."""
    rng = np.random.default_rng(seed)
    people = len(counts)
    even = np.full(people, 1 / people)
    return np.concatenate([rng.multinomial(people, even, _CHUNK) @ counts for _ in range(RESAMPLES // _CHUNK)])


@dataclass(frozen=True)
class Curve:
    """Coverage, share fixed and win/loss of one method as its score threshold falls; one point a distinct score."""

    threshold: Reals
    coverage: Reals
    fixed: Reals
    win_loss: Reals
    net: Reals
    """Wins minus losses."""

    @classmethod
    def of(cls, period: Period, verdict: Verdict, scores: Mapping[str, float]) -> Curve:
        """Trace the curve of a table whose rows have ``scores`` (by source)."""
        right, wrong = period.turns()
        score = np.array([scores.get(state, -np.inf) for state in period.states])
        order = np.argsort(-score, kind="stable")
        order = order[verdict.rewritten[order]]
        wins = np.cumsum((verdict.served * wrong)[order])
        losses = np.cumsum((~verdict.served * right)[order])
        covered = np.cumsum(wrong[order])
        last = np.flatnonzero(np.diff(score[order], append=np.nan) != 0)
        defects = max(int(period.defect.sum()), 1)
        return cls(
            score[order][last],
            covered[last] / defects,
            wins[last] / defects,
            win_loss(wins[last].astype(float), losses[last].astype(float)),
            (wins - losses)[last].astype(float),
        )

    def reached(self, level: float) -> tuple[float, float]:
        """Return the highest coverage, and the highest share fixed, at a win/loss of ``level`` or better."""
        enough = self.win_loss >= level
        return float(self.coverage[enough].max(initial=0)), float(self.fixed[enough].max(initial=0))

    def best_threshold(self) -> float:
        """Return the threshold with the most wins net of losses; infinity where none gains anything."""
        if not len(self.net) or self.net.max() <= 0:
            return float("inf")
        return float(self.threshold[int(np.argmax(self.net))])


def level_rows(set_name: str, method: str, role: Role, curve: Curve, n: int) -> list[Row]:
    """Return the coverage and the share fixed that a method reaches at each level of win/loss."""
    found = []
    for level in WIN_LOSS_LEVELS:
        coverage, fixed = curve.reached(level)
        found.append(Row(set_name, method, role, f"coverage_at_win_loss_{level:g}", coverage, n=n))
        found.append(Row(set_name, method, role, f"fixed_at_win_loss_{level:g}", fixed, n=n))
    return found
