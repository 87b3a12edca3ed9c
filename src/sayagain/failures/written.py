"""Written logs: where nobody spoke, nothing woke the assistant by mistake, and nothing was misheard."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sayagain.schema.reading import STAGES

OF_SOUND = ("false_wake", "asr")
"""Stages that a request passes only where it is spoken."""


def as_written(readings: pa.Table) -> pa.Table:
    """Return readings in which what failed did so at a later stage: in the proportions that the reader gives these.

    How probable it is that a turn failed stays what it was. Where the reader gives the later stages nothing, the
    request was not understood.
    """
    later = [stage for stage in STAGES if stage not in OF_SOUND]
    p = np.stack([readings[f"p_{stage}"].to_numpy() for stage in STAGES], axis=1).astype(np.float64)
    kept = p[:, [STAGES.index(stage) for stage in later]]
    kept[:, later.index("nlu")] += np.where(kept.sum(axis=1) > 0, 0.0, 1.0)
    shares = kept / kept.sum(axis=1, keepdims=True) * p.sum(axis=1, keepdims=True)
    for stage in STAGES:
        name = f"p_{stage}"
        moved = shares[:, later.index(stage)] if stage in later else np.zeros(len(p))
        place = readings.schema.get_field_index(name)
        readings = readings.set_column(place, readings.schema.field(name), pa.array(moved.astype(np.float32)))
    return readings
