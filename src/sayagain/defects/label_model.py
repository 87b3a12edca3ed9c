"""The label model: how far each signal is to be believed, learned from their votes alone.

A latent class model fitted by EM (Dawid & Skene 1979; Ratner et al. 2017). A turn is a defect with probability π;
given that, each *family* of signals shows one of its levels (which members voted what, silence included) with
probability θ[level | class], independently of the other families. A family that had nothing to look at is left out of
the product. Signals of one family see the same thing, so only families are taken as independent witnesses.

What is known before any vote is seen is the direction of each signal. It enters as a Dirichlet prior over θ, which
also starts EM on the right side of its mirror image, and as a bound: a level at which all votes go one way never weighs
the other way (``_held``). What a person states outright weighs something at the least (``_heard``). The fit is on the
counts of distinct vote patterns (a few thousand), so its time does not depend on the number of turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Votes = npt.NDArray[np.int8]
"""Shape (patterns, signals): 1 defect, 0 fine, -1 silent, -2 absent."""
Floats = npt.NDArray[np.float64]

SILENT, ABSENT = -1, -2
ACCURACY = 0.65
"""How often a signal is right when it speaks, before anything is known: a hint. Signals that state an outcome outright
are declared with more (``signals.OUTRIGHT``)."""
EVEN = 0.5
"""Accuracy of a signal that says nothing: what any may turn out to be worth, at the least."""
PREVALENCE = 0.25
"""Share of defects before anything is known."""
PRIOR_SHARE = 0.15
"""Weight of the prior over a family as a share of the turns that give it something to look at. It
grows with the log because what it guards against does not shrink with data: where families are not quite independent,
unguarded EM finds the split that best explains *their* dependence (long and short requests, say), not defects
(docs/defects.md has the ablation)."""
PRIOR_LEAST = 50.0
"""Weight of the prior in turns at the least, so that a log of some hundred turns is judged mostly by it."""
ITERATIONS = 500
EM_TOLERANCE = 1e-7
"""EM stops when no probability of a pattern moves by more than this."""


@dataclass(frozen=True)
class Evidence:
    """Evidence of one family of signals about a turn: the members that spoke, or their silence, and its weight."""

    signals: tuple[str, ...]
    """The members that spoke; empty where the family's silence is what speaks."""
    family: str
    weight: float
    """Log-likelihood ratio: above 0 speaks for a defect, below 0 against."""


