"""Wishes: turns with the later ones that say them again, and what failures of theirs one mended cause would save."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sayagain.failures.turns import FAILED

Row = Mapping[str, Any]
"""A row of ``turns.read_turns``."""


def wishes(rows: Sequence[Row]) -> list[list[int]]:
    """Return the places of turns that say the same wish, each list in the order of ``rows``, which is that of time."""
    place = {row["turn"]: at for at, row in enumerate(rows)}
    links = [(at, place[row["said_again_by"]]) for at, row in enumerate(rows) if row["said_again_by"] in place]
    source, target = np.array(links, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(links)), (source, target)), shape=(len(rows), len(rows)))
    number, label = connected_components(graph, directed=False)
    found: list[list[int]] = [[] for _ in range(number)]
    for at, wish in enumerate(label.tolist()):
        found[wish].append(at)
    return found


def put_right(rows: Sequence[Row]) -> list[int | None]:
    """Return for each turn the place of the first that worked among those that say it again, one after the other.

    None where none did.
    """
    place = {row["turn"]: at for at, row in enumerate(rows)}
    found: list[int | None] = [None] * len(rows)
    for at in reversed(range(len(rows))):
        after = place.get(rows[at]["said_again_by"])
        if after is not None and after > at:  # a link leads forward in time, or is none
            found[at] = found[after] if rows[after]["defect"] > FAILED else after
    return found


def saved(wish: Sequence[Row], causes: Sequence[Hashable | None], cause: Hashable) -> float:
    """Return how many failures by one cause would be expected not to happen in a wish if that cause were mended.

    A failure by it is saved, and so is a retry that counts for it: where an earlier failure of the same wish was of
    this cause, nobody would have said it again. A retry that counts for another cause is saved there, if at all: no
    cause saves more turns than it has, and none is saved twice.

    Args:
        wish: turns that say the same wish, in order.
        causes: of each, the cause of its failure that is counted; None where there is none.
        cause: the one that is mended.
    """
    total = ended = 0.0  # ``ended``: P(mended before this turn, so that it is never said)
    for row, own in zip(wish, causes, strict=True):
        of_cause = row["p_cause"] if own == cause else 0.0
        if own == cause:
            total += ended * row["defect"] + (1 - ended) * of_cause
        ended = row["p_said_again"] * (ended + (1 - ended) * of_cause)
    return total
