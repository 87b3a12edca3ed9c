"""The usual test beside: read once, at the planned end, with less variance where the past of a unit is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from tea_tasting import Experiment, Mean

LEAST_UNITS = 2
"""Units of each arm below which there is no variance to speak of."""


@dataclass(frozen=True)
class FixedHorizon:
    """One metric of one arm against the control arm, by Welch's test; its interval holds at one look alone."""

    metric: str
    arm: str
    estimate: float
    """The arm's mean less the control arm's."""
    low: float
    """Lower end of its 95 % interval."""
    high: float
    """Upper end."""
    p_value: float
    reduced: bool
    """Whether ``<metric>_before`` took variance away (CUPED; Deng et al., WSDM 2013)."""


def fixed_horizon(units: pa.Table, control: str, metrics: Sequence[str]) -> list[FixedHorizon]:
    """Compare each arm with the control arm, as if this were the only look; needs the extra ``experiments``.

    Args:
        units: as `analysis.analyse` takes it; where there is a column ``<metric>_before`` (what the metric was for
            the same person before the experiment), it reduces the variance.
        control: name of the arm that the others are compared with.
        metrics: names of columns.

    Returns:
        The comparisons, by metric and arm, for which each arm has ``LEAST_UNITS`` whose metric is known.
    """
    return [found for metric in metrics for found in _of_metric(units, control, metric)]


def _of_metric(units: pa.Table, control: str, metric: str) -> list[FixedHorizon]:
    before = f"{metric}_before"
    reduced = before in units.column_names
    columns = ["arm", metric, *([before] if reduced else [])]
    known = units.select(columns).filter(pc.is_valid(units.column(metric)))
    if reduced:  # a person without a past is taken for an average one
        past = known.column(before)
        known = known.set_column(2, before, pc.fill_null(past, pc.mean(past).as_py() or 0.0))
    counts = {each["values"]: each["counts"] for each in pc.value_counts(known.column("arm")).to_pylist()}
    arms = sorted(arm for arm, count in counts.items() if count >= LEAST_UNITS)
    if control not in arms or len(arms) == 1:
        return []
    known = known.filter(pc.is_in(known.column("arm"), pa.array(arms)))
    experiment = Experiment({metric: Mean(metric, before if reduced else None)}, variant="arm")
    results = experiment.analyze(known, control=control, all_variants=True)
    return [
        FixedHorizon(metric, arm, of.effect_size, of.effect_size_ci_lower, of.effect_size_ci_upper, of.pvalue, reduced)
        for (_, arm), of in ((pair, result[metric]) for pair, result in results.items())
    ]
