"""How well scores tell two classes apart, with bootstrap intervals over folds, for a thousand resamples at once.

All metrics here depend on the data only through how many of each class have each distinct score. Folds (callers, days)
are what is resampled, so one sparse table of counts (folds by scores) times the number of times each fold was drawn
gives every resample by one matrix product. Row 0 is always the data as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sayagain.evaluation.statistics import Draws

Floats = npt.NDArray[np.float64]

BINS = 10
"""Equal-width bins of the calibration error."""


@dataclass(frozen=True)
class Ranking:
    """The counts of both classes at each distinct score, in each resample."""

    scores: Floats
    """Distinct scores, ascending; shape (scores,)."""
    positives: Floats
    """Shape (1 + resamples, scores)."""
    negatives: Floats

    @classmethod
    def of(cls, score: Floats, truth: npt.NDArray[np.bool_], draws: Draws) -> Ranking:
        """Count ``truth`` (shape (rows,)) at each distinct ``score`` in each resample."""
        scores, place = np.unique(score, return_inverse=True)
        shape = draws.times.shape[1], len(scores)
        counts = [
            sparse.csr_array((np.ones(kind.sum()), (draws.fold_of[kind], place.ravel()[kind])), shape=shape)
            for kind in (truth, ~truth)
        ]
        return cls(scores, draws.times @ counts[0], draws.times @ counts[1])

    def roc_auc(self) -> Floats:
        """Return the area under the ROC curve of each resample; ties count half."""
        below = np.cumsum(self.negatives, axis=1) - self.negatives / 2
        with np.errstate(invalid="ignore"):
            return np.asarray(
                (self.positives * below).sum(axis=1) / (self.positives.sum(axis=1) * self.negatives.sum(axis=1))
            )

    def average_precision(self) -> Floats:
        """Return Σ (recall gained) × (precision) over the distinct thresholds, from the highest down."""
        hits = np.cumsum(self.positives[:, ::-1], axis=1)
        taken = np.cumsum((self.positives + self.negatives)[:, ::-1], axis=1)
        precision = hits / np.maximum(taken, 1)
        return np.asarray((self.positives[:, ::-1] * precision).sum(axis=1) / self.positives.sum(axis=1))

    def f1(self, threshold: float = 0.5) -> Floats:
        """Return the F1 of calling positive what scores more than ``threshold``."""
        called = self.scores > threshold
        hits = self.positives[:, called].sum(axis=1)
        wrong = self.negatives[:, called].sum(axis=1)
        return np.asarray(2 * hits / (hits + wrong + self.positives.sum(axis=1)))

    def brier(self) -> Floats:
        """Return the mean squared difference between score and truth."""
        total = (self.positives + self.negatives).sum(axis=1)
        return np.asarray((self.positives @ (1 - self.scores) ** 2 + self.negatives @ self.scores**2) / total)

    def calibration_error(self) -> Floats:
        """Return the expected calibration error: |mean score − share of positives| over bins, weighted by size."""
        bins = np.minimum((self.scores * BINS).astype(int), BINS - 1)
        member = (bins[:, None] == np.arange(BINS)).astype(float)
        excess = (self.positives * (self.scores - 1) + self.negatives * self.scores) @ member
        total = (self.positives + self.negatives).sum(axis=1)
        return np.asarray(np.abs(excess).sum(axis=1) / total)
