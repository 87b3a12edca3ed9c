"""How well readings tell which turn says the request again, for a thousand resamples at once.

Each excerpt adds to a few counts (hits, wrongly chosen, missed, for each class). Groups are what is resampled: their
sums, times how often each was drawn (``statistics.Draws``), are the counts of every resample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.defects.discrimination import Floats, Ranking
from sayagain.evaluation.rephrases.method import Reading
from sayagain.evaluation.statistics import Draws, resampled
from sayagain.rephrases.excerpt import Kind, Marked

Ints = npt.NDArray[np.int64]

KIND_CLASSES: tuple[Kind | None, ...] = (None, "command_correction", "asr_correction")
"""The kinds by number; None is a new command: nothing says the request again."""
UNKNOWN_KIND = -1
"""Number of a kind that is not told."""

EVEN = 0.5
"""Threshold where there are no validation excerpts to tune one on: as likely as not."""


@dataclass(frozen=True)
class Thresholds:
    """Thresholds on scores: for choosing a turn, and for telling its kind."""

    turn: float = EVEN
    """The highest-scoring turn is chosen where its score is at least this, else none is."""
    kind: float = EVEN
    """A chosen turn is an ``asr_correction`` where its ``kind`` is at least this, else a ``command_correction``."""


@dataclass(frozen=True)
class Answers:
    """Where the request is said again, of each excerpt: the truth, or what a method chose. Shapes (excerpts,)."""

    turn: Ints
    """0 for none."""
    start: Ints
    end: Ints
    kind: Ints
    """Number in ``KIND_CLASSES``, or ``UNKNOWN_KIND``."""

    @classmethod
    def true(cls, marked: Sequence[Marked]) -> Self:
        """Return the truth."""
        rows = [
            (span.turn, span.start, span.end, KIND_CLASSES.index(span.kind) if span.kind else UNKNOWN_KIND)
            if (span := each.span)
            else (0, 0, 0, 0)
            for each in marked
        ]
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


@dataclass(frozen=True)
class Candidates:
    """The highest-scoring turn of each excerpt, the earliest of equals, before any threshold. Shapes (excerpts,)."""

    score: Floats
    """Minus infinity where no turn follows inside the window."""
    turn: Ints
    start: Ints
    end: Ints
    kind: Floats | None

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Self:
        """Return the candidates of a method's readings."""
        best = [int(np.argmax(each.scores)) if len(each.scores) else None for each in readings]
        pairs = list(zip(readings, best, strict=True))
        places = [(0, 0, 0) if i is None else (i + 1, *each.spans[i]) for each, i in pairs]
        kinds = [0.0 if i is None else each.kind[i] for each, i in pairs if each.kind is not None]
        turn, start, end = np.array(places, dtype=np.int64).reshape(-1, 3).T
        return cls(
            np.array([-np.inf if i is None else each.scores[i] for each, i in pairs], dtype=np.float64),
            turn,
            start,
            end,
            np.array(kinds, dtype=np.float64) if len(kinds) == len(readings) else None,
        )

    def chosen(self, thresholds: Thresholds) -> Answers:
        """Return what is chosen at these thresholds."""
        taken = (self.score >= thresholds.turn) & (self.turn > 0)
        kind = np.full(len(taken), UNKNOWN_KIND) if self.kind is None else 1 + (self.kind >= thresholds.kind)
        return Answers(*(np.where(taken, values, 0) for values in (self.turn, self.start, self.end, kind)))


def turn_counts(truth: Answers, found: Answers) -> Floats:
    """Return what each excerpt adds to (hits, wrong, missed) of "some turn" and of "none"; shape (excerpts, 2, 3).

    A chosen turn that is the wrong one is both wrong and missed of "some turn".
    """
    right = truth.turn == found.turn
    classes = ((truth.turn > 0, found.turn > 0), (truth.turn == 0, found.turn == 0))
    counts = [np.stack([is_ & right, called & ~right, is_ & ~right], axis=-1) for is_, called in classes]
    return np.stack(counts, axis=1).astype(np.float64)


def kind_counts(truth: Answers, found: Answers) -> Floats:
    """Return the same for each of ``KIND_CLASSES``, whichever turn was chosen; shape (excerpts, 3, 3).

    Excerpts whose true kind is not known add nothing.
    """
    numbers = np.arange(len(KIND_CLASSES))
    is_, called = (each.kind[:, None] == numbers for each in (truth, found))
    known = (truth.kind != UNKNOWN_KIND)[:, None]
    return np.stack([is_ & called, ~is_ & called & known, is_ & ~called], axis=-1).astype(np.float64)


def f1s(counts: Floats) -> Floats:
    """Return the F1 of each class: shape (…, classes, 3) → (…, classes); NaN where it neither occurs nor is called."""
    hits, wrong, missed = np.moveaxis(counts, -1, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * hits / (2 * hits + wrong + missed))


def macro(counts: Floats) -> Floats:
    """Return the mean F1 of the classes that occur or are called: shape (…, classes, 3) → (…)."""
    each = f1s(counts)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(each, axis=-1) / (~np.isnan(each)).sum(axis=-1))


def measure(truth: Answers, candidates: Candidates, thresholds: Thresholds, draws: Draws) -> dict[str, Floats]:
    """Return each metric on the data as they are and in each resample, shape (1 + resamples,).

    - ``f1``: the mean of the F1 of "some turn" and the F1 of "none", over those of the two that occur or are chosen.
      A turn chosen where another one is right counts against "some turn" twice: as wrongly chosen and as missed.
    - ``f1_turn``: the F1 of "some turn" alone.
    - ``exact_match``: share of excerpts with turn, start and end exactly right, or with none and rightly so.
    - ``average_precision``: of "some turn says it again" by the highest score of the excerpt.
    - ``macro_f1``: mean F1 of the three ``KIND_CLASSES``, whichever turn was chosen; where kinds are told and known.

    A metric that is not defined (there is nothing to find and nothing was found) is left out.
    """
    found = candidates.chosen(thresholds)
    turns = resampled(turn_counts(truth, found), draws)
    exact = (truth.turn == found.turn) & (truth.start == found.start) & (truth.end == found.end)
    hits, excerpts = resampled(np.stack([exact, np.ones_like(exact)], axis=1).astype(np.float64), draws).T
    with np.errstate(invalid="ignore"):
        precision = Ranking.of(candidates.score, truth.turn > 0, draws).average_precision()
    metrics = {"f1": macro(turns), "f1_turn": f1s(turns)[:, 0], "exact_match": hits / excerpts}
    metrics["average_precision"] = precision
    if candidates.kind is not None and np.any(truth.kind > 0):
        metrics["macro_f1"] = macro(resampled(kind_counts(truth, found), draws))
    return {name: values for name, values in metrics.items() if not np.isnan(values[0])}
