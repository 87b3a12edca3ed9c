"""The counts of a log: requests, outcomes, transitions and reformulations, small beside the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir
from pydantic import JsonValue

from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.log_tables import LogTables
from sayagain.log.people import with_person
from sayagain.log.requests import Requests
from sayagain.rewrites.counts import outcomes, transitions, ways


@dataclass(frozen=True)
class Counts:
    """The counts of a log: requests, outcomes, transitions, ways and meanings; small beside the log."""

    requests: pa.Table
    outcomes: pa.Table
    transitions: pa.Table
    ways: pa.Table
    meanings: pa.Table
    """(target, meaning): the number of the meaning of each request."""
    signals: dict[str, Any]
    facts: dict[str, JsonValue]


def count(log_tables: LogTables, work: Checkpoint) -> Counts:
    """Count the chain. Stages that were kept are read back; the log is read only where one was not."""

    def facts() -> dict[str, JsonValue]:
        return {"signals": log_tables.model.summary(), **_facts(log_tables.turns, log_tables.organic)}

    def numbered() -> pa.Table:
        return log_tables.requests.table()

    def meanings() -> pa.Table:
        return meanings_of(log_tables.requests)

    kept = work.facts("facts", facts)
    return Counts(
        requests=work.table("requests", numbered),
        outcomes=work.table("outcomes", lambda: outcomes(log_tables.organic).to_pyarrow()),
        transitions=work.table("transitions", lambda: transitions(log_tables.organic).to_pyarrow()),
        ways=work.table("ways", lambda: ways(log_tables.organic, ibis.memtable(meanings())).to_pyarrow()),
        meanings=work.table("meanings", meanings),
        signals=dict(cast("dict[str, Any]", kept.pop("signals"))),
        facts=kept,
    )


def meanings_of(requests: Requests) -> pa.Table:
    """Return (target, meaning): the number of the meaning of each request."""
    numbers = requests.meanings()
    return pa.table({"target": np.arange(len(numbers), dtype=np.int32), "meaning": numbers})


def _facts(turns: ir.Table, linked: ir.Table) -> dict[str, JsonValue]:
    log = with_person(turns).aggregate(turns=_.count(), users=_.person.nunique(), first=_.time.min(), last=_.time.max())
    seen = linked.aggregate(organic=_.count(), expected_defects=_.p_defect.sum(), expected_rephrases=_.p_rephrase.sum())
    row = {**log.to_pyarrow().to_pylist()[0], **seen.to_pyarrow().to_pylist()[0]}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
