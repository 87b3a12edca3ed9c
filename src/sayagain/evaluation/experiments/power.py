"""How often the planned number of units is enough, beside a fixed-horizon test that is read once, at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sayagain.evaluation.experiments.beside import Hits, normal_mixture, z_test_once
from sayagain.evaluation.experiments.ours import RUNS_AT_ONCE, Intervals, portions, says, sequence, share
from sayagain.evaluation.experiments.traffic import RARE_LOGIT, Case, Observed, traffic
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import RESAMPLES
from sayagain.experiments.confidence_sequence import EARLY, OTHER_BETS

CASES: Mapping[str, Case] = {
    "2_points": Case(effect=0.02),
    "3_points": Case(effect=0.03),
    "5_points": Case(effect=0.05),
    "10_points": Case(effect=0.1),
    "5_points_share_10": Case(share=0.1, effect=0.05),
    "3_points_rare": Case(effect=0.03, logit=RARE_LOGIT),
}
FOUND_Z = 1.959964 + 0.841621
"""Standard errors that an effect is away from 0 where a two-sided test at 5 % finds it in 80 of 100 experiments."""
BEFORE = 8_000
"""Requests of a run before the experiment, from which it is planned."""


def planned_units(seed: int, case: Case) -> int:
    """Return the units with which a z-test has a power of 0.8, from the failure rate of traffic without experiment."""
    draw = np.random.default_rng([seed, 99])
    rate = traffic(draw, Case(logit=case.logit), RUNS_AT_ONCE, BEFORE, BEFORE).observed.outcomes.mean()
    failing = rate + case.effect
    variance = failing * (1 - failing) / case.share + rate * (1 - rate) / (1 - case.share)
    return int(np.ceil(variance * (FOUND_Z / case.effect) ** 2))


def power(seed: int, runs: int, method: Intervals) -> Iterator[Row]:
    """Yield ``power_…`` of each method, and ``kept_…``, its power as a share of the fixed-horizon test's."""
    methods: dict[str, tuple[Role, Callable[[Observed], Hits]]] = {
        "fixed_horizon": ("baseline", z_test_once),
        "normal_mixture": ("baseline", lambda runs: says(normal_mixture(runs))),
        OURS: ("ours", lambda runs: says(method(runs))),
        "even_stakes": ("ablation", lambda runs: says(sequence(runs, planned_stake=1 / (1 + OTHER_BETS.size)))),
        "tightest_at_plan": ("ablation", lambda runs: says(sequence(runs, plan_by=1 / EARLY))),
        "plan_4_times_as_far": ("ablation", lambda runs: says(sequence(runs, plan_by=4.0))),
    }
    for number, (name, case) in enumerate(CASES.items()):
        units = planned_units(seed, case)
        draw = np.random.default_rng([seed, 100 + number])
        hits: dict[str, list[Hits]] = {each: [] for each in methods}
        for size in portions(runs):
            observed = traffic(draw, case, size, units, units).observed
            for each, (_, decides) in methods.items():
                hits[each].append(np.asarray(decides(observed).any(axis=1)))
        found = {each: np.concatenate(of) for each, of in hits.items()}
        for each, (role, _) in methods.items():
            yield share("power", each, role, f"power_{name}", int(found[each].sum()), runs)
            if each != "fixed_horizon":
                kept = _kept(found[each], found["fixed_horizon"], seed)
                yield Row("statistics: power", each, role, f"kept_{name}", *kept, n=runs)


def _kept(hits: Hits, of: Hits, seed: int) -> tuple[float, float, float]:
    """Return how often one hits by how often the other does, with its bootstrap interval over the runs."""
    cells = np.array([(hits & of).sum(), (hits & ~of).sum(), (~hits & of).sum(), (~hits & ~of).sum()])
    drawn = np.random.default_rng(seed).multinomial(hits.size, cells / hits.size, size=RESAMPLES)
    ratios = (drawn[:, 0] + drawn[:, 1]) / np.maximum(drawn[:, 0] + drawn[:, 2], 1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(hits.sum() / max(of.sum(), 1)), float(low), float(high)
