"""What methods are worth on a labelled set: F1 of each outcome, how well failures rank, gains, who is taken for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.failures.labelled import Flags, Floats, Ints, Labelled
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import Draws, interval, resampled

GRADES = 2000
"""Levels of a score that are told apart in ranking: bounds the memory of the resamples, and moves AUC by under 0.001."""
WEIGHTS = np.geomspace(0.25, 4, 13)
"""Weights of an outcome that are tried: F1 of a rare outcome is best when it is called sooner than is likely."""
CONFUSED = "taken_for"
"""In the name of a metric: turns of one outcome that were called another."""


def rows(
    labelled: Labelled, judged: Mapping[str, tuple[Role, Floats]], called: Mapping[str, Ints], among: Ints, seed: int
) -> Iterator[Row]:
    """Yield the figures of all methods on the turns ``among``, as a whole and in each view.

    Args:
        labelled: the set.
        judged: by method, its role and the probabilities of outcomes, shape (among, outcomes).
        called: by method, the outcome that it calls each turn.
        among: numbers of the turns that were judged.
        seed: of the bootstrap.
    """
    whole = np.ones(len(among), dtype=bool)
    for name, keep in {labelled.name: whole, **{n: flags[among] for n, flags in labelled.views.items()}}.items():
        yield from _View(labelled, name, keep, among, seed).rows(judged, called)


class _View:
    """The figures of one part of a set."""

    def __init__(self, labelled: Labelled, name: str, keep: Flags, among: Ints, seed: int) -> None:
        self.name, self.keep = name, keep
        self.truth = labelled.truth[among][keep]
        self.outcomes = labelled.outcomes
        self.present = np.unique(self.truth)
        self.draws = Draws.of(labelled.clusters[among][keep], seed)

    def rows(self, judged: Mapping[str, tuple[Role, Floats]], called: Mapping[str, Ints]) -> Iterator[Row]:
        figures = {}
        for method, (role, probabilities) in judged.items():
            figures[method] = self._measured(probabilities[self.keep], called[method][self.keep])
            for metric, values in figures[method].items():
                yield self._row(method, role, metric, values)
        for method, (role, _) in judged.items():
            if role == "baseline":
                for metric in ("macro_f1", "roc_auc"):
                    gain = figures[OURS][metric] - figures[method][metric]
                    yield self._row(OURS, "ours", f"{metric}_gain_over_{method}", gain)
        calls = called[OURS][self.keep]
        for true, other in product(self.present, repeat=2):
            count = int(((self.truth == true) & (calls == other)).sum())
            metric = f"{self.outcomes[true]}_{CONFUSED}_{self.outcomes[other]}"
            yield Row(self.name, OURS, "ours", metric, float(count), n=len(self.truth))

    def _row(self, method: str, role: Role, metric: str, values: Floats) -> Row:
        return Row(self.name, method, role, metric, *interval(values), n=len(self.truth))

    def _measured(self, probabilities: Floats, calls: Ints) -> dict[str, Floats]:
        """Return each metric on the data as they are and in each resample; shape (1 + resamples,)."""
        many = len(self.outcomes)
        cells = np.zeros((len(calls), many * many))
        cells[np.arange(len(calls)), self.truth * many + calls] = 1
        table = resampled(cells, self.draws).reshape(-1, many, many)
        f1 = f1_of(table)[:, self.present]
        found = {"macro_f1": f1.mean(axis=1)}
        found |= {f"f1_{self.outcomes[each]}": f1[:, place] for place, each in enumerate(self.present)}
        ranking = Ranking.of(graded(1 - probabilities[:, -1]), self.truth != many - 1, self.draws)
        return found | {"roc_auc": ranking.roc_auc(), "average_precision": ranking.average_precision()}


def f1_of(table: Floats) -> Floats:
    """Return the F1 of each outcome from tables of turns by true and called outcome, shape (…, outcomes, outcomes).

    >>> f1_of(np.array([[2.0, 0.0], [2.0, 4.0]])).round(3).tolist()
    [0.667, 0.8]
    """
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    total = table.sum(axis=-1) + table.sum(axis=-2)
    return np.asarray(2 * hits / np.maximum(total, 1))


def graded(scores: Floats) -> Floats:
    """Return scores as at most ``GRADES`` levels with about as many turns each; equal scores stay equal."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    level = np.floor(before * GRADES / len(scores)).astype(np.float64)
    return np.asarray(level[place.ravel()] / GRADES)


def calls(probabilities: Floats, truth: Ints, new: Floats) -> Ints:
    """Return the outcome that each of ``new`` is called: the likeliest, after weights that serve macro-F1 best.

    Args:
        probabilities: of turns whose outcome is known, as methods that had not seen it made them.
        truth: their outcomes.
        new: probabilities of other turns.
    """
    many = probabilities.shape[1]
    weights = np.ones(many)
    present = np.unique(truth)

    def worth(tried: Floats) -> float:
        table = np.bincount(truth * many + (probabilities * tried).argmax(axis=1), minlength=many * many)
        return float(f1_of(table.reshape(many, many).astype(np.float64))[present].mean())

    for _ in range(2):
        for outcome in present[:-1]:
            options = [np.where(np.arange(many) == outcome, each, weights) for each in WEIGHTS]
            weights = max(options, key=worth)
    return np.asarray((new * weights).argmax(axis=1))
