"""What people reach themselves: each rater's label against the one that the others' ratings give.

This is a ceiling for whoever has to agree with several people about what one of them may see otherwise. It is taken
rater by rater: the truth of a rater's row comes from all others of the same turn, by the rule that makes the truth of
all of them. A method is put against the same rows, so that it and one rater answer to one truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.labels.figures import Classes, class_rows
from sayagain.evaluation.report import OURS, Role, Row

Ratings = Sequence[int]


@dataclass(frozen=True)
class LeftOut:
    """One row for each turn and rater of it."""

    turn: npt.NDArray[np.intp]
    """Number of the turn."""
    own: Classes
    """What this rater alone would call the turn."""
    others: Classes
    """What all other raters together would call it."""


def left_out(ratings: Sequence[Ratings], label: Callable[[Ratings], int]) -> LeftOut:
    """Return, for each rater of each turn, the rater's own label and that of the others.

    Turns with one rater have no others and are left out.
    """
    rows = [
        (number, label([given]), label([*each[:place], *each[place + 1 :]]))
        for number, each in enumerate(ratings)
        if len(each) > 1
        for place, given in enumerate(each)
    ]
    turn, own, others = (np.array(column, dtype=np.intp) for column in zip(*rows, strict=True)) if rows else _NONE
    return LeftOut(turn, own, others)


_NONE = (np.zeros(0, dtype=np.intp),) * 3


def against_others(
    name: str,
    ratings: Sequence[Ratings],
    label: Callable[[Ratings], int],
    ours: Classes,
    groups: npt.NDArray[np.str_],
    seed: int,
) -> Iterator[Row]:
    """Yield the figures of one rater, and of ours, against the label of the other raters (metrics end ``_by_others``).

    Args:
        name: of the set.
        ratings: of each turn, one a rater.
        label: the rule from ratings to a class.
        ours: the class that we give to each turn.
        groups: the dialogue of each turn.
        seed: of the bootstrap.
    """
    rows = left_out(ratings, label)
    methods: dict[tuple[str, Role], Classes] = {("one_rater", "ceiling"): rows.own, (OURS, "ours"): ours[rows.turn]}
    yield from class_rows(name, methods, rows.others, groups[rows.turn], seed, suffix="_by_others")
