"""What methods are worth on a labelled set: F1 of each outcome, how failures rank, gains, what is taken for what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
from rich.table import Table

from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.failures.labelled import Flags, Floats, Ints, Judged, Labelled
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.statistics import Draws, interval, resampled

GRADES = 2000
"""Levels of a score that are told apart in ranking: bounds the memory of resamples, and moves AUC by under 0.001."""
WEIGHTS = np.geomspace(0.25, 4, 13)
"""Weights of an outcome that are tried: F1 of a rare outcome is best when it is called sooner than is likely."""
CONFUSED = "_taken_for_"
"""In the name of a metric: turns of one outcome that were called another."""


ZERO_SHOT = "zero_shot"
"""Name of a reader that has learned from none of the set: it is taken at its word, without weights."""


def rows(labelled: Labelled, judged: Judged, zero_shot: Floats | None, seed: int) -> Iterator[Row]:
    """Yield the figures of all methods on the turns that are reported, as a whole and in each view.

    Args:
        labelled: the set.
        judged: what its methods made of its turns.
        zero_shot: what a reader that learned elsewhere made of them; shape (turns, outcomes).
        seed: of the bootstrap.
    """
    for name, keep in {labelled.name: ~labelled.learned, **labelled.views}.items():
        yield from _View(labelled, name, keep & ~labelled.learned, judged, seed).rows(zero_shot)


class _View:
    """The figures of one part of a set, among the outcomes that are in it."""

    def __init__(self, labelled: Labelled, name: str, keep: Flags, judged: Judged, seed: int) -> None:
        self.labelled, self.name, self.keep, self.judged = labelled, name, keep, judged
        self.truth = labelled.truth[keep]
        self.present = np.unique(self.truth)
        self.draws = Draws.of(labelled.clusters[keep], seed)

    def rows(self, zero_shot: Floats | None) -> Iterator[Row]:
        """Yield the figures of each method, our gains, and who is taken for whom."""
        figures, methods = {}, self.labelled.methods
        for name, method in methods.items():
            probabilities = self.judged.probabilities[name]
            figures[name] = self._measured(probabilities[self.keep], self._called(probabilities))
            for metric, values in figures[name].items():
                yield self._row(name, method.role, metric, values)
        if zero_shot is not None:
            likeliest = self._among(zero_shot)[self.keep].argmax(axis=1)
            for metric, values in self._measured(zero_shot[self.keep], likeliest).items():
                yield self._row(ZERO_SHOT, "ours", metric, values)
        for name in (name for name, method in methods.items() if method.role == "baseline"):
            for metric in ("macro_f1", "roc_auc"):
                yield self._row(
                    OURS, "ours", f"{metric}_gain_over_{name}", figures[OURS][metric] - figures[name][metric]
                )
        called = self._called(self.judged.probabilities[OURS])
        for true, other in product(self.present, repeat=2):
            count = float(((self.truth == true) & (called == other)).sum())
            metric = f"{self.labelled.outcomes[true]}{CONFUSED}{self.labelled.outcomes[other]}"
            yield Row(self.name, OURS, "ours", metric, count, n=len(self.truth))

    def _among(self, probabilities: Floats) -> Floats:
        """Return probabilities, 0 for outcomes that are not in this part."""
        return np.where(np.isin(np.arange(probabilities.shape[1]), self.present), probabilities, 0.0)

    def _called(self, probabilities: Floats) -> Ints:
        """Return what each turn is called, with weights of outcomes that were chosen on turns of other groups."""
        found = np.zeros(len(self.keep), dtype=np.intp)
        possible, part, truth = self._among(probabilities), self.judged.part, self.labelled.truth
        of_view = np.isin(truth, self.present)
        for each in np.unique(part[self.keep]):
            others = (part != each) & (part != FOLDS) & of_view
            found[part == each] = calls(possible[others], truth[others], possible[part == each])
        return found[self.keep]

    def _row(self, method: str, role: Role, metric: str, values: Floats) -> Row:
        return Row(self.name, method, role, metric, *interval(values), n=len(self.truth))

    def _measured(self, probabilities: Floats, calls: Ints) -> dict[str, Floats]:
        """Return each metric on the data as they are and in each resample; shape (1 + resamples,)."""
        many = len(self.labelled.outcomes)
        cells = np.zeros((len(calls), many * many))
        cells[np.arange(len(calls)), self.truth * many + calls] = 1
        table = resampled(cells, self.draws).reshape(-1, many, many)
        f1 = f1_of(table)[:, self.present]
        found = {"macro_f1": f1.mean(axis=1)}
        found |= {f"f1_{self.labelled.outcomes[each]}": f1[:, place] for place, each in enumerate(self.present)}
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


def is_confusion(row: Row) -> bool:
    """Return whether a row counts the turns of one outcome that were called another."""
    return CONFUSED in row.metric


def confusions(found: Iterable[Row]) -> dict[str, dict[tuple[str, str], float]]:
    """Return by set how many turns of each outcome our method called each outcome."""
    by_set: dict[str, dict[tuple[str, str], float]] = {}
    for row in filter(is_confusion, found):
        true, _, other = row.metric.partition(CONFUSED)
        by_set.setdefault(row.set, {})[true, other] = row.value
    return by_set


def confusion(found: Iterable[Row]) -> Iterator[Table]:
    """Yield these as tables."""
    for name, cells in confusions(found).items():
        outcomes = list(dict.fromkeys(true for true, _ in cells))
        table = Table(title=f"{name}: what turns are called", title_justify="left", box=None)
        table.add_column("outcome")
        for other in outcomes:
            table.add_column(f"called {other}", justify="right")
        for true in outcomes:
            table.add_row(true, *(f"{cells[true, other]:,.0f}" for other in outcomes))
        yield table
