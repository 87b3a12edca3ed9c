"""Set ``statistics``, simulated: false alarms under hourly looks, coverage, power, and the sample-ratio check.

What a method is told is what an experiment knows: outcomes, the arms' propensities, the looks and the planned number
of units. The truth stays with what counts. A method that says nothing covers all and never alarms, and has no power.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from sayagain.evaluation.experiments.beside import Hits, normal_mixture, ratio_test, z_test
from sayagain.evaluation.experiments.traffic import (
    HOURS,
    RARE_LOGIT,
    USUAL_LOGIT,
    Counts,
    Course,
    Floats,
    Kind,
    Traffic,
    traffic,
)
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import RESAMPLES, wilson
from sayagain.experiments.confidence_sequence import EARLY, LEVEL, OTHER_BETS, PILOT, PLANNED_STAKE, difference
from sayagain.experiments.sample_ratio import CONCENTRATION, log_evidence

Intervals = Callable[[Traffic, float, int], tuple[Floats, Floats]]
"""From traffic, the share of the arm and the planned units to lower and upper ends, each of shape (runs, hours)."""
Decides = Callable[[Traffic, float, int], Hits]
"""From the same to whether it says at each hour that the arms differ: shape (runs, hours)."""

UNITS = 8_000
"""Requests of a run where power is not the question: twelve an hour."""
POWER_CASES: Mapping[str, tuple[float, float, float]] = {
    "2_points": (0.5, 0.02, USUAL_LOGIT),
    "3_points": (0.5, 0.03, USUAL_LOGIT),
    "5_points": (0.5, 0.05, USUAL_LOGIT),
    "10_points": (0.5, 0.1, USUAL_LOGIT),
    "5_points_share_10": (0.1, 0.05, USUAL_LOGIT),
    "3_points_rare": (0.5, 0.03, RARE_LOGIT),
}
"""Name → share of the arm, effect, logit of the median person's failure rate."""
CASES: Mapping[str, tuple[float, float, Kind, Course]] = {
    "equal": (0.5, 0.0, "failure", "constant"),
    "equal_share_10": (0.1, 0.0, "failure", "constant"),
    "equal_score": (0.5, 0.0, "score", "constant"),
    "5_points": (0.5, 0.05, "failure", "constant"),
    "5_points_share_10": (0.1, 0.05, "failure", "constant"),
    "20_points_score": (0.5, 0.2, "score", "constant"),
    "10_points_fading": (0.5, 0.1, "failure", "fading"),
}
"""Name → share of the arm, effect, kind of outcome, course of the effect."""
USUAL_POWER_Z = 1.959964 + 0.841621
"""Standard errors that an effect is away from 0 where a two-sided test at 5 % finds it in 80 of 100 experiments."""
RUNS_AT_ONCE = 50
"""Runs that are in memory together: 50 MB."""
RATIO_CASES: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "alarms_50_50": ((0.5, 0.5), (0.5, 0.5)),
    "alarms_10_90": ((0.1, 0.9), (0.1, 0.9)),
    "alarms_50_30_20": ((0.5, 0.3, 0.2), (0.5, 0.3, 0.2)),
    "found_48_52": ((0.5, 0.5), (0.48, 0.52)),
}
"""Name → planned shares, shares that happen."""
RATIO_UNITS = 10_000
CONCENTRATIONS = (100.0, 10_000.0)
"""Ablations of the sample-ratio check: a belief that weighs a tenth, or ten times as much."""


def ours(runs: Traffic, share: float, horizon: int, planned_stake: float = PLANNED_STAKE) -> tuple[Floats, Floats]:
    """Return our confidence sequence at every hour."""
    found = difference(runs.outcomes, runs.weights(share), runs.ends, horizon, planned_stake)
    return found.low, found.high


