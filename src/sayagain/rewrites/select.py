"""Which of the chain's rewrites to publish: better beyond doubt, said by enough people, past every guard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
import numpy.typing as npt

from sayagain.guards.evidence import Evidence
from sayagain.guards.rules import Rules
from sayagain.guards.side import Matcher
from sayagain.guards.slots import SERVED_SHARE
from sayagain.guards.stakes import Stakes
from sayagain.rewrites.absorb import Solution, likeliest_path
from sayagain.rewrites.markov import Chain
from sayagain.rewrites.share_intervals import lift_interval, wilson
from sayagain.schema.rewrite import Mined, Rewrite, rewrite_id

Floats = npt.NDArray[np.float64]

MIN_PEOPLE = 3
"""Distinct people behind every step of a rewrite, and behind all else that is published (``log/anonymity.py``)."""

LEFT_ALONE = 0.8
"""A request that ends well this often is left alone, whatever may be better still: where people often go on from a
request that works to another one (a routine), the chain sees a lift, and rewriting the first would be harm."""

MIN_LIFT = 0.15
"""A rewrite must promise at least this much: where signals are weak and requests many, a lift of a few points can be
beyond doubt and still be nothing but bias of the signals."""

MIN_SCORE = 0.08
"""Of the people who say the source, at least this share must end well with the target: a way that few go is not what
the others mean, but what some of them ask next. On real calls (docs/real-calls.md) nearly all losses are below it; of
the rewrites of simulated homes and of replayed recordings one in fifteen."""

NOT_UNDERSTOOD = "the assistant does not understand the target"


def refuted(chain: Chain, i: int, j: int) -> bool:
    """Return whether a log speaks against a rewrite that was learned before: it would not be published, beyond doubt.

    Of what nobody says any more unrewritten, it says nothing.
    """
    own, visits, success, ended = chain.success[[i]], chain.ended[[i]], chain.success[[j]], chain.ended[[j]]
    if not (visits[0] and ended[0]):
        return False
    fails = wilson(success, ended)[1][0] <= SERVED_SHARE
    no_better = lift_interval(own, visits, success, ended)[1][0] <= MIN_LIFT
    return bool(fails or no_better or wilson(own, visits)[0][0] >= LEFT_ALONE)


@dataclass(frozen=True)
class Policy:
    """The policy that a rewrite must pass besides its figures: the rules, and the matcher where there is one."""

    rules: Rules
    matcher: Matcher | None = None


Steps = Callable[[int, int], tuple[list[int], Evidence]]
"""Returns the requests from a source to its target, both included, and what stands behind the weakest step."""


def chain_steps(chain: Chain) -> Steps:
    """Return the steps of the likeliest path of the chain."""

    def steps(i: int, j: int) -> tuple[list[int], Evidence]:
        path = likeliest_path(chain.moves, i, j)
        behind = [chain.evidence(a, b) for a, b in pairwise(path)]
        return path, Evidence(
            people=min(each.people for each in behind),
            days=min(each.days for each in behind),
            turns=min(each.turns for each in behind),
            oftener=min(each.oftener for each in behind),
            share=prod(each.share for each in behind),
            not_understood=behind[0].not_understood,
        )

    return steps


def select(
    chain: Chain, best: Solution, policy: Policy, mined: Mined = "chain", steps: Steps | None = None
) -> list[Rewrite]:
    """Return the rewrites whose lift is positive beyond doubt, best score first; refused ones carry the reason.

    ``steps`` tells the evidence of each; by default the path of the chain.
    """
    steps = steps or chain_steps(chain)
    i, j, score = best.source, best.target, best.score
    own, success = chain.success[i], chain.success[j]
    low, high = lift_interval(own, chain.ended[i], success, chain.ended[j])
    better = np.flatnonzero((low > 0) & (success - own > MIN_LIFT) & (score > MIN_SCORE) & (own < LEFT_ALONE))
    rewrites = [
        _rewrite(chain, policy, int(i[k]), int(j[k]), float(score[k]), (float(low[k]), float(high[k])), mined, steps)
        for k in better[np.argsort(-score[better], kind="stable")]
    ]
    return understood(rewrites, policy.matcher)


def _rewrite(
    chain: Chain,
    policy: Policy,
    i: int,
    j: int,
    score: float,
    interval: tuple[float, float],
    mined: Mined,
    steps: Steps,
) -> Rewrite:
    path, behind = steps(i, j)
    source, target = chain.side(i), chain.side(j)
    ruling = policy.rules.ruling(source, target, behind)
    return Rewrite(
        id=rewrite_id(source.words, target.words),
        source=source.words,
        target=chain.text(j),
        target_state=target.words,
        path=[chain.form(step) for step in path],
        people=behind.people,
        days=behind.days,
        mined=mined,
        visits=int(chain.visits[i]),
        target_visits=int(chain.ended[j]),
        own=float(chain.success[i]),
        success=float(chain.success[j]),
        score=score,
        lift=float(chain.success[j] - chain.success[i]),
        lift_low=interval[0],
        lift_high=interval[1],
        reversible=policy.rules.stakes_of(source, target) is Stakes.REVERSIBLE,
        refused=ruling.reason if ruling.do == "alone" else None,
        held=ruling.reason if ruling.do == "offer" else None,
    )


def understood(rewrites: list[Rewrite], matcher: Matcher | None) -> list[Rewrite]:
    """Return rewrites, refused where the assistant's own matcher does not understand the target."""
    if matcher is None:
        return rewrites
    open_ones = [rewrite for rewrite in rewrites if rewrite.refused is None]
    answers = matcher([rewrite.target for rewrite in open_ones])
    deaf: Mapping[str, bool] = {rewrite.id: not answer for rewrite, answer in zip(open_ones, answers, strict=True)}
    return [
        rewrite.model_copy(update={"refused": NOT_UNDERSTOOD}) if deaf.get(rewrite.id) else rewrite
        for rewrite in rewrites
    ]
