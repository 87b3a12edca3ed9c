"""Set ``gate``: versions whose gain is known, judged by drawn rewrites. Simulated: outcomes are coins with known sides.

Half of the pairs are on trial (half of their uses are rewritten), and their requests mostly go well by themselves; the
other half is live (nine in ten), and theirs mostly fail. So what is left alone goes better than what is rewritten, even
where rewriting changes nothing. Of all verdicts 15 % are wrong, at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import nan

import numpy as np

from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import wilson
from sayagain.experiments.confidence_sequence import Counts, Floats
from sayagain.experiments.off_policy import BETS, DrawnUnits, Scores, bounds, scores
from sayagain.rewrites.share_intervals import Z

SET = "gate"
WRONG = 0.15
"""Share of verdicts that are wrong."""
PAIRS = 20
SHARES = np.array([0.5, 0.9])
"""Of pairs on trial and of live ones: uses that are rewritten."""
LOOKS = 20
"""How often each run is looked at, evenly."""


@dataclass(frozen=True)
class Case:
    """A version that leaves alone what the version in use rewrites."""

    gain: float
    """By how much rewriting raises the share that goes well: what the version loses."""
    units: int = 800
    alone: tuple[float, float] = (0.75, 0.35)
    """Share of the requests of pairs on trial, and of live ones, that goes well left alone."""
    otherwise: float | None = None
    """Share that goes well of what it makes of every other pair, which was never tried; None: it only drops pairs."""


HARMLESS: Mapping[str, Case] = {
    "equal": Case(0.0),
    "worse": Case(0.05),
    "much_worse": Case(0.25),
    "worse_where_untried": Case(-0.25, otherwise=0.1),
}
"""None of these versions is better."""
BETTER: Mapping[str, Case] = {
    "200": Case(-0.3, 200),
    "400": Case(-0.3, 400),
    "800": Case(-0.3, 800),
    "1600_of_half": Case(-0.15, 1_600),
    "400_working": Case(-0.3, 400, alone=(0.95, 0.9)),
}
"""Units → versions that drop what lowers success by 30 points, or by 15."""

Judge = Callable[[DrawnUnits, Counts], tuple[Floats, Floats]]
"""Units and looks → lower and upper bounds of the gain, a look each; or of the last one alone."""


def gate(seed: int, runs: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Return how often versions are called better, those that are and those that are not, and whether bounds hold."""
    rows: list[Row] = []
    for number, (name, case) in enumerate([*HARMLESS.items(), *BETTER.items()]):
        stage(f"versions: {name.replace('_', ' ')}")
        draw = np.random.default_rng([seed, number])
        better, held = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0)
        for _ in range(runs):
            units, truth = _run(draw, case)
            ends = case.units * np.arange(1, LOOKS + 1) // LOOKS
            for method, (_role, judge) in METHODS.items():
                low, high = judge(units, ends)
                true = truth[ends - 1][-len(low) :]
                better[method] += bool((low > 0).any())
                held[method] += bool(((low <= true) & (true <= high)).all())
        said = "wrongly_better" if name in HARMLESS else "found"
        rows += _rows(f"{said}_{name}", better, runs)
        rows += _rows(f"coverage_{name}", held, runs)
    return rows


def _rows(metric: str, counts: Mapping[str, int], runs: int) -> Iterator[Row]:
    for method, count in counts.items():
        share = count / runs
        yield Row(SET, method, METHODS[method][0], metric, share, *wilson(share, runs), runs)


def _run(draw: np.random.Generator, case: Case) -> tuple[DrawnUnits, Floats]:
    """Return the units of a run, and the mean gain of the version on those so far, as verdicts tell it: (units,)."""
    pair = draw.integers(0, PAIRS, case.units)
    kind, p = pair % 2, SHARES[pair % 2]
    made = (draw.random(case.units) < p).astype(np.float64)
    well = np.array(case.alone)[kind]
    alone, rewritten = _as_judged(well), _as_judged(well + case.gain)
    outcomes = (draw.random(case.units) < np.where(made == 1, rewritten, alone)).astype(np.float64)
    wanted, meant = np.zeros(case.units), alone
    if case.otherwise is not None:
        other = pair % 4 >= 2
        wanted, meant = np.where(other, nan, wanted), np.where(other, _as_judged(np.array(case.otherwise)), meant)
    gains = meant - (p * rewritten + (1 - p) * alone)
    units = DrawnUnits([str(each) for each in pair], made, p, outcomes, wanted)
    return units, np.cumsum(gains) / np.arange(1, case.units + 1)


def _as_judged(well: Floats) -> Floats:
    """Return how often it is said that a request went well."""
    return np.asarray(WRONG + (1 - 2 * WRONG) * np.clip(well, 0, 1))


def _scored(scored: Scores = scores, bets: Floats = BETS) -> Judge:
    def judge(units: DrawnUnits, ends: Counts) -> tuple[Floats, Floats]:
        found = bounds(units, ends, scored, bets)
        return found.low, found.high

    return judge


def _untried_left_out(units: DrawnUnits) -> Floats:
    """Take what was not tried for neither gain nor loss."""
    return np.where(units.unsupported[units.differ], 0.0, scores(units))


def _means(units: DrawnUnits, ends: Counts) -> tuple[Floats, Floats]:
    """Compare what was left alone with what was rewritten, by a z-test of two means that is read once, at the end.

    The version is credited with the share of the uses that it would have left alone besides; what was not tried counts
    as left alone.
    """
    groups = [units.outcomes[units.made == each] for each in (0, 1)]
    difference = float(groups[0].mean() - groups[1].mean()) * float(units.made.mean())
    error = float(np.sqrt(sum(each.var() / len(each) for each in groups))) * float(units.made.mean())
    return np.array([difference - Z * error]), np.array([difference + Z * error])


METHODS: Mapping[str, tuple[Role, Judge]] = {
    OURS: ("ours", _scored()),
    "inverse_propensity": ("ablation", _scored(partial(scores, deepest=0.0))),
    "not_held": ("ablation", _scored(partial(scores, deepest=np.inf))),
    "half_expected": ("ablation", _scored(partial(scores, strength=1e9))),
    "half_bets": ("ablation", _scored(bets=BETS / 2)),
    "untried_left_out": ("ablation", _scored(_untried_left_out)),
    "means": ("baseline", _means),
}