def statistics(
    seed: int, runs: int, stage: Callable[[str], None] = lambda _: None, method: Intervals = ours
) -> list[Row]:
    """Measure a confidence sequence and our sample-ratio check.

    Rows: ``alarms_…``, share of the runs with equal arms in which an hour's look says that they differ;
    ``coverage_…``, share of the runs in which all hours' intervals hold the truth; ``power_…``, share of the runs in
    which the planned number of units, at which a fixed-horizon test finds eight of ten, was enough; ``kept_…``, that
    as a share of the fixed-horizon test's; of the sample ratio ``alarms_…``, ``found_…`` and ``units_to_find_…``.
    """
    stage("false alarms and coverage")
    rows = list(_covered(seed, runs, method))
    stage("power")
    rows += _powered(seed, runs, method)
    stage("sample ratio")
    return rows + list(_ratios(seed, runs))


def _decides(method: Intervals) -> Decides:
    def decides(runs: Traffic, share: float, horizon: int) -> Hits:
        low, high = method(runs, share, horizon)
        return (low > 0) | (high < 0)

    return decides


def _hourly(runs: Traffic, _share: float, _horizon: int) -> Hits:
    return z_test(runs)


def _once(runs: Traffic, _share: float, _horizon: int) -> Hits:
    return z_test(runs)[:, -1:]


def _chunks(runs: int) -> Iterator[int]:
    for begin in range(0, runs, RUNS_AT_ONCE):
        yield min(RUNS_AT_ONCE, runs - begin)


def _covered(seed: int, runs: int, method: Intervals) -> Iterator[Row]:
    """Yield coverage for every case, and alarms for those without effect."""
    sequences: dict[str, tuple[Role, Intervals, int]] = {
        OURS: ("ours", method, PILOT),
        "normal_mixture": ("baseline", normal_mixture, 0),
    }
    for number, (case, (share, effect, kind, course)) in enumerate(CASES.items()):
        draw = np.random.default_rng([seed, number])
        held = dict.fromkeys(sequences, 0)
        alarms = dict.fromkeys([*sequences, "z_test"], 0)
        for size in _chunks(runs):
            made = traffic(draw, size, UNITS, share, effect, kind, course)
            alarms["z_test"] += int(z_test(made).any(axis=1).sum())
            for name, (_, intervals, pilot) in sequences.items():
                low, high = intervals(made, share, UNITS)
                truth = _truth(made, pilot)
                held[name] += int(((low <= truth) & (truth <= high)).all(axis=1).sum())
                alarms[name] += int(((low > 0) | (high < 0)).any(axis=1).sum())
        roles: dict[str, Role] = {name: role for name, (role, _, _) in sequences.items()}
        if effect == 0:
            for name, count in alarms.items():
                yield _share("alarms", name, roles.get(name, "baseline"), f"alarms_{case}", count, runs)
        for name, count in held.items():
            yield _share("coverage", name, roles[name], f"coverage_{case}", count, runs)


def _truth(runs: Traffic, pilot: int) -> Floats:
    """Return the mean effect on the units drawn so far, without the pilot, at each hour."""
    sums = np.pad(np.cumsum(runs.effects[:, pilot:], axis=1), ((0, 0), (1, 0)))
    ends = np.maximum(runs.ends - pilot, 0)
    return np.asarray(np.take_along_axis(sums, ends, axis=1) / np.maximum(ends, 1))


def planned_units(seed: int, share: float, effect: float, logit: float) -> int:
    """Return the units with which a z-test has a power of 0.8, from the failure rate of traffic without experiment."""
    rate = traffic(np.random.default_rng([seed, 99]), RUNS_AT_ONCE, UNITS, share, 0.0, logit=logit).outcomes.mean()
    failing = rate + effect
    variance = failing * (1 - failing) / share + rate * (1 - rate) / (1 - share)
    return int(np.ceil(variance * (USUAL_POWER_Z / effect) ** 2))


