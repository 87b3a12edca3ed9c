"""The turns of a log beside their readings: what totals, groups and lists are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.log.people import with_person
from sayagain.schema.reading import STAGES

FAILED = 0.5
"""P(defect) above which a turn is taken for one that failed, wherever single turns are named."""

FEW_DEVICES = 20
"""Devices that are told apart by name; of more, the types are, where the log has them."""


def read_turns(turns: ir.Table, readings: pa.Table) -> ir.Table:
    """Return one row a turn of ``turns`` that was read.

    Columns: those of ``readings``, and user, person (a hash), time, sequence, text, intent (with its domain; null where
    nothing was understood), slots, action, status, response, trace, device (its name, or its type where there are
    many), week (the Monday it begins with, a date) and defect (P(defect)).
    """
    few = turns.device.nunique().to_pyarrow().as_py() <= FEW_DEVICES
    kind = turns.context.device_type
    told = turns.select(
        "turn",
        "user",
        "time",
        "sequence",
        "text",
        "action",
        "status",
        "response",
        "trace",
        intent=ibis.coalesce(_.interpretation.domain + ".", "") + _.interpretation.intent,
        slots=_.interpretation.slots,
        device=ibis.coalesce(turns.device, kind) if few else ibis.coalesce(kind, turns.device),
        week=_.time.truncate("W").date(),
    )
    found = with_person(told).inner_join(ibis.memtable(readings), "turn")
    return found.mutate(defect=1 - _.p_correct.cast("float64"))


def likeliest(row: Mapping[str, Any]) -> str:
    """Return the stage at which a turn failed first, if it failed: the likeliest of its reading, the earlier of two."""
    return max(STAGES, key=lambda stage: float(row[f"p_{stage}"]))
