"""Ways to say which action comes next: ours, its ablations, and what they are measured against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sayagain.choices.counts import Counts
from sayagain.choices.crosses import Cell, Crosses, Names
from sayagain.choices.features import Design
from sayagain.choices.ranker import Ranker
from sayagain.evaluation.choices.overlap import households
from sayagain.evaluation.choices.smartthings import (
    CROSSES,
    FACETS,
    LEVELS,
    Routine,
    asked,
    context,
    examples,
    vocabulary,
)
from sayagain.evaluation.report import OURS, Role

Floats = npt.NDArray[np.float64]


class Said(NamedTuple):
    """What a method says of each routine."""

    hits: Floats
    """1 where the right action was named first, else 0."""
    sure: Floats | None = None
    """The probability that it gives what it names first; None where it gives none."""


Method = Callable[[Sequence[Routine], Sequence[Routine]], Said]
"""Of the routines to learn from and those to judge: what is said of each of these."""


@dataclass(frozen=True)
class Trees:
    """Trees over the shares of the candidates, as ``choose`` has them."""

    crosses: tuple[Names, ...] = CROSSES
    levels: tuple[str, ...] = LEVELS

    def __call__(self, learned: Sequence[Routine], judged: Sequence[Routine]) -> Said:
        """Learn, and say what comes last in each routine."""
        known = vocabulary(learned)
        design = Design(Crosses.of(self.crosses), FACETS, self.levels)
        ranker = Ranker.fit(design, list(examples(learned, known, households(learned))))
        habits = defaultdict[str, Counts](lambda: Counts(design.crosses))
        hits, sure = list[bool](), list[float]()
        for example in examples(judged, known, [f"judged {number}" for number in range(len(judged))]):
            if example.taught:
                p = ranker.probabilities(example.moment, habits)
                hits.append(int(p.argmax()) in example.possible)
                sure.append(float(p.max()))
            else:
                habits[example.moment.people["household"]].add(example)
        return Said(np.array(hits, dtype=np.float64), np.array(sure))

    def blind(self, *names: str) -> Trees:
        """Return the same without some names of the context."""
        seen = (tuple(name for name in cross if name not in names) for cross in self.crosses)
        return replace(self, crosses=tuple(dict.fromkeys(seen)))


@dataclass(frozen=True)
class BackedOff:
    """The likeliest under one cross, leaning on the coarser ones: the counts that the trees read, without the trees."""

    cross: Names

    def __call__(self, learned: Sequence[Routine], judged: Sequence[Routine]) -> Said:
        """Count, and say what comes last in each routine."""
        known = vocabulary(learned)
        design = Design(Crosses.of([self.cross]), FACETS[:1])
        counts = Counts.fit(design.crosses, examples(learned, known, [""] * len(learned)))
        place = design.crosses.names.index(self.cross)
        moments = asked(judged, known)
        shares = [design.rows(each, counts, {})[:, place] for each in moments]
        return _said([int(known[share.argmax()].facets["action"]) for share in shares], judged)


@dataclass(frozen=True)
class MostFrequent:
    """The most frequent under one cross; where its cell was never seen, under the coarser one."""

    cross: Names

    def __call__(self, learned: Sequence[Routine], judged: Sequence[Routine]) -> Said:
        """Count, and say what comes last in each routine."""
        crosses = Crosses.of([self.cross])
        seen = defaultdict[Cell, Counter[int]](Counter)
        for routine in learned:
            for at, entry in enumerate(routine):
                for cell in crosses.cells(context(routine, at)):
                    if cell is not None:
                        seen[cell][entry.control] += 1
        finest = [
            next(cell for cell in reversed(crosses.cells(context(routine, len(routine) - 1))) if cell in seen)
            for routine in judged
        ]
        return _said([seen[cell].most_common(1)[0][0] for cell in finest if cell], judged)


def last(learned: Sequence[Routine], judged: Sequence[Routine]) -> Said:
    """Say the action of just before."""
    return _said([routine[-2].control for routine in judged], judged)


def offered(learned: Sequence[Routine], judged: Sequence[Routine]) -> Said:
    """Say the right action wherever it was ever seen in learning: the most that ranking what is known can reach."""
    seen = {entry.control for routine in learned for entry in routine}
    return Said(np.array([routine[-1].control in seen for routine in judged], dtype=np.float64))


def _said(best: Sequence[int], judged: Sequence[Routine]) -> Said:
    return Said(np.array([one == routine[-1].control for one, routine in zip(best, judged, strict=True)], dtype=float))


BASELINES: dict[str, Method] = {
    "popularity": MostFrequent(()),
    "last": last,
    "markov": MostFrequent(("last",)),
    "markov_hour": MostFrequent(("last", "hour")),
    "markov_hour_tenth": MostFrequent(("judged", "last", "hour")),
    "backed_off": BackedOff(("last", "hour", "last2")),
    "backed_off_tenth": BackedOff(("judged", "last", "hour", "last2")),
}
"""``_tenth`` counts the last actions of routines apart; the back-off is a Markov chain of order two with the hour."""

METHODS: dict[str, tuple[Role, Method]] = {
    "offered": ("ceiling", offered),
    **{name: ("baseline", method) for name, method in BASELINES.items()},
    OURS: ("ours", Trees()),
    "without_own_habits": ("ablation", Trees(levels=())),
    "without_time": ("ablation", Trees().blind("hour", "day", "gap")),
    "without_last": ("ablation", Trees().blind("last", "last2", "last3", "last_device", "last_capability")),
    "without_judged": ("ablation", Trees().blind("judged")),
}
"""Method → its role, and how it says what comes next."""
