"""Where requests of a log failed, as a bundle's manifest says it and ``sayagain report`` shows it."""

from __future__ import annotations

import pyarrow as pa
from ibis.expr import types as ir

from sayagain.bundle.manifest import Failures
from sayagain.failures.mend import causes, in_words
from sayagain.failures.totals import goals, overall
from sayagain.failures.turns import read_turns
from sayagain.failures.unsupported import unsupported
from sayagain.schema.reading import STAGES

MEND = 3
"""Causes that are named."""


def failure_figures(turns: ir.Table, readings: pa.Table, min_people: int) -> Failures:
    """Return the figures of the turns of a log that were read (``readings``, in the schema ``READINGS``).

    Of what people said, and of what came of it, only what ``min_people`` people are behind is in them.
    """
    read = read_turns(turns, readings).cache()
    found, everything, heard = goals(read), overall(read), _heard(turns)
    named = [row for row in causes(read, min_people).to_pylist() if row["example"] is not None]
    return Failures(
        turns=everything["turns"],
        goals=round(found.goals, 1),
        met=round(found.met, 1),
        first={stage: round(everything[stage], 1) for stage in STAGES},
        unsupported=sum(row["turns"] for row in unsupported(read, min_people).to_pylist()),
        mend=tuple(in_words(row, heard=heard) for row in named[:MEND]),
    )


def _heard(turns: ir.Table) -> bool:
    """Return whether a recogniser is in the log: hypotheses, or what one put out. All else may be typed."""
    traced = turns.trace.map(lambda step: step.stage).contains("asr")
    return bool(turns.aggregate(any=((turns.asr.length() > 0) | traced).any()).to_pyarrow()["any"][0].as_py())
