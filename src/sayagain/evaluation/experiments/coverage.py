"""Whether the intervals of all hours hold the truth, and how often equal arms raise an alarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sayagain.evaluation.experiments.beside import normal_mixture, z_test
from sayagain.evaluation.experiments.ours import Intervals, portions, says, share
from sayagain.evaluation.experiments.traffic import Case, Floats, Traffic, traffic
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.experiments.confidence_sequence import PILOT

UNITS = 8_000
"""Requests of a run: twelve an hour."""
PLANNED = 4_000
"""Requests after which a decision was planned: people go on looking, and a promise must hold then, too."""

CASES: Mapping[str, Case] = {
    "equal": Case(),
    "equal_share_10": Case(share=0.1),
    "equal_score": Case(kind="score"),
    "5_points": Case(effect=0.05),
    "5_points_share_10": Case(share=0.1, effect=0.05),
    "20_points_score": Case(effect=0.2, kind="score"),
    "10_points_fading": Case(effect=0.1, fades=True),
}


def coverage(seed: int, runs: int, method: Intervals) -> Iterator[Row]:
    """Yield ``alarms_…`` of the cases without effect, and ``coverage_…`` of all."""
    roles: dict[str, Role] = {OURS: "ours", "normal_mixture": "baseline", "z_test": "baseline"}
    methods = {OURS: (method, PILOT), "normal_mixture": (normal_mixture, 0)}
    for number, (name, case) in enumerate(CASES.items()):
        draw = np.random.default_rng([seed, number])
        held, alarms = dict.fromkeys(methods, 0), dict.fromkeys(roles, 0)
        for size in portions(runs):
            made = traffic(draw, case, size, UNITS, PLANNED)
            alarms["z_test"] += int(z_test(made.observed).any(axis=1).sum())
            for each, (intervals, pilot) in methods.items():
                low, high = intervals(made.observed)
                truth = _truth(made, pilot)
                held[each] += int(((low <= truth) & (truth <= high)).all(axis=1).sum())
                alarms[each] += int(says((low, high)).any(axis=1).sum())
        if case.effect == 0:
            yield from (share("alarms", each, roles[each], f"alarms_{name}", alarms[each], runs) for each in alarms)
        yield from (share("coverage", each, roles[each], f"coverage_{name}", held[each], runs) for each in held)


def _truth(runs: Traffic, pilot: int) -> Floats:
    """Return the mean effect on the units drawn so far, without the pilot, at each hour."""
    sums = np.pad(np.cumsum(runs.effects[:, pilot:], axis=1), ((0, 0), (1, 0)))
    ends = np.maximum(runs.observed.ends - pilot, 0)
    return np.asarray(np.take_along_axis(sums, ends, axis=1) / np.maximum(ends, 1))
