"""The usual test beside: read once, at the planned end, with less variance where the past of a unit is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class FixedHorizon:
    """One metric of one arm against the control arm, by Welch's test; it holds at one look alone."""

    metric: str
    arm: str
    estimate: float
    """The arm's mean less the control arm's."""
    low: float
    """Lower end of its interval."""
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
    """
    raise NotImplementedError
