"""What other turns with the same request say about this one.

The label model judges each turn by its own signals. But a request that is misheard is mostly misheard again, and one
that works works: people who fell silent after a request that others had to say again were hardly content. So each
request gets a share of defects of its own, θ, with the log's share π as Beta prior (empirical Bayes), and each turn
is judged again with θ in the place of π. EM over the counts of (request, judgement), as in Dawid & Skene (1979).
"""

from __future__ import annotations

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr import types as ir

Floats = npt.NDArray[np.float64]

STRENGTH = 4.0
"""Turns that the log's share of defects weighs as much as: a request said once or twice is judged like any other."""

ITERATIONS = 50
CERTAIN = 1e-6
"""Probabilities stay this far from 0 and 1, so that their odds are finite."""

DIGITS = 4
"""Judgements are rounded to this many digits to be counted."""


def share_of_defects(request: npt.NDArray[np.int64], judged: Floats, turns: Floats) -> tuple[Floats, float]:
    """Return θ of each request, and π.

    Args:
        request: number of the request, shape (cells,).
        judged: P(defect) by the turn's own signals, shape (cells,).
        turns: how many turns of the request were judged so, shape (cells,).
    """
    overall = float(np.clip(judged @ turns / turns.sum(), CERTAIN, 1 - CERTAIN))
    evidence = _odds(judged) - _odds(overall)
    visits = np.bincount(request, turns)
    theta = np.full(len(visits), overall)
    for _ in range(ITERATIONS):
        posterior = 1 / (1 + np.exp(-(evidence + _odds(theta)[request])))
        theta = (np.bincount(request, turns * posterior) + STRENGTH * overall) / (visits + STRENGTH)
    return theta, overall


def by_request(judged: ir.Table) -> ir.Table:
    """Judge each turn again in the light of all turns with the same request (``judged`` in, ``judged`` out)."""
    cells = judged.group_by("state", p=judged.p_defect.round(DIGITS)).aggregate(turns=judged.count()).to_pyarrow()
    coded = cells["state"].combine_chunks().dictionary_encode()
    number = coded.indices.to_numpy().astype(np.int64)
    theta, overall = share_of_defects(number, cells["p"].to_numpy(), cells["turns"].to_numpy().astype(float))
    lift = pa.table({"state": coded.dictionary, "lift": _odds(theta) - _odds(overall)})
    own = ibis.least(ibis.greatest(judged.p_defect, CERTAIN), 1 - CERTAIN)
    lifted = judged.mutate(odds=(own / (1 - own)).log()).join(ibis.memtable(lift), "state")
    return lifted.mutate(p_defect=1 / (1 + (-(lifted.odds + lifted.lift)).exp())).drop("odds", "lift")


def _odds(probability: Floats | float) -> Floats:
    bounded = np.clip(probability, CERTAIN, 1 - CERTAIN)
    return np.asarray(np.log(bounded / (1 - bounded)))
