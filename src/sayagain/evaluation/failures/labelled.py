"""A set of turns whose outcome is known, what is seen of each, and how methods are cross-fitted on it.

What is seen of a turn comes in *blocks*: named functions that give numbers for turns, from the turns themselves and from
others that are *known* (whose outcome may be used, and whose words count as seen). A turn that a method learns from is
shown to it as a new one will be: through blocks that know only turns of other groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.report import FOLDS, Role

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]

INNER_FOLDS = 3
"""Parts of what is learned from, each shown as the others know it."""

Block = Callable[[Ints, Ints], Floats]
"""(numbers of turns, numbers of known turns) → one row of numbers a turn."""

Model = Callable[[Floats, Ints, Floats, int, int], Floats]
"""(numbers to learn from, their outcomes, numbers to judge, how many outcomes, seed) → probabilities of outcomes."""


@dataclass(frozen=True)
class Method:
    """A model over some of the blocks."""

    role: Role
    model: Model
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Labelled:
    """Turns with their outcomes, and the methods that are to tell them."""

    name: str
    outcomes: tuple[str, ...]
    """The last is the one of turns that went right."""
    truth: Ints
    """Number of each turn's outcome; shape (turns,)."""
    groups: Texts
    """What a turn is kept together with in splits: an utterance, a caller, a model."""
    clusters: Texts
    """What is resampled for intervals: turns of one cluster depend on each other."""
    blocks: Mapping[str, Block]
    methods: Mapping[str, Method]
    views: Mapping[str, Flags] = field(default_factory=dict)
    """Parts of the turns that are reported as sets of their own, beside the whole."""


def parts(groups: Texts, seed: int, folds: int = FOLDS) -> Ints:
    """Return the part of each turn, from 0 on; all turns of a group are in one part.

    >>> len(set(parts(np.array(["ann", "bob", "ann"]), seed=1)[[0, 2]]))
    1
    """
    names, group_of = np.unique(groups, return_inverse=True)
    placed = np.arange(len(names)) % folds
    return np.asarray(np.random.default_rng(seed).permutation(placed)[group_of.ravel()], dtype=np.intp)


def cross_fitted(labelled: Labelled, rows: Ints, seed: int) -> dict[str, Floats]:
    """Return what each method makes of ``rows``, each judged by what learned from the rows of other groups.

    Returns:
        Probabilities of outcomes, shape (rows, outcomes), by name of the method.
    """
    part = parts(labelled.groups[rows], seed)
    found = {name: np.zeros((len(rows), len(labelled.outcomes))) for name in labelled.methods}
    for each in np.unique(part):
        for name, judged in held_out(labelled, rows[part != each], rows[part == each], seed).items():
            found[name][part == each] = judged
    return found


def held_out(labelled: Labelled, train: Ints, test: Ints, seed: int) -> dict[str, Floats]:
    """Return what each method, having learned from ``train``, makes of ``test``."""
    used = dict.fromkeys(block for method in labelled.methods.values() for block in method.blocks)
    seen = {name: (_crossed(labelled, name, train, seed), labelled.blocks[name](test, train)) for name in used}
    return {
        name: method.model(
            np.hstack([seen[block][0] for block in method.blocks]),
            labelled.truth[train],
            np.hstack([seen[block][1] for block in method.blocks]),
            len(labelled.outcomes),
            seed,
        )
        for name, method in labelled.methods.items()
    }


def _crossed(labelled: Labelled, block: str, train: Ints, seed: int) -> Floats:
    """Return a block of the turns to learn from, each as seen by who knows those of other groups."""
    pieces = list(_pieces(labelled, block, train, seed))
    order = np.concatenate([places for places, _ in pieces])
    numbers = np.vstack([values for _, values in pieces])
    found = np.empty_like(numbers)
    found[order] = numbers
    return found


def _pieces(labelled: Labelled, block: str, train: Ints, seed: int) -> Iterator[tuple[Ints, Floats]]:
    part = parts(labelled.groups[train], seed + 1, INNER_FOLDS)
    for each in np.unique(part):
        yield np.flatnonzero(part == each), labelled.blocks[block](train[part == each], train[part != each])


def without(blocks: Sequence[str], *left_out: str) -> tuple[str, ...]:
    """Return the blocks but for some."""
    return tuple(block for block in blocks if block not in left_out)
