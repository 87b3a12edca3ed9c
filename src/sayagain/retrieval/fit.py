"""Learning to rank from a log, without labels: what people said after a failure is what they had meant.

An example is a request at the moment it was made, with the candidates of that moment. Where the turn went well, what it
was understood as is what was meant; where it failed and was said again, what the later turn was understood as; where it
failed and nobody said it again, nothing is known of the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sayagain.extras import load_xgboost
from sayagain.retrieval.feature_vectors import OF_REQUEST
from sayagain.retrieval.rank import Ranker, RankingInput, Thresholds
from sayagain.retrieval.views import Floats, Scale
from sayagain.schema.person import person_of

if TYPE_CHECKING:
    import xgboost as xgb

LOSS_RATE = 0.002
"""Share of the requests that work which rewrites may spoil in the validation period."""

OFFER_RATE = 0.02
"""Share of the requests that work about which the layer may ask needlessly."""

LEAST_GAIN = 0.2
"""Least gain at which anything is rewritten, however good the validation period looks. In homes where nothing is judged
(docs/online.md), half as many requests are harmed as at 0.1, and as many mended."""

LEAST_OFFER = 0.1
"""Least gain at which anything is asked: of one in ten such questions the answer is yes. What can gain less is not
searched for at all, which is most requests."""

VALIDATION = 0.25
"""Share of the examples, the last in time, that choose the thresholds."""

LEAST_EXAMPLES = 1_500
"""Fewer examples than this teach too little: the shipped ranker is better (docs/online.md)."""

LEAST_FAILED = 150
"""The same, of examples that failed and were said again."""

ROUNDS = 150
TREES = {
    "objective": "binary:logistic", "max_depth": 5, "eta": 0.08, "min_child_weight": 5.0, "subsample": 0.8,
    "colsample_bytree": 0.8, "lambda": 2.0, "nthread": 1, "seed": 1,
}  # fmt: skip
"""Small and slow learners; depth and rounds beyond these change the validation figures by less than their noise. One
thread: with two the trees are the same and no sooner grown, and on busy cores each spins while it waits for the other.
"""

HIDDEN_SHARE = 0.3
"""Share of the examples from which what the matcher knows is hidden, so that the models work without one too."""


@dataclass(frozen=True)
class Example:
    """A request with its candidates, and what became of it."""

    ranking_input: RankingInput
    p_defect: float
    right: npt.NDArray[np.bool_] | None
    """Of each candidate, whether it means what was meant; None where that is not known."""
    weight: float = 1.0
    """Turns that it stands for."""
    synthetic: bool = False
    """Whether it was never heard so: it says what was meant, and nothing of whether it works."""


def fit(examples: Sequence[Example], scale: Scale) -> Ranker:
    """Learn both models from the first of the examples (in the order of time) and the thresholds from the last."""
    cut = round(len(examples) * (1 - VALIDATION))
    learn, judge = examples[:cut], examples[cut:]
    draw = np.random.default_rng(1)
    ranker = Ranker(boosted(works_set(learn, draw)), boosted(meant_set(learn, draw)), scale, Thresholds())
    return calibrated(ranker, judge)


def enough(examples: Sequence[Example], min_people: int) -> bool:
    """Return whether there is enough to learn from, by enough people."""
    failed = sum(each.p_defect >= 0.5 and each.right is not None and not each.synthetic for each in examples)
    people = {person_of(each.ranking_input.request.turn.user) for each in examples}
    return len(examples) >= LEAST_EXAMPLES and failed >= LEAST_FAILED and len(people) >= min_people


def calibrated(ranker: Ranker, judge: Sequence[Example], loss_rate: float = LOSS_RATE) -> Ranker:
    """Return the ranker with thresholds at which no more than the stated rates of working requests are touched."""
    judge = [each for each in judge if not each.synthetic]
    gains, places = ranker.gains([each.ranking_input for each in judge])
    weights = np.array([each.weight for each in judge])
    works = np.array([each.p_defect < 0.5 for each in judge])
    wrong = np.array([
        place >= 0 and each.right is not None and not each.right[place]
        for each, place in zip(judge, places.tolist(), strict=True)
    ])  # fmt: skip
    harmed, working = works & wrong, float(weights[works].sum())
    rewrite = max(least_gain(gains[harmed], weights[harmed], loss_rate * working), LEAST_GAIN)
    offer = min(max(least_gain(gains[harmed], weights[harmed], OFFER_RATE * working), LEAST_OFFER), rewrite)
    lost = float(weights[harmed & (gains >= rewrite)].sum() / max(working, 1.0))
    thresholds = Thresholds(round(rewrite, 4), round(offer, 4), round(lost, 5), len(judge))
    return Ranker(ranker.works, ranker.meant, ranker.scale, thresholds)


def least_gain(losses: Floats, weights: npt.NDArray[np.float64], allowed: float) -> float:
    """Return the least gain that lets through no more than ``allowed`` of the gains that would be losses."""
    order = np.argsort(-losses)
    over = np.flatnonzero(np.cumsum(weights[order]) > allowed)
    return float(np.nextafter(losses[order[over[0]]], np.float32(2))) if len(over) else 0.0


@dataclass(frozen=True)
class TrainingSet:
    """The training data of a model: rows of features, labels and weights."""

    rows: Floats
    """Shape (rows, features)."""
    labels: npt.NDArray[np.float32]
    """Shape (rows,), 0 to 1."""
    weights: npt.NDArray[np.float64]


def works_set(examples: Sequence[Example], draw: np.random.Generator) -> TrainingSet:
    """Return what P(works) is learned from: a row a request, ``OF_REQUEST``."""
    heard = [each for each in examples if not each.synthetic]
    rows = _hide(np.stack([each.ranking_input.asked for each in heard]), draw)
    fine = np.array([1 - each.p_defect for each in heard], dtype=np.float32)
    return TrainingSet(rows, fine, np.array([each.weight for each in heard]))


def meant_set(examples: Sequence[Example], draw: np.random.Generator) -> TrainingSet:
    """Return what P(meant) is learned from: a row a candidate, ``RANKER_FEATURES``."""
    known = [each for each in examples if each.right is not None and len(each.ranking_input.candidates)]
    rows = _hide(np.vstack([each.ranking_input.rows for each in known]), draw)
    right = np.concatenate([each.right for each in known if each.right is not None])
    weights = np.concatenate([np.full(len(each.ranking_input.candidates), each.weight) for each in known])
    return TrainingSet(rows, right.astype(np.float32), weights)


def _hide(rows: Floats, draw: np.random.Generator) -> Floats:
    hidden = rows.copy()
    hidden[draw.random(len(rows)) < HIDDEN_SHARE, OF_REQUEST.index("understood")] = nan
    return hidden


def boosted(training_set: TrainingSet) -> xgb.Booster:
    """Learn boosted trees."""
    load_xgboost()
    import xgboost as xgb  # noqa: PLC0415 - as in rank.py

    return xgb.train(TREES, xgb.DMatrix(training_set.rows, training_set.labels, weight=training_set.weights), ROUNDS)
