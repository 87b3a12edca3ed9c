"""The models that tell outcomes: boosted trees over numbers, a regression over words, one over vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xgboost as xgb
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from sayagain.evaluation.failures.labelled import Block, Flags, Floats, Ints

BINS = 64
"""Cuts of a number: a quarter of the usual, for a fifth of the time."""
ROUNDS = 200
TREES = {
    "max_depth": 4, "learning_rate": 0.06, "subsample": 0.8, "colsample_bytree": 0.5, "min_child_weight": 3,
    "max_bin": BINS, "tree_method": "hist",
}  # fmt: skip
"""Boosted trees: customary values, the same for every method and every set."""
SOFTMAX = {"objective": "multi:softprob"}


INTENT_RIDGE = 1.0
"""Penalty of a regression of intents on vectors."""
RIDGE = 10.0
"""Penalty of a regression on vectors."""


def boosting(seen: Floats, outcomes: Ints, new: Floats, many: int, seed: int) -> Floats:
    """Return what boosted trees that learned from ``seen`` make of ``new``."""
    present, places = np.unique(outcomes, return_inverse=True)
    if len(present) == 1:
        return _spread(np.ones((len(new), 1)), present, many)
    classes = {"objective": "binary:logistic"} if len(present) == 2 else {"num_class": len(present), **SOFTMAX}
    known = xgb.QuantileDMatrix(seen, places, max_bin=BINS)
    found = xgb.train(TREES | classes | {"seed": seed}, known, ROUNDS).inplace_predict(new)
    return _spread(np.stack([1 - found, found], axis=1) if found.ndim == 1 else found, present, many)


def as_it_is(seen: Floats, outcomes: Ints, new: Floats, many: int, seed: int) -> Floats:
    """Return ``new``: its one block gives probabilities already."""
    return new


def regression(seen: sparse.csr_matrix, outcomes: Ints, new: sparse.csr_matrix, many: int) -> Floats:
    """Return what a logistic regression that learned from ``seen`` makes of ``new``."""
    present = np.unique(outcomes)
    if len(present) == 1:
        return _spread(np.ones((new.shape[0], 1)), present, many)
    fitted = LogisticRegression(C=4.0, max_iter=200, tol=1e-3).fit(seen, outcomes)
    return _spread(fitted.predict_proba(new), present, many)


def _spread(probabilities: Floats, present: Ints, many: int) -> Floats:
    """Put the probabilities of the outcomes that were there to learn from in their places among all."""
    found = np.zeros((len(probabilities), many))
    found[:, present] = probabilities
    return found


def tfidf(texts: Sequence[str], outcomes: Ints, many: int) -> Block:
    """Return the block of a logistic regression over TF-IDF: words, pairs of words, and letters within words.

    Texts are cut up once, all of them: a word that is in no known turn gets no weight, and how rare a word is, is
    learned from known turns alone.
    """
    views = (
        CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", min_df=2),
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3),
    )
    counts = [view.fit_transform(texts) for view in views]

    def block(rows: Ints, known: Ints) -> Floats:
        seen, new = [], []
        for count in counts:
            weights = TfidfTransformer(sublinear_tf=True).fit(count[known])
            seen.append(weights.transform(count[known]))
            new.append(weights.transform(count[rows]))
        return regression(sparse.hstack(seen).tocsr(), outcomes[known], sparse.hstack(new).tocsr(), many)

    return block


def linear(vectors: Floats, outcomes: Ints, many: int) -> Block:
    """Return the block of a ridge regression of each outcome on vectors, shape (turns, numbers)."""
    one_hot = np.eye(many)

    def block(rows: Ints, known: Ints) -> Floats:
        seen = vectors[known]
        mean, target = seen.mean(axis=0), one_hot[outcomes[known]]
        seen = seen - mean
        weights = np.linalg.solve(
            seen.T @ seen + RIDGE * np.eye(seen.shape[1]), seen.T @ (target - target.mean(axis=0))
        )
        return np.asarray((vectors[rows] - mean) @ weights + target.mean(axis=0))

    return block


def intents(vectors: Floats, understood: Sequence[str], right: Flags) -> Block:
    """Return the block of a ridge regression of intents on vectors, learned from known turns that went right.

    Told are the score of the intent that was understood, that of the best other, their gap and how many are better.
    """
    names, which = np.unique(understood, return_inverse=True)
    extended = np.hstack([vectors, np.ones((len(vectors), 1))])

    def block(rows: Ints, known: Ints) -> Floats:
        learned = known[right[known]]
        seen, target = extended[learned], np.eye(len(names))[which[learned]]
        weights = np.linalg.solve(seen.T @ seen + INTENT_RIDGE * np.eye(seen.shape[1]), seen.T @ target)
        scores = extended[rows] @ weights
        own = scores[np.arange(len(rows)), which[rows]]
        better = (scores > own[:, None]).sum(axis=1)
        scores[np.arange(len(rows)), which[rows]] = -np.inf
        other = scores.max(axis=1) if len(names) > 1 else np.zeros(len(rows))
        return np.stack([own, other, own - other, better], axis=1)

    return block
