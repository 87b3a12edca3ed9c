"""How sure a label is: calibration by what a log shows itself, and the curve of throughput against precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEAST, MOST = 1e-4, 1 - 1e-4
"""Probabilities are kept within these where their odds are taken."""

PRIOR = 20.0
"""Turns' worth of belief that a model is calibrated as it is: with fewer checks than this a log changes little."""

STEPS = 30
"""Newton steps of the fit of two numbers; it settles in fewer than ten."""


class Scale(NamedTuple):
    """Odds become ``odds ** slope * exp(shift)``."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, confidence: Floats) -> Floats:
        """Return calibrated probabilities."""
        return 1 / (1 + np.exp(-(self.slope * _logit(confidence) + self.shift)))


@dataclass(frozen=True)
class Calibration:
    """A scale for each source of labels; what has none is left as it is."""

    scales: Mapping[str, Scale] = field(default_factory=dict)

    def of(self, confidence: Floats, sources: npt.NDArray[np.str_]) -> Floats:
        """Return calibrated probabilities of labels from ``sources``."""
        found = np.asarray(confidence, dtype=np.float64).copy()
        for source, scale in self.scales.items():
            chosen = sources == source
            found[chosen] = scale.of(found[chosen])
        return found


def fitted(confidence: Floats, right: Floats, weight: Floats | None = None) -> Scale:
    """Return the scale under which confidences agree with what was right.

    A logistic regression of two numbers (Platt, 1999), drawn towards no change by ``PRIOR`` turns' worth.

    Args:
        confidence: probabilities as a model gave them.
        right: whether each label was right, 0 to 1.
        weight: of each; 1 where there is none.

    >>> sure = np.repeat([0.9, 0.5], 20_000)
    >>> scale = fitted(sure, np.repeat([0.8, 0.3], 20_000))
    >>> scale.of(np.array([0.9, 0.5])).round(2).tolist()
    [0.8, 0.3]
    """
    odds = np.stack([_logit(confidence), np.ones(len(confidence))], axis=1)
    weight = np.ones(len(confidence)) if weight is None else weight
    start = np.array([1.0, 0.0])
    at = start.copy()
    for _ in range(STEPS):
        given = 1 / (1 + np.exp(-odds @ at))
        slope = odds.T @ (weight * (given - right)) + PRIOR * (at - start)
        bend = (odds * (weight * given * (1 - given))[:, None]).T @ odds + PRIOR * np.eye(2)
        at = at - np.linalg.solve(bend, slope)
    return Scale(float(max(at[0], 0.0)), float(at[1]))


class Point(NamedTuple):
    """One point of the curve."""

    threshold: float
    """Confidence from which turns are labelled."""
    throughput: float
    """Share of turns that are."""
    precision: float
    """Share of these labels that are right, as far as confidences tell."""


LEAST_SURE = 0.5
"""Confidence of a single label, at the least, whatever the mean: below, it is wrong more often than right, and many
good ones would carry it out of the log. Who asks for less precision than this gets that."""

NOWHERE = Point(1.0 + 1e-9, 0.0, 1.0)
"""Where nothing is labelled."""

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)
"""Precisions that the curve shows."""

BINS = 2_000
"""Steps of confidence that are counted: a threshold is exact to one of them, and memory does not grow with a log."""


class Tally:
    """Confidences of a log's labels, counted."""

    def __init__(self) -> None:
        self._counts = np.zeros(BINS + 1)
        self._sums = np.zeros(BINS + 1)
        self.turns = 0
        """Turns, with and without labels."""

    def add(self, confidence: Floats, turns: int) -> None:
        """Count the labels of some turns."""
        steps = (np.asarray(confidence, dtype=np.float64) * BINS).astype(np.intp)
        self._counts += np.bincount(steps, minlength=BINS + 1)
        self._sums += np.bincount(steps, confidence, minlength=BINS + 1)
        self.turns += turns

    def point(self, precision: float) -> Point:
        """Return where as many turns are labelled as a precision allows, by the mean confidence of what is labelled.

        No single label is less sure than ``LEAST_SURE``.

        >>> tally = Tally()
        >>> tally.add(np.array([1.0, 1.0, 0.7, 0.1]), turns=5)
        >>> tally.point(0.9)
        Point(threshold=0.7, throughput=0.6, precision=0.9)
        >>> tally.add(np.ones(20), turns=20)
        >>> tally.point(0.9).threshold  # though with the 0.1 the mean is above 0.9
        0.7
        """
        counts, sums = (np.cumsum(each[::-1])[::-1] for each in (self._counts, self._sums))
        means = np.divide(sums, counts, out=np.ones(BINS + 1), where=counts > 0)
        sure = np.arange(BINS + 1) >= min(LEAST_SURE, precision) * BINS
        enough = np.flatnonzero((means >= precision - ROUNDING) & (self._counts > 0) & sure)
        if not len(enough):
            return NOWHERE
        step = enough[0]
        return Point(float(step / BINS), float(counts[step] / self.turns), round(float(means[step]), 6))

    def curve(self) -> list[Point]:
        """Return a point for each of ``LEVELS``."""
        return [self.point(level) for level in LEVELS]


ROUNDING = 1e-9
"""What a mean may be off by."""


def _logit(probability: Floats) -> Floats:
    kept = np.clip(probability, LEAST, MOST)
    return np.asarray(np.log(kept / (1 - kept)))
