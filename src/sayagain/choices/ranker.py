"""P(meant | candidate, moment): boosted trees over what is read of each candidate, and a softmax over all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sayagain.choices.counts import STRENGTH, Counted, Counts, Floats
from sayagain.choices.crosses import Crosses
from sayagain.choices.features import Design, Habits
from sayagain.choices.moments import Example, Moment
from sayagain.extras import load_xgboost

if TYPE_CHECKING:
    import xgboost as xgb

FOLDS = 5
"""Parts of the cross-fitting: what is read of an example comes from the counts of the other parts."""

SERVED_STRENGTH = STRENGTH * FOLDS / (FOLDS - 1)
"""What stands behind everyone's shares weighs as much beside all counts as it did, in learning, beside those of the
other parts; else the shares of what was never meant are smaller than any that the trees have seen."""

ROUNDS = 150
TREES = {
    "objective": "binary:logistic", "base_score": 0.5, "max_depth": 4, "eta": 0.05, "min_child_weight": 1.0,
    "subsample": 0.8, "colsample_bytree": 0.5, "lambda": 2.0, "nthread": 1, "seed": 1, "tree_method": "hist",
}  # fmt: skip


@dataclass(frozen=True)
class Ranker:
    """The trees, and everyone's counts that they read."""

    design: Design
    everyone: Counted
    trees: xgb.Booster
    temperature: float = 1.0
    """What margins are divided by, so that the probabilities are right."""

    @classmethod
    def fit(
        cls,
        design: Design,
        examples: Sequence[Example],
        fading: float = 1.0,
        shared: Sequence[Example] | None = None,
    ) -> Ranker:
        """Learn from examples in the order of time, of which at least one is taught and says something.

        Args:
            design: what is read.
            examples: of many people.
            fading: of people's own counts, as ``Counts.add`` has it.
            shared: the same examples as far as they are counted for everyone; wholly, by default.
        """
        parts = _parts(examples)
        everyones = examples if shared is None else shared
        counted = [
            Counts.fit(design.crosses, (each for each, part in zip(everyones, parts, strict=True) if part == out))
            for out in range(FOLDS)
        ]
        everyone = Counts.total(counted)
        table = Table.of(design, examples, parts, [everyone.without(part) for part in counted], fading)
        return cls(design, everyone, boosted(table), _temperature(table))

    @property
    def crosses(self) -> Crosses:
        """The crosses that are counted."""
        return self.design.crosses

    def probabilities(self, moment: Moment, habits: Habits) -> Floats:
        """Return how likely each candidate is what is meant, shape (candidates,); they add up to 1."""
        rows = self.design.rows(moment, self.everyone, habits, SERVED_STRENGTH)
        prior = np.array([each.prior for each in moment.candidates])
        return softmax((margins(self.trees, rows) + prior) / self.temperature, np.array([len(rows)]))


@dataclass(frozen=True)
class Table:
    """What the trees learn from, a row a candidate, moment after moment."""

    rows: Floats
    """Shape (rows, columns of the design)."""
    prior: Floats
    possible: npt.NDArray[np.bool_]
    weights: Floats
    sizes: npt.NDArray[np.intp]
    """Candidates of each moment, shape (moments,)."""
    part: npt.NDArray[np.intp]
    """Part of the cross-fitting that each moment is in."""

    @classmethod
    def of(
        cls,
        design: Design,
        examples: Sequence[Example],
        parts: Sequence[int],
        others: Sequence[Counts],
        fading: float = 1.0,
    ) -> Table:
        """Go through the examples in the order of time, people's own counts growing on the way.

        Args:
            parts: the part that each example is in.
            others: for each part, everyone's counts without it.
        """
        habits: defaultdict[str, Counts] = defaultdict(lambda: Counts(design.crosses))
        blocks, taught = list[Floats](), list[tuple[Example, int]]()
        for example, part in zip(examples, parts, strict=True):
            if example.taught and example.possible:
                blocks.append(design.rows(example.moment, others[part], habits))
                taught.append((example, part))
            for level in design.levels:
                if level in example.moment.people:
                    habits[example.moment.people[level]].add(example, fading)
        sizes = np.array([len(block) for block in blocks])
        possible = [
            np.isin(np.arange(len(block)), each.possible) for block, (each, _) in zip(blocks, taught, strict=True)
        ]
        prior = np.array([one.prior for each, _ in taught for one in each.moment.candidates])
        weights = np.repeat([each.weight for each, _ in taught], sizes)
        part_of = np.array([part for _, part in taught])
        return cls(np.vstack(blocks), prior, np.concatenate(possible), weights, sizes, part_of)

    def only(self, moments: npt.NDArray[np.bool_]) -> Table:
        """Return the table of some of the moments."""
        rows = np.repeat(moments, self.sizes)
        some = (self.rows[rows], self.prior[rows], self.possible[rows], self.weights[rows])
        return Table(*some, self.sizes[moments], self.part[moments])


def _parts(examples: Sequence[Example]) -> list[int]:
    folds = sorted({example.fold for example in examples})
    drawn = np.random.default_rng(1).permutation(len(folds)) % FOLDS
    part = dict(zip(folds, drawn.tolist(), strict=True))
    return [part[example.fold] for example in examples]


def boosted(table: Table) -> xgb.Booster:
    """Learn the trees.

    The loss is -log of the probability of what may have been meant, so its gradient is p less p among those alone:
    the same formula where what was meant is known and where only one candidate was refused.
    """
    load_xgboost()
    import xgboost as xgb  # noqa: PLC0415 - it loads much, and only who learns needs it

    data = xgb.DMatrix(table.rows)
    trees = xgb.Booster(TREES, [data])
    for number in range(ROUNDS):
        p = softmax(trees.predict(data, output_margin=True) + table.prior, table.sizes)
        left = p * table.possible
        target = left / np.repeat(_sums(left, table.sizes), table.sizes)
        trees.boost(
            data, number, grad=table.weights * (p - target), hess=table.weights * np.maximum(p * (1 - p), LEAST)
        )
    return trees


SHARPEST = 0.7
"""Logarithm of the temperature at the most, either way: a few moments held out say no more than that."""

LEAST = 1e-6
"""Least second derivative, so that no leaf is divided by nothing."""


def margins(trees: xgb.Booster, rows: Floats) -> Floats:
    """Return what the trees give each row, before the softmax."""
    return np.asarray(trees.inplace_predict(rows, predict_type="margin"), dtype=np.float64)


def softmax(values: Floats, sizes: npt.NDArray[np.intp]) -> Floats:
    """Return probabilities that add up to 1 over the candidates of each moment."""
    starts = np.cumsum(sizes) - sizes
    raised = np.exp(values - np.repeat(np.maximum.reduceat(values, starts), sizes))
    return np.asarray(raised / np.repeat(_sums(raised, sizes), sizes))


def _sums(values: Floats, sizes: npt.NDArray[np.intp]) -> Floats:
    return np.asarray(np.add.reduceat(values, np.cumsum(sizes) - sizes))


def _temperature(table: Table) -> float:
    """Return the temperature under which what was meant is likeliest, in a part that the trees did not learn from."""
    out = table.part == 0
    if out.all() or not out.any():
        return 1.0
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - it loads much, and only who learns needs it

    held_out = table.only(out)
    given = margins(boosted(table.only(~out)), held_out.rows) + held_out.prior

    def loss(logarithm: float) -> float:
        p = softmax(given / np.exp(logarithm), held_out.sizes)
        return -float(np.log(_sums(p * held_out.possible, held_out.sizes) + LEAST).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-SHARPEST, SHARPEST), method="bounded").x))
