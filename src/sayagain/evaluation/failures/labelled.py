"""A set of turns whose outcome is known, what is seen of each, and how methods are cross-fitted on it.

What is seen of a turn comes in *blocks*: named functions that give numbers for turns, from the turns themselves and
from others that are *known* (whose outcome may be used, whose words count as seen). A turn that a method learns from
is shown to it as a new one will be: through blocks that know only turns of other groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sayagain.errors import FormatError
from sayagain.evaluation.report import FOLDS, Role
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES as STAGE_OUTCOMES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]

INNER_FOLDS = 3
"""Parts of what is learned from, each shown as the others know it."""

FEWEST = 2
"""Groups to learn from, at the least: what is learned from is shown as others know it."""
TOO_FEW = "Name a file with more utterances, callers or tasks, or one to learn from that shares none with the data"

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


ZeroShot = Callable[[Sequence[Turn]], Floats]
"""A reader that has learned from none of this: turns in order → probabilities of ``schema.reading.OUTCOMES``."""


@dataclass(frozen=True)
class Log:
    """The turns as a log has them, for a reader that learned elsewhere."""

    turns: Callable[[], Sequence[Turn]]
    """All turns in order, those without a known outcome too: they are what is around the others."""
    place: Ints
    """Where in them each labelled turn is."""
    outcome_of: Mapping[str, str]
    """Outcome of a reading → the outcome of this set that it amounts to."""

    def judged(self, zero_shot: ZeroShot, outcomes: Sequence[str]) -> Floats:
        """Return what a reader makes of the labelled turns, as probabilities of ``outcomes`` of the set."""
        read = zero_shot(self.turns())[self.place]
        found = np.zeros((len(self.place), len(outcomes)))
        for column, name in enumerate(STAGE_OUTCOMES):
            found[:, outcomes.index(self.outcome_of[name])] += read[:, column]
        return found


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
    learned: Flags
    """Turns of a file that is only learned from (``--train``); they are not reported."""
    log: Log
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


@dataclass(frozen=True)
class Judged:
    """What methods that had not seen them made of turns."""

    part: Ints
    """Part of each turn in the cross-fitting; turns that are not learned from are in a part of their own."""
    probabilities: Mapping[str, Floats]
    """Of outcomes, shape (turns, outcomes), by name of the method."""


def judge(labelled: Labelled, seed: int) -> Judged:
    """Return what each method makes of each turn, having learned from the turns of other groups.

    Where there are turns that are only learned from, the others are judged by what learned from these, less the groups
    that are in both; and these are cross-fitted.

    Raises:
        FormatError: there is too little to learn from.
    """
    rows = np.arange(len(labelled.truth))
    part = parts(labelled.groups, seed)
    shared = labelled.learned & np.isin(labelled.groups, labelled.groups[~labelled.learned])
    if labelled.learned.any():
        part[~labelled.learned] = FOLDS
    found = {name: np.zeros((len(rows), len(labelled.outcomes))) for name in labelled.methods}
    for each in np.unique(part):
        train = (part != each) & (part != FOLDS) & (~shared if each == FOLDS else True)
        if len(np.unique(labelled.groups[train])) < FEWEST:
            raise FormatError(f"There are too few turns to learn {labelled.name} from", TOO_FEW)
        for name, judged in held_out(labelled, rows[train], rows[part == each], seed).items():
            found[name][part == each] = judged
    return Judged(part, found)


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
