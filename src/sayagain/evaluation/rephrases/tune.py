"""Thresholds, and the best of several variants, chosen on validation excerpts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sayagain.evaluation.defects.discrimination import Floats
from sayagain.evaluation.rephrases.measure import (
    Answers,
    Candidates,
    Thresholds,
    kind_counts,
    macro,
    turn_counts,
)
from sayagain.evaluation.rephrases.method import Method
from sayagain.rephrases.excerpt import Marked


def tune(truth: Answers, candidates: Candidates) -> Thresholds:
    """Return the thresholds with the highest ``f1``, then ``macro_f1``; the default ones where there are no excerpts.

    Args:
        truth: of the validation excerpts.
        candidates: what a method makes of them.
    """
    if not len(truth.turn):
        return Thresholds()
    every, none = (turn_counts(truth, candidates.chosen(Thresholds(turn=least))) for least in (-np.inf, np.inf))
    turn = _best_cut(candidates.score, every, none)
    if candidates.kind is None:
        return Thresholds(turn)
    asr, command = (kind_counts(truth, candidates.chosen(Thresholds(turn, least))) for least in (-np.inf, np.inf))
    return Thresholds(turn, _best_cut(candidates.kind, asr, command))


def best(variants: Mapping[str, Method], valid: Sequence[Marked]) -> Method:
    """Return the variant with the highest ``f1`` at its own threshold; the first where ``valid`` is empty."""
    truth = Answers.true(valid)

    def attained(method: Method) -> float:
        candidates = Candidates.of(method.read([each.excerpt for each in valid]))
        return float(macro(turn_counts(truth, candidates.chosen(tune(truth, candidates))).sum(axis=0)))

    return max(variants.values(), key=attained) if valid else next(iter(variants.values()))


def _best_cut(values: Floats, above: Floats, below: Floats) -> float:
    """Return the threshold on ``values`` with the highest mean F1, the highest of equals.

    It lies halfway between two values, so that it is not the property of one excerpt.

    Args:
        values: shape (excerpts,).
        above: what each excerpt adds to the counts where its value reaches the threshold, (excerpts, classes, 3).
        below: what it adds where not.
    """
    order = np.argsort(-values, kind="stable")
    gained = np.cumsum((above - below)[order], axis=0)
    totals = below.sum(axis=0) + np.concatenate([np.zeros_like(gained[:1]), gained])
    highs = np.array([np.inf, *values[order]])
    lows = np.array([*values[order], -np.inf])
    cut = np.argmax(np.where(highs > lows, macro(totals), -1))
    high, low = float(highs[cut]), float(lows[cut])
    middle = (high + low) / 2
    return middle if middle > low else high
