"""Three kinds, told by a small classifier on what a method says of an excerpt, in cross-validation by group."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from sayagain.evaluation.defects.discrimination import Floats
from sayagain.evaluation.rephrases.measure import KIND_CLASSES, UNKNOWN_KIND, Answers, Candidates, kind_counts, macro
from sayagain.evaluation.report import FOLDS
from sayagain.evaluation.statistics import Draws, resampled

EDGE = 1e-4
"""Scores between 0 and 1 are taken as log-odds, kept this far from the ends."""


def cross_validated(
    truth: Answers, candidates: Candidates, groups: npt.NDArray[np.str_], draws: Draws
) -> Floats | None:
    """Return the macro-F1 over ``KIND_CLASSES`` on the data and in each resample; None where it cannot be told.

    The classifier (logistic regression) sees the highest score of an excerpt and how likely it was misheard; it learns
    on the other groups. It needs methods that tell kinds, and excerpts of every class.
    """
    known = truth.kind != UNKNOWN_KIND
    if candidates.kind is None or not known.all() or len(np.unique(truth.kind)) < len(KIND_CLASSES):
        return None
    if len(np.unique(groups)) < FOLDS:
        return None
    inputs = np.stack([_log_odds(candidates.score), _log_odds(candidates.kind)], axis=1)
    inputs = np.hstack([inputs, inputs[:, :1] * inputs[:, 1:]])
    called = np.zeros_like(truth.kind)
    for train, test in GroupKFold(FOLDS).split(inputs, truth.kind, groups):
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(inputs[train], truth.kind[train])
        called[test] = model.predict(inputs[test])
    found = Answers(candidates.turn, candidates.start, candidates.end, called)
    return macro(resampled(kind_counts(truth, found), draws))


def _log_odds(values: Floats) -> Floats:
    """Return log-odds of scores between 0 and 1; other scores, such as BM25, as they are."""
    finite = np.where(np.isfinite(values), values, 0.0)
    if finite.max(initial=0) > 1:
        return finite
    bounded = np.clip(finite, EDGE, 1 - EDGE)
    return np.asarray(np.log(bounded / (1 - bounded)))
