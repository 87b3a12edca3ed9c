"""Figures of each signal in a log: how often it speaks, with whom, against whom, and what that is worth.

Coverage, overlap and conflict are those of labelling functions (Ratner et al., VLDB 2017), with one change: members of
a family look at the same thing, so only signals of other families overlap or conflict with a signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sayagain.defects.label_model import LabelModel, Votes
from sayagain.defects.signals import ALL_SIGNALS, DEFECT


@dataclass(frozen=True)
class SignalFigures:
    """The figures of one signal; the last three are None where it never spoke."""

    signal: str
    family: str
    vote: Literal["defect", "fine"]
    coverage: float
    """Share of the turns of which it spoke."""
    overlap: float | None
    """Share of these of which a signal of another family spoke, too."""
    conflict: float | None
    """Share of these of which a signal of another family said the opposite."""
    weight: float | None
    """Mean log-likelihood ratio of its family where it spoke: above 0 speaks for a defect; None, too, where the log
    gives its family nothing to look at."""


def signal_figures(votes: Votes, counts: npt.NDArray[np.float64], model: LabelModel) -> list[SignalFigures]:
    """Return the figures of all signals, in their order.

    Args:
        votes: distinct patterns, shape (patterns, signals).
        counts: turns that show each, shape (patterns,).
        model: learned from them.
    """
    spoke = votes >= 0
    family = np.array([signal.family for signal in ALL_SIGNALS.values()])
    weights = {name: model.family_weights(votes, name) for name in model.families}
    found = []
    for place, signal in enumerate(ALL_SIGNALS.values()):
        mine, others = spoke[:, place], family != signal.family
        times = counts[mine]
        also = spoke[mine][:, others]
        opposite = also & (votes[mine][:, others] == 1 - signal.vote)
        learned = weights.get(signal.family)
        found.append(
            SignalFigures(
                signal=signal.name,
                family=signal.family,
                vote="defect" if signal.vote == DEFECT else "fine",
                coverage=float(times.sum() / max(counts.sum(), 1.0)),
                overlap=_mean(np.asarray(also.any(axis=1)), times),
                conflict=_mean(np.asarray(opposite.any(axis=1)), times),
                weight=None if learned is None else _mean(learned[mine], times),
            )
        )
    return found


def _mean(values: npt.NDArray[np.generic], times: npt.NDArray[np.float64]) -> float | None:
    return float(np.average(np.asarray(values, dtype=np.float64), weights=times)) if times.sum() else None
