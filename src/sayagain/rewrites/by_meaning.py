"""The second source of rewrites: what people say again, put together over people, without a chain.

A request that is misheard is said again in many words, and few people choose the same. Where the assistant
understands those words alike (same intent and slots), they are one way: k people who went it stand behind the rewrite,
though no k of them used the same words. The target is the wording of that meaning that works best among those that k
people say anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sayagain.guards.evidence import LOST_SHARE, Evidence, share
from sayagain.guards.side import Guard
from sayagain.rewrites.absorb import Solution
from sayagain.rewrites.markov import Chain

Ints = npt.NDArray[np.int64]

PRIOR = 2.0
"""Visits without success that every wording is given besides its own, so that one said twice is not the best."""


def gather(
    chain: Chain,
    ways: pa.Table,
    outcomes: pa.Table,
    meanings: Ints,
    min_people: int,
    forbidden: Sequence[Guard] = (),
) -> tuple[Solution, dict[tuple[int, int], Evidence]]:
    """Return the likeliest rewrite of each request by its ways, and what stands behind each.

    Args:
        chain: the requests and how each ends.
        ways: from ``counts.ways``.
        outcomes: from ``counts.outcomes``; says how many people say each request.
        meanings: number of the meaning of each request, shape (requests,).
        min_people: people who must have gone a way, and who must say its target.
        forbidden: refuse what is no rephrase, as a yes to the assistant's question.
    """
    n = len(chain.visits)
    said_by = np.zeros(n)
    said_by[outcomes["state"].to_numpy()] = outcomes["people"].to_numpy()
    steady = chain.served * chain.ended / (chain.ended + PRIOR)
    steady[said_by < min_people] = -1.0
    best = _best_wording(steady, meanings)
    enough = ways.filter(pc.greater_equal(ways["people"], min_people))
    source, meaning = enough["source"].to_numpy(), enough["meaning"].to_numpy()
    target = best[meaning]
    able = (target >= 0) & (meanings[source] != meaning)
    pairs = zip(source[able].tolist(), target[able].tolist(), strict=True)
    able[able] = [chain.allows(i, j, forbidden) for i, j in pairs]
    source, target = source[able], target[able]
    weight = enough["weight"].to_numpy()[able]
    score = weight / chain.visits[source] * chain.served[target]
    order = np.lexsort((-score, source))
    first = order[np.unique(source[order], return_index=True)[1]]
    i, j, best_score = source[first], target[first], score[first]
    nothing = np.zeros(len(i))
    solution = Solution(
        source=i.astype(np.int64), target=j.astype(np.int64), score=best_score, own=chain.success[i],
        total=best_score, error_bound=nothing, certain=np.ones(len(i), dtype=bool),
    )  # fmt: skip
    columns = (*(enough[name].to_numpy()[able] for name in ("people", "days")), weight)
    behind = (column[first].tolist() for column in columns)
    return solution, {
        (a, b): Evidence(
            people=people,
            days=days,
            turns=int(chain.visits[a]),
            oftener=chain.oftener(a, b, went),
            share=share(went, chain.visits[a]),
            not_understood=bool(chain.lost[a] >= LOST_SHARE),
        )
        for a, b, people, days, went in zip(i.tolist(), j.tolist(), *behind, strict=True)
    }


def _best_wording(worth: npt.NDArray[np.float64], meanings: Ints) -> Ints:
    """Return the request of each meaning with the highest worth; -1 where none has any."""
    best = np.full(int(meanings.max(initial=0)) + 1, -1, dtype=np.int64)
    order = np.argsort(worth, kind="stable")
    best[meanings[order]] = order
    best[best >= 0] = np.where(worth[best[best >= 0]] > 0, best[best >= 0], -1)
    return best
