"""How often the sample-ratio check raises an alarm where shares are as planned, and finds that they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from sayagain.evaluation.experiments.beside import Hits, ratio_test
from sayagain.evaluation.experiments.ours import portions, share
from sayagain.evaluation.experiments.traffic import HOURS, Counts, Floats
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.experiments.confidence_sequence import LEVEL
from sayagain.experiments.sample_ratio import CONCENTRATION, log_evidence

PLANNED: Mapping[str, tuple[float, ...]] = {"50_50": (0.5, 0.5), "10_90": (0.1, 0.9), "50_30_20": (0.5, 0.3, 0.2)}
WRONG = (0.48, 0.52)
"""Shares that happen where equal ones were planned."""
UNITS = 10_000
"""Units of a run."""
CONCENTRATIONS = (100.0, 10_000.0)
"""Ablations: a belief in the planned shares that weighs a tenth, or ten times as much."""


def sample_ratios(seed: int, runs: int) -> Iterator[Row]:
    """Yield ``alarms_…`` and ``found_48_52``, and ``units_to_find_48_52``, the median of the runs that found it."""
    hours = np.linspace(0, UNITS, HOURS + 1).astype(np.int64)[1:] - 1
    checks: dict[str, tuple[Role, Callable[[Counts, Floats], Hits]]] = {
        "fixed_horizon": ("baseline", lambda counts, shares: ratio_test(counts[:, -1:], shares)),
        "z_test": ("baseline", lambda counts, shares: ratio_test(counts[:, hours], shares)),
        OURS: ("ours", _differs),
        **{f"belief_of_{units:.0f}": ("ablation", partial(_differs, concentration=units)) for units in CONCENTRATIONS},
    }
    cases = {f"alarms_{name}": (shares, shares) for name, shares in PLANNED.items()}
    cases["found_48_52"] = (PLANNED["50_50"], WRONG)
    for number, (case, (planned, happens)) in enumerate(cases.items()):
        draw = np.random.default_rng([seed, 200 + number])
        said: dict[str, list[Hits]] = {name: [] for name in checks}
        for size in portions(runs):
            arm = draw.choice(len(happens), size=(size, UNITS), p=happens)
            counts = np.cumsum(arm[..., np.newaxis] == np.arange(len(happens)), axis=1)
            for name, (_, check) in checks.items():
                said[name].append(check(counts, np.array(planned)))
        for name, (role, _) in checks.items():
            hits = np.concatenate(said[name])
            found = hits.any(axis=1)
            yield share("sample ratio", name, role, case, int(found.sum()), runs)
            if planned != happens and role != "baseline" and found.any():
                units = float(np.median(hits[found].argmax(axis=1) + 1))
                yield Row("statistics: sample ratio", name, role, "units_to_find_48_52", units, n=int(found.sum()))


def _differs(counts: Counts, shares: Floats, concentration: float = CONCENTRATION) -> Hits:
    return np.asarray(log_evidence(counts, shares, concentration) >= -np.log(LEVEL))
