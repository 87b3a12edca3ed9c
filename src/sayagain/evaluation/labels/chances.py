"""How far chance bounds macro-F1: what a reader would reach that knew each request's chances of every rating.

An estimate, by simulation. Each request has its own chances, drawn from a Dirichlet distribution that is fitted to the
ratings (Minka 2000), and raters draw from them independently. Where raters depend on each other beyond that, the
classes are spread otherwise than here, and the bound is another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from sayagain.evaluation.labels.figures import Classes
from sayagain.evaluation.statistics import Floats


def dirichlet(counts: Floats) -> Floats:
    """Return the parameters of the Dirichlet-multinomial that makes the counts likeliest.

    Args:
        counts: how many raters gave each rating, shape (requests, ratings).
    """
    raters = counts.sum(axis=1)

    def unlikely(logs: Floats) -> float:
        a = np.exp(logs)
        return -float((gammaln(a.sum()) - gammaln(a.sum() + raters) + (gammaln(a + counts) - gammaln(a)).sum(1)).sum())

    start = np.log(counts.mean(axis=0) + 0.1)
    return np.asarray(np.exp(minimize(unlikely, start, method="L-BFGS-B").x))


def class_chances(chances: Floats, raters: int) -> Floats:
    """Return the probability that the mean of independent ratings is below, at and above the middle one.

    Args:
        chances: of each rating, shape (requests, ratings), an odd number of ratings.
        raters: how many rate.
    """
    requests, ratings = chances.shape
    sums = chances
    for _ in range(raters - 1):
        longer = np.zeros((requests, sums.shape[1] + ratings - 1))
        for rating in range(ratings):
            longer[:, rating : rating + sums.shape[1]] += sums * chances[:, [rating]]
        sums = longer
    middle = sums.shape[1] // 2
    return np.stack([sums[:, :middle].sum(axis=1), sums[:, middle], sums[:, middle + 1 :].sum(axis=1)], axis=1)


def simulated(
    ratings: Sequence[Sequence[int]], most: int, seed: int, weigh: Callable[[Floats, Classes], Floats]
) -> tuple[Classes, Classes]:
    """Return classes as raters would draw them, and as the reader gives them that knows the chances.

    Args:
        ratings: from 1 to ``most``, of each request.
        most: the highest rating.
        seed: of the draws.
        weigh: chooses the weights of the classes from probabilities and truth.
    """
    draw = np.random.default_rng(seed)
    counts = np.array([np.bincount(each, minlength=most + 1)[1:] for each in ratings], dtype=np.float64)
    raters = counts.sum(axis=1).astype(int)
    chances = draw.dirichlet(dirichlet(counts), size=len(counts))
    known = np.empty((len(counts), 3))
    for many in np.unique(raters):
        known[raters == many] = class_chances(chances[raters == many], int(many))
    truth = (draw.random((len(known), 1)) > np.cumsum(known, axis=1)[:, :2]).sum(axis=1)
    return truth, (known * weigh(known, truth)).argmax(axis=1)
