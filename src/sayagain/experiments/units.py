"""The table of an experiment's units, checked and in the order in which they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sayagain.errors import ExperimentError

IDENTITY = ("unit", "arm", "propensity", "time")
"""Columns that every unit has, without nulls."""
SLACK = 1e-3
"""How far shares may be from adding up, and propensities of an arm from each other: they may be rounded."""


@dataclass(frozen=True)
class Units:
    """Units by time; all arrays have the shape (units,)."""

    arms: npt.NDArray[np.str_]
    propensity: npt.NDArray[np.float64]
    moments: npt.NDArray[np.int64]
    """Microseconds since 1970."""
    metrics: dict[str, npt.NDArray[np.float64]]
    """Values by metric, NaN where unknown."""

    def shares(self) -> dict[str, float]:
        """Return the planned share of each arm that has units.

        Raises:
            ExperimentError: an arm's share changed, or the shares are more than the whole.
        """
        found = {}
        for arm in np.unique(self.arms):
            of_arm = self.propensity[self.arms == arm]
            if np.ptp(of_arm) > SLACK:
                raise ExperimentError(
                    f"The share of arm '{arm}' changed from {of_arm[0]:.3g} to {of_arm[-1]:.3g}",
                    "Analyse the units before the change and those after it apart",
                )
            found[str(arm)] = float(of_arm.mean())
        if sum(found.values()) > 1 + SLACK:
            raise ExperimentError(
                f"The propensities of the arms add up to {sum(found.values()):.3g}",
                "The propensity of a unit is the probability of the arm that it is in",
            )
        return found


def units_of(table: pa.Table, metrics: Sequence[str]) -> Units:
    """Read a table of units as `analysis.analyse` takes it.

    Raises:
        ExperimentError: it lacks a column, or a unit has no arm, is there twice, or has a value outside.
    """
    if lacking := [name for name in (*IDENTITY, *metrics) if name not in table.column_names]:
        raise ExperimentError(f"The units have no column '{lacking[0]}'", f"They have: {', '.join(table.column_names)}")
    for name in IDENTITY:
        if table.column(name).null_count:
            raise ExperimentError(f"Some units have no {name}", "Leave out what was not drawn")
    if not pa.types.is_timestamp(table.schema.field("time").type):
        raise ExperimentError("The column 'time' of the units holds no timestamps", "Cast it")
    if pc.count_distinct(table.column("unit")).as_py() < table.num_rows:
        raise ExperimentError("A unit is there twice", "Give each unit one row: what came of it after it was drawn")
    table = table.sort_by([("time", "ascending"), ("unit", "ascending")])
    propensity = _numbers(table, "propensity")
    if ((propensity <= 0) | (propensity > 1)).any():
        raise ExperimentError("A propensity is not above 0 and at most 1", "It is the probability of the unit's arm")
    values = {name: _numbers(table, name) for name in metrics}
    for name, of_metric in values.items():
        if ((of_metric < 0) | (of_metric > 1)).any():
            raise ExperimentError(f"A value of '{name}' is below 0 or above 1", "Scale the metric to 0 … 1")
    return Units(
        arms=np.array(table.column("arm").to_pylist(), dtype=np.str_),
        propensity=propensity,
        moments=moments_of(table.column("time")),
        metrics=values,
    )


def moments_of(times: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return timestamps as microseconds since 1970."""
    exact = pc.cast(times, pa.timestamp("us", times.type.tz))
    return np.asarray(pc.cast(exact, pa.int64()).to_numpy())


def _numbers(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """Return a column as numbers, NaN for null."""
    return np.asarray(pc.cast(table.column(name), pa.float64()).to_numpy(zero_copy_only=False))
