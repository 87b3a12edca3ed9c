"""Routines that overlap: windows cut from one household's days, so that one may hold what another is asked for.

The published files were split window by window. Most windows of ``fr`` that are to be judged share entries with windows
to learn from, and then the very action that is asked for stands there. So figures are given also of what is learned
without such windows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sayagain.evaluation.choices.smartthings import Routine

SHARED = 5
"""Entries in a row, alike in all five numbers, that only windows of one household share."""


def pieces(routine: Routine) -> set[Routine]:
    """Return all runs of ``SHARED`` entries."""
    return {routine[at : at + SHARED] for at in range(len(routine) - SHARED + 1)}


def households(routines: Sequence[Routine]) -> list[str]:
    """Return a name for each routine, the same for those that a chain of overlaps connects."""
    number = dict[Routine, int]()
    pairs = [
        (at, number.setdefault(piece, len(number))) for at, routine in enumerate(routines) for piece in pieces(routine)
    ]
    rows, columns = np.array(pairs).T
    size = len(routines) + len(number)
    graph = coo_array((np.ones(len(pairs)), (rows, columns + len(routines))), (size, size))
    return [str(each) for each in connected_components(graph)[1][: len(routines)].tolist()]


def without_the_asked(learned: Sequence[Routine], judged: Sequence[Routine]) -> list[Routine]:
    """Return the routines that do not hold what is asked for: the end of one that is judged."""
    ends = {routine[-SHARED:] for routine in judged}
    return [routine for routine in learned if not pieces(routine) & ends]


def without_the_households(learned: Sequence[Routine], judged: Sequence[Routine]) -> list[Routine]:
    """Return the routines of households of which none is judged."""
    names = households([*learned, *judged])
    known = set(names[len(learned) :])
    return [routine for routine, name in zip(learned, names, strict=False) if name not in known]