@dataclass(frozen=True)
class LabelModel:
    """A fitted model of the votes."""

    signals: tuple[str, ...]
    families: Mapping[str, tuple[int, ...]]
    """Column numbers of each family's members."""
    prevalence: float
    weights: Mapping[str, Mapping[tuple[int, ...], float]]
    """For each family, the log-likelihood ratio of each level seen in fitting."""
    accuracies: tuple[float, ...]
    """How often each signal was taken to be right before any data."""
    least: tuple[float, ...]
    """How often each is taken to be right at the least."""

    def probability(self, votes: Votes) -> Floats:
        """Return P(defect) for each row of ``votes``."""
        odds = np.full(len(votes), np.log(self.prevalence / (1 - self.prevalence)))
        for family in self.families:
            odds += self.family_weights(votes, family)
        return _sigmoid(odds)

    def family_weights(self, votes: Votes, family: str) -> Floats:
        """Return the log-likelihood ratio that a family gives each row of ``votes``."""
        levels, which = np.unique(votes[:, self.families[family]], axis=0, return_inverse=True)
        return np.array([self._weight(family, level) for level in levels])[which.ravel()]

    def explain(self, votes: Votes) -> list[Evidence]:
        """Return what spoke about one turn (``votes`` has shape (signals,)), weightiest first."""
        heard = [
            Evidence(
                tuple(self.signals[i] for i in members if votes[i] >= 0),
                family,
                self._weight(family, votes[list(members)]),
            )
            for family, members in self.families.items()
        ]
        return sorted((each for each in heard if each.weight), key=lambda each: -abs(each.weight))

    def summary(self) -> dict[str, Any]:
        """Return the model as plain values: prevalence, and for each family its levels with their weights."""
        levels = {
            family: [
                {
                    "signals": [self.signals[i] for i, vote in zip(members, level, strict=True) if vote >= 0],
                    "weight": round(weight, 4),
                }
                for level, weight in sorted(self.weights[family].items(), key=lambda item: -item[1])
                if any(vote != ABSENT for vote in level)
            ]
            for family, members in self.families.items()
        }
        return {"prevalence": round(self.prevalence, 4), "families": levels}

    def resting_on(self, levels: Mapping[str, Set[tuple[int, ...]]]) -> LabelModel:
        """Return the model with what it learned of some levels of each family; others weigh as before any data."""
        weights = {
            family: {
                level: weight if level in levels[family] else self._before(family, level)
                for level, weight in known.items()
            }
            for family, known in self.weights.items()
        }
        return replace(self, weights=weights)

    def _weight(self, family: str, level: Votes) -> float:
        """Return the weight of a level; one never seen has what its votes are worth before any data."""
        shown = tuple(int(vote) for vote in level)
        known = self.weights[family].get(shown)
        return self._before(family, shown) if known is None else known

    def _before(self, family: str, level: tuple[int, ...]) -> float:
        """Return the weight of one level before any data."""
        levels, members = np.array([level], dtype=np.int8), self.families[family]
        before = 2 * _lean(levels, [self.accuracies[i] for i in members])
        return float(_heard(levels, before, [self.least[i] for i in members])[0])


def fit(
    votes: Votes,
    counts: Floats,
    signals: Sequence[str],
    families: Sequence[str],
    accuracies: Sequence[float] | None = None,
    least: Sequence[float] | None = None,
) -> LabelModel:
    """Fit the model to distinct vote patterns.

    Args:
        votes: shape (patterns, signals).
        counts: shape (patterns,): how many turns show each pattern.
        signals: the name of each column.
        families: the family of each column.
        accuracies: how often each is right when it speaks, before anything is known; ``ACCURACY`` by default.
        least: the same at the least, whatever the votes of others say; ``EVEN`` by default.
    """
    accuracies = [ACCURACY] * len(signals) if accuracies is None else accuracies
    least = [EVEN] * len(signals) if least is None else least
    members = {name: tuple(i for i, each in enumerate(families) if each == name) for name in dict.fromkeys(families)}
    spoken = {name: cols for name, cols in members.items() if np.any(votes[:, cols] >= 0)}
    levels, which = _levels(votes, spoken)
    leans = [
        _lean(each, [accuracies[i] for i in columns]) for each, columns in zip(levels, spoken.values(), strict=True)
    ]
    seen = [
        np.any(level != ABSENT, axis=1) * np.bincount(index, counts, len(level))
        for level, index in zip(levels, which, strict=True)
    ]
    priors = [_prior(lean, here) for lean, here in zip(leans, seen, strict=True)]
    total = float(counts.sum())
    strength = _strength(total)
    odds = np.full(len(votes), np.log(PREVALENCE / (1 - PREVALENCE)))
    for lean, index in zip(leans, which, strict=True):
        odds += 2 * lean[index]
    posterior = _sigmoid(odds)
    prevalence = PREVALENCE
    weights: list[Floats] = [2 * lean for lean in leans]
    for _ in range(ITERATIONS):
        prevalence = float((counts @ posterior + strength * PREVALENCE) / (total + strength))
        weights = [
            _held(level, _m_step(prior, index, counts, posterior))
            for level, prior, index in zip(levels, priors, which, strict=True)
        ]
        odds = np.full(len(votes), np.log(prevalence / (1 - prevalence)))
        for weight, index in zip(weights, which, strict=True):
            odds += weight[index]
        before, posterior = posterior, _sigmoid(odds)
        if np.max(np.abs(posterior - before), initial=0.0) < EM_TOLERANCE:
            break
    heard = [
        _heard(level, weight, [least[i] for i in columns])
        for level, weight, columns in zip(levels, weights, spoken.values(), strict=True)
    ]
    tables = {
        name: dict(zip((tuple(int(v) for v in row) for row in level), weight.tolist(), strict=True))
        for name, level, weight in zip(spoken, levels, heard, strict=True)
    }
    return LabelModel(tuple(signals), spoken, prevalence, tables, tuple(accuracies), tuple(least))


