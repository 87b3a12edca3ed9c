"""Figures of labels: macro-F1 and accuracy of classes, areas of scores, and gains between methods, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.statistics import Draws, Floats, interval, resampled

Classes = npt.NDArray[np.intp]


def confusion(truth: Classes, given: Classes, classes: int, draws: Draws) -> Floats:
    """Count each (truth, given) in each resample: shape (1 + resamples, classes, classes)."""
    cells = np.zeros((len(truth), classes, classes))
    cells[np.arange(len(truth)), truth, given] = 1
    return resampled(cells, draws)


def f1_of(table: Floats) -> Floats:
    """Return the F1 of each class: shape (…, classes, classes) → (…, classes); 0 for a class that never was."""
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    both = table.sum(axis=-1) + table.sum(axis=-2)
    return np.asarray(2 * hits / np.maximum(both, 1))


def macro_f1(table: Floats) -> Floats:
    """Return the mean F1 of the classes: shape (…, classes, classes) → (…)."""
    return np.asarray(f1_of(table).mean(axis=-1))


def accuracy(table: Floats) -> Floats:
    """Return the share that is right: shape (…, classes, classes) → (…)."""
    return np.asarray(np.trace(table, axis1=-2, axis2=-1) / table.sum(axis=(-2, -1)))


def class_rows(
    name: str,
    methods: Mapping[tuple[str, Role], Classes],
    truth: Classes,
    groups: npt.NDArray[np.str_],
    seed: int,
    classes: int = 3,
    suffix: str = "",
) -> Iterator[Row]:
    """Yield macro-F1 and accuracy of each method, with 95 % intervals over groups (dialogues)."""
    draws = Draws.of(groups, seed)
    for (method, role), given in methods.items():
        table = confusion(truth, given, classes, draws)
        for metric, values in (("macro_f1", macro_f1(table)), ("accuracy", accuracy(table))):
            yield Row(name, method, role, metric + suffix, *interval(values), n=len(truth))


def score_rows(
    name: str,
    methods: Mapping[tuple[str, Role], Floats],
    truth: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.str_],
    seed: int,
) -> Iterator[Row]:
    """Yield ROC-AUC and average precision of each method, and what ours gains over each baseline (paired resamples)."""
    draws = Draws.of(groups, seed)
    ranked = {key: Ranking.of(scores, truth, draws) for key, scores in methods.items()}
    for metric in ("roc_auc", "average_precision"):
        values = {key: getattr(each, metric)() for key, each in ranked.items()}
        for (method, role), found in values.items():
            yield Row(name, method, role, metric, *interval(found), n=len(truth))
        yield from _gains(name, metric, values, len(truth))


def _gains(name: str, metric: str, values: Mapping[tuple[str, Role], Floats], n: int) -> Iterable[Row]:
    ours = next((key for key in values if key[1] == "ours"), None)
    if ours is None:
        return
    for (method, role), found in values.items():
        if role == "baseline":
            yield Row(name, *ours, f"{metric}_gain_over_{method}", *interval(values[ours] - found), n=n)