def _powered(seed: int, runs: int, method: Intervals) -> Iterator[Row]:
    methods: dict[str, tuple[Role, Decides]] = {
        "fixed_horizon": ("baseline", _once),
        "normal_mixture": ("baseline", _decides(normal_mixture)),
        OURS: ("ours", _decides(method)),
        "even_stakes": ("ablation", _decides(partial(ours, planned_stake=1 / (1 + OTHER_BETS.size)))),
        "tightest_at_plan": ("ablation", _decides(lambda *given: ours(*given[:2], given[2] / EARLY))),
        "plan_4_times_as_far": ("ablation", _decides(lambda *given: ours(*given[:2], 4 * given[2]))),
    }
    for number, (case, (share, effect, logit)) in enumerate(POWER_CASES.items()):
        units = planned_units(seed, share, effect, logit)
        draw = np.random.default_rng([seed, 100 + number])
        hits: dict[str, list[Hits]] = {name: [] for name in methods}
        for size in _chunks(runs):
            made = traffic(draw, size, units, share, effect, logit=logit)
            for name, (_, decides) in methods.items():
                hits[name].append(decides(made, share, units).any(axis=1))
        found = {name: np.concatenate(each) for name, each in hits.items()}
        for name, (role, _) in methods.items():
            yield _share("power", name, role, f"power_{case}", int(found[name].sum()), runs)
            if name != "fixed_horizon":
                kept = _ratio(found[name], found["fixed_horizon"], seed)
                yield Row("statistics: power", name, role, f"kept_{case}", *kept, n=runs)


def _ratio(hits: Hits, of: Hits, seed: int) -> tuple[float, float, float]:
    """Return how often one hits by how often the other does, with its bootstrap interval over the runs."""
    cells = np.array([(hits & of).sum(), (hits & ~of).sum(), (~hits & of).sum(), (~hits & ~of).sum()])
    drawn = np.random.default_rng(seed).multinomial(hits.size, cells / hits.size, size=RESAMPLES)
    ratios = (drawn[:, 0] + drawn[:, 1]) / np.maximum(drawn[:, 0] + drawn[:, 2], 1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(hits.sum() / max(of.sum(), 1)), float(low), float(high)


def _ratios(seed: int, runs: int) -> Iterator[Row]:
    hours = np.linspace(0, RATIO_UNITS, HOURS + 1).astype(np.int64)[1:] - 1
    checks: dict[str, tuple[Role, Callable[[Counts, Floats], Hits]]] = {
        "fixed_horizon": ("baseline", lambda counts, shares: ratio_test(counts[:, -1:], shares)),
        "z_test": ("baseline", lambda counts, shares: ratio_test(counts[:, hours], shares)),
        OURS: ("ours", _differs),
        **{f"belief_of_{units:.0f}": ("ablation", partial(_differs, concentration=units)) for units in CONCENTRATIONS},
    }
    for number, (case, (planned, happens)) in enumerate(RATIO_CASES.items()):
        draw = np.random.default_rng([seed, 200 + number])
        firsts: dict[str, list[Floats]] = {name: [] for name in checks}
        for size in _chunks(runs):
            arm = draw.choice(len(happens), size=(size, RATIO_UNITS), p=happens)
            counts = np.cumsum(arm[..., np.newaxis] == np.arange(len(happens)), axis=1)
            for name, (_, check) in checks.items():
                hits = check(counts, np.array(planned))
                firsts[name].append(np.where(hits.any(axis=1), hits.argmax(axis=1) + 1.0, np.nan))
        for name, (role, _) in checks.items():
            first = np.concatenate(firsts[name])
            found = ~np.isnan(first)
            yield _share("sample ratio", name, role, case, int(found.sum()), runs)
            if case.startswith("found") and name not in ("fixed_horizon", "z_test") and found.any():
                middle = float(np.median(first[found]))
                yield Row("statistics: sample ratio", name, role, f"units_to_{case}", middle, n=int(found.sum()))


def _differs(counts: Counts, shares: Floats, concentration: float = CONCENTRATION) -> Hits:
    return np.asarray(log_evidence(counts, shares, concentration) >= -np.log(LEVEL))


def _share(part: str, method: str, role: Role, metric: str, count: int, runs: int) -> Row:
    return Row(f"statistics: {part}", method, role, metric, count / runs, *wilson(count / runs, runs), n=runs)