def _levels(votes: Votes, families: Mapping[str, tuple[int, ...]]) -> tuple[list[Votes], list[npt.NDArray[np.intp]]]:
    """Return the distinct levels of each family, and which of them each pattern shows."""
    found = [np.unique(votes[:, members], axis=0, return_inverse=True) for members in families.values()]
    return [levels for levels, _ in found], [which.ravel() for _, which in found]


def _lean(levels: Votes, accuracies: Sequence[float]) -> Floats:
    """Return half the log-likelihood ratio of each level before any data.

    The log-odds of being right of the signals that vote for a defect, minus those of the signals that vote against,
    over the root of the votes cast: members of one family that agree are worth more than one witness and less than as
    many as they are.
    """
    right = np.asarray(accuracies)
    surplus = ((levels == 1).astype(np.float64) - (levels == 0)) @ np.log(right / (1 - right))
    cast = np.maximum((levels >= 0).sum(axis=1), 1)
    return np.asarray(surplus / np.sqrt(cast) / 2)


def _held(levels: Votes, weights: Floats) -> Floats:
    """Return weights of which none goes against votes that all go one way: at worst they say nothing.

    A signal that speaks seldom, and where others are sure of the opposite, would be turned round by them: EM would take
    it for one more witness of what they see.
    """
    for_defect, against = (levels == 1).any(axis=1), (levels == 0).any(axis=1)
    return np.where(
        for_defect & ~against, np.maximum(weights, 0), np.where(against & ~for_defect, np.minimum(weights, 0), weights)
    )


def _heard(levels: Votes, weights: Floats, least: Sequence[float]) -> Floats:
    """Return weights of which none says less than its votes do at the least, where they all go one way.

    EM is not led by it, only what it found is corrected: were a few denials that sure from the beginning, it would take
    them for all the defects that there are, and apologies for none.
    """
    odds = np.log(np.asarray(least) / (1 - np.asarray(least)))
    for_defect, against = (levels == 1).any(axis=1), (levels == 0).any(axis=1)
    floor = np.where(levels == 1, odds, 0.0).max(axis=1)
    ceiling = -np.where(levels == 0, odds, 0.0).max(axis=1)
    return np.where(
        for_defect & ~against,
        np.maximum(weights, floor),
        np.where(against & ~for_defect, np.minimum(weights, ceiling), weights),
    )


def _prior(lean: Floats, seen: Floats) -> Floats:
    """Return the prior over θ in turns, shape (2, levels): the levels as often as seen, tilted by their lean."""
    tilted = np.stack([seen * np.exp(-lean), seen * np.exp(lean)])
    return np.asarray(_strength(float(seen.sum())) * tilted / tilted.sum(axis=1, keepdims=True))


def _strength(turns: float) -> float:
    return max(PRIOR_LEAST, PRIOR_SHARE * turns)


def _m_step(prior: Floats, which: npt.NDArray[np.intp], counts: Floats, posterior: Floats) -> Floats:
    """Return the log-likelihood ratio of each level at the posterior mean of θ."""
    size = prior.shape[1]
    present = prior.sum(axis=0) > 0
    fine = (np.bincount(which, counts * (1 - posterior), size) + prior[0])[present]
    defect = (np.bincount(which, counts * posterior, size) + prior[1])[present]
    weight = np.zeros(size)
    weight[present] = np.log(defect / defect.sum()) - np.log(fine / fine.sum())
    return weight


def _sigmoid(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))
