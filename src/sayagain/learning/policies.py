"""Policies judged by a backtest, without labels: what each would have mended and spoilt, and what the log adds.

Of a turn that a policy would have changed, the request says with what probability it went well anyway
(``defects.failing``): so much of it is lost. The rest failed, and is won so far as those who said the request again
meant what was put in its place, and it worked: who gave up meant what those did who did not. A failure that becomes
another one is neither. What is noise to the assistant and to people, and is not said again, counts as what went well.

The judge is harder on policies than the truth is (docs/policies.md), so that nothing that serves is taken away for
what it says: it only tells of it. What is *added* must have shown beyond doubt that it helps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.bundle.manifest import Backtested, PolicyStep, Worth
from sayagain.learning.backtest import Judged, Reals
from sayagain.retrieval.experts import EXPERTS
from sayagain.retrieval.policy import USUAL, Policy, named

LOSS_WEIGHT = 8.5
"""Wins that weigh as much as one loss: the published ratio of such systems (Ponnusamy et al. 2020)."""

LEASTS: Mapping[str, tuple[float, ...]] = {
    "table": (0.0, 0.1, 0.2, 0.3),
    "corrections": (0.05, 0.1, 0.2, 0.3),
    "look": (0.8, 0.9, 0.95),
    "hearing": (0.8, 0.9, 0.95),
    "vector": (0.6, 0.8, 0.9),
    "ranker": (0.2, 0.35, 0.5, 0.65, 0.8),
}
"""Expert → how sure it must be, each tried."""

ADDED = ("corrections",)
"""Experts that may be added: those that only propose what people themselves went on to. Of the nearest requests, which
nobody went on to, the judge does not see the harm: in simulated homes `look` loses 22 in 1,000 requests where it sees 1
(docs/policies.md)."""

LEAST = {expert: min(leasts) for expert, leasts in LEASTS.items()}

PUBLISHED_FROM = 0.0
"""What an expert adds must be above this beyond doubt."""

STRENGTH = 0.5
"""Turns of a request that were said again with another meaning, supposed besides those that were seen."""

LEAST_PEOPLE = 10
"""Fewer people than this are not drawn again; days are: of a household all turns hang together."""

RESAMPLES, SEED = 1_000, 1


def fixed_policies() -> dict[str, Policy]:
    """Return the policies that are compared, by name: none, each expert alone, and combinations."""
    alone = [(step,) for expert in LEASTS for step in _steps(expert)]
    both = [(one, other) for one in _steps("table") for other in _steps("ranker")]
    serving = {step.expert for step in USUAL}
    more = [(*USUAL, step) for expert in LEASTS if expert not in serving for step in _steps(expert)]
    policies: list[Policy] = [(), *alone, *both, USUAL, *more]
    return {named(policy): policy for policy in policies}


def additions() -> list[PolicyStep]:
    """Return the experts that may be asked where the usual policy leaves a request alone."""
    return [step for expert in ADDED for step in _steps(expert)]


def _steps(expert: str) -> list[PolicyStep]:
    return [PolicyStep(expert=expert, least=least) for least in LEASTS[expert]]


@dataclass(frozen=True)
class Outcomes:
    """What a policy would have made of the judged turns, shape (turns,) each."""

    expert: npt.NDArray[np.int64]
    """Number of the expert that speaks; -1 where the turn is left alone."""
    wins: Reals
    losses: Reals

    @property
    def net(self) -> Reals:
        """Wins less weighted losses of each turn."""
        return self.wins - LOSS_WEIGHT * self.losses


def outcomes(judged: Judged, policy: Policy) -> Outcomes:
    """Return what a policy would have made of the judged turns."""
    names, turns = list(EXPERTS), np.arange(len(judged.turns))
    speaks = np.full(len(turns), -1)
    for step in policy:
        number = names.index(step.expert)
        usual = judged.usual if step.expert == "ranker" else LEAST[step.expert]
        sure = judged.sureness[:, number] >= (usual if step.least is None else step.least)
        speaks = np.where((speaks < 0) & sure, number, speaks)
    changed = (speaks >= 0) & ~judged.same[turns, speaks]
    losses = np.where(changed, judged.fine, 0.0)
    wins = np.where(changed, 1 - judged.fine, 0.0) * _share_right(judged)[turns, speaks]
    return Outcomes(speaks, wins, losses)


def _share_right(judged: Judged) -> Reals:
    """Return, for each turn and expert, how many of those who said the request again meant its proposal, and it worked.

    Shrunk to none: what hardly anybody confirmed is no win. Shrunk to the expert's share over all requests, a map of
    corrections that turns hopeless requests into each other was added on replayed recordings (docs/policies.md).
    """
    _, which = np.unique(judged.request, return_inverse=True)
    found = np.zeros_like(judged.right)
    for number in range(found.shape[1]):
        made = np.isfinite(judged.sureness[:, number])
        again = np.bincount(which[made], judged.again[made], minlength=which.max(initial=0) + 1)
        right = np.bincount(which[made], judged.right[made, number], minlength=len(again))
        found[:, number] = (right / (again + STRENGTH))[which]
    return found


def worth(judged: Judged, made: Outcomes, at: npt.NDArray[np.bool_], beside: Outcomes | None = None) -> Worth:
    """Return what a policy is worth on some of the turns, in 1,000 requests; beside another, what it has ahead.

    Turns that a draw left alone stand for those that were rewritten, too: else what is mended already would seem not to
    go wrong. The interval is of whole people drawn again, or of whole days where there are few people.
    """
    weight = judged.weight[at]
    wins = weight * (made.wins[at] - (0 if beside is None else beside.wins[at]))
    losses = weight * (made.losses[at] - (0 if beside is None else beside.losses[at]))
    net = wins - LOSS_WEIGHT * losses
    people = np.unique(judged.person[at])
    unit = judged.person[at] if len(people) >= LEAST_PEOPLE else judged.day[at]
    _, which = np.unique(unit, return_inverse=True)
    size = int(which.max(initial=0)) + 1
    sums, turns = np.bincount(which, net, minlength=size), np.bincount(which, weight, minlength=size)
    times = np.random.default_rng(SEED).multinomial(size, np.full(size, 1 / size), RESAMPLES)
    drawn = 1000 * (times @ sums) / np.maximum(times @ turns, 1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Worth(
        wins=round(float(wins.sum()), 2),
        losses=round(float(losses.sum()), 2),
        value=round(float(1000 * net.sum() / max(weight.sum(), 1)), 3),
        low=round(float(low), 3),
        high=round(float(high), 3),
    )


def backtested(judged: Judged) -> Backtested:
    """Return what the usual policy is worth, and what is added to it, if anything.

    What might be added is chosen on the first half of the turns by the lower bound of what it adds, and bounded on the
    second: the best of many bounds is biased. It is added where that bound is above zero.
    """
    turns = np.arange(len(judged.turns))
    first = turns < len(turns) // 2
    usual = outcomes(judged, USUAL)
    tried = {step: outcomes(judged, (*USUAL, step)) for step in additions()}
    best = max(tried, key=lambda step: worth(judged, tried[step], first, usual).low)
    added = worth(judged, tried[best], ~first, usual)
    shown = added.low > PUBLISHED_FROM
    return Backtested(
        policy=(*USUAL, best) if shown else USUAL,
        turns=int((~first).sum()),
        usual=worth(judged, usual, ~first),
        added=added if shown else None,
    )


def compared(judged: Judged) -> dict[str, Worth]:
    """Return what each of the fixed policies is worth on the second half of the judged turns, by name."""
    second = np.arange(len(judged.turns)) >= len(judged.turns) // 2
    return {name: worth(judged, outcomes(judged, policy), second) for name, policy in fixed_policies().items()}
