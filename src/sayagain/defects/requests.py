"""The defect rate of each request, and P(defect) of each turn corrected by the rate of its request.

The label model judges each turn by its own signals. But a request that is misheard is mostly misheard again, and one
that works works: people who fell silent after a request that others had to say again were hardly content. So each
request gets a share of defects of its own, θ: the mean of its turns' P(defect), shrunk to the log's share π (empirical
Bayes with a Beta prior). Each turn is judged again with θ in the place of π.

This is one step of EM, on purpose not its limit. Turns with one request share their errors too (a phrase that the
recogniser always scores low, a routine that people always go on from), and at the limit errors that are shared count as
many independent witnesses: planted routines were rewritten (tests/test_learn.py), and real calls lost more.
"""

from __future__ import annotations

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

STRENGTH = 4.0
"""Turns that the log's share of defects weighs as much as: a request said once or twice is judged like any other."""

NOT_REWRITTEN = -1
"""Stands for the request that was made of a turn where none was."""

CERTAIN = 1e-6
"""Probabilities stay this far from 0 and 1, so that their odds are finite."""


def share_of_defects(defects: Floats, turns: Floats, of_log: Flags | None = None) -> tuple[Floats, float]:
    """Return θ of each request, and π.

    Args:
        defects: sum of P(defect) over the turns of each request, shape (requests,).
        turns: how many turns said each request, shape (requests,).
        of_log: which of them π is the share of, shape (requests,); all by default.
    """
    of_log = np.ones(len(turns), dtype=bool) if of_log is None else of_log
    overall = float(np.clip(defects[of_log].sum() / max(turns[of_log].sum(), 1), CERTAIN, 1 - CERTAIN))
    return (defects + STRENGTH * overall) / (turns + STRENGTH), overall


def by_request(judged: ir.Table) -> ir.Table:
    """Judge each turn again in the light of all turns with the same request (``judged`` in, ``judged`` out).

    Turns that the layer rewrote say nothing about the request as it was said, and lend it nothing: those in which the
    same was made of the same are a request of their own.
    """
    pair = judged.made.fill_null(NOT_REWRITTEN)
    sums = judged.group_by("state", pair=pair).aggregate(defects=_.p_defect.sum(), turns=_.count())
    counted = sums.to_pyarrow()
    organic = counted["pair"].to_numpy() == NOT_REWRITTEN
    theta, overall = share_of_defects(
        counted["defects"].to_numpy(), counted["turns"].to_numpy().astype(float), organic if organic.any() else None
    )
    lift = counted.select(["state", "pair"]).append_column("lift", pa.array(_odds(theta) - _odds(overall)))
    own = ibis.least(ibis.greatest(judged.p_defect, CERTAIN), 1 - CERTAIN)
    lifted = judged.mutate(odds=(own / (1 - own)).log(), pair=pair).join(ibis.memtable(lift), ["state", "pair"])
    return lifted.mutate(p_defect=1 / (1 + (-(_.odds + _.lift)).exp())).drop("odds", "lift", "pair")


def _odds(probability: Floats | float) -> Floats:
    bounded = np.clip(probability, CERTAIN, 1 - CERTAIN)
    return np.asarray(np.log(bounded / (1 - bounded)))
