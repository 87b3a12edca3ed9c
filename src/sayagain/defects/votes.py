"""From the turns to patterns of votes and back: the table side of the label model.

Turns are grouped by the pattern of what spoke, one integer; the model is fitted on the counts of the patterns and
its probabilities are joined back. Nothing here visits turns one by one.
"""

from __future__ import annotations

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.label_model import ABSENT, SILENT, LabelModel, Votes, fit
from sayagain.defects.signals import ALL_SIGNALS, FAMILIES, observe

__all__ = ["LabelModel", "decode", "judge", "patterns"]


READ = frozenset({
    "act", "understood", "asr_score", "asr_margin", "confidence", "status", "replied", "sorry", "at_a_loss", "stuck",
    "barge_in", "helpful", "next_act", "next_understood", "prev_gap",
})  # fmt: skip
"""Columns of ``likened`` that nothing reads after the signals have."""


def judge(likened: ir.Table) -> tuple[ir.Table, LabelModel]:
    """Return the ``judged`` table and the model that judged it.

    Adds ``p_defect`` and ``pattern``, the integer that ``decode`` turns back into what spoke, for
    ``LabelModel.explain``; drops what only signals read.
    """
    observed = observe(likened)
    observed = observed.drop(*(name for name in observed.columns if name in READ)).cache()
    votes, counts, codes = patterns(observed)
    families = [signal.family for signal in ALL_SIGNALS.values()]
    model = fit(votes, counts, list(ALL_SIGNALS), families)
    probabilities = pa.table({"pattern": codes, "p_defect": model.probability(votes)})
    return observed.join(ibis.memtable(probabilities), "pattern"), model


def patterns(observed: ir.Table) -> tuple[Votes, npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the distinct patterns of votes in order of their integers, how many turns show each, and the integers.

    Turns that the layer rewrote are judged, but not learned from: they count only where there are no others.
    """
    counts = {"organic": (~_.rewritten).sum(), "all": _.count()}
    counted = observed.group_by("pattern").aggregate(**counts).order_by("pattern").to_pyarrow()
    codes, organic = counted["pattern"].to_numpy(), counted["organic"].to_numpy()
    return decode(codes), (organic if organic.any() else counted["all"].to_numpy()).astype(np.float64), codes


def decode(codes: npt.NDArray[np.int64]) -> Votes:
    """Return the votes behind the integers of ``signals.observe``, shape (codes, signals)."""
    names = list(FAMILIES)
    votes = np.empty((len(codes), len(ALL_SIGNALS)), dtype=np.int8)
    for place, signal in enumerate(ALL_SIGNALS.values()):
        spoke = codes >> place & 1 == 1
        present = codes >> (len(ALL_SIGNALS) + names.index(signal.family)) & 1 == 1
        votes[:, place] = np.where(spoke, signal.vote, np.where(present, SILENT, ABSENT))
    return votes
