"""Baselines for the chain: four simpler ways to read rewrites off the same log, as strong as they can be made.

Each takes the ways of the log (from the table ``judged``: no truth) and returns a table of source (normal form),
target (text) and score, best target of each source only. Where a threshold on the score should lie is decided on the
judged period itself, in the baseline's favour (``evaluate``). All are held to the published rules of
ours: k people behind a target, and the guards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir
from rapidfuzz import fuzz, process

from sayagain.guards.side import Guard, Side, side
from sayagain.log.requests import Requests
from sayagain.rephrases.pairwise import WINDOW, link
from sayagain.rewrites.select import MIN_PEOPLE
from sayagain.rewrites.share_intervals import lift_interval, wilson
from sayagain.schema.meaning import joined
from sayagain.text.normalise import EMPTY

Reals = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_SIMILAR = 20
"""Most similar requests looked at for each source, in case the first are no better or guards refuse them."""


@dataclass(frozen=True)
class Ways:
    """Counts of a log: each request, and each pair of requests that follow each other inside the window."""

    states: list[str]
    requests: list[str]
    """The commonest raw text of each state."""
    meanings: list[str | None]
    """What each is understood as, as ``schema.meaning`` writes it."""
    visits: Reals
    people: Ints
    success: Reals
    """1 − mean P(defect) of each state."""
    source: Ints
    """State numbers of each pair of consecutive, different requests."""
    target: Ints
    times: Reals
    weight: Reals
    """Sum of P(rephrase) over those times."""
    pair_people: Ints

    @classmethod
    def read(cls, judged: ir.Table, requests: Requests) -> Ways:
        """Count requests and consecutive pairs (inside the rephrase window, by at least MIN_PEOPLE people)."""
        turns = link(judged.filter(judged.state != EMPTY))
        found = turns.group_by("state").aggregate(
            visits=_.count(), people=_.user.nunique(), success=1 - _.p_defect.mean()
        )
        near = turns.filter((_.next_gap <= WINDOW) & (_.next_state != _.state) & (_.next_state != EMPTY))
        pairs = near.group_by("state", "next_state").aggregate(
            times=_.count(), weight=_.p_rephrase.sum(), people=_.user.nunique()
        )
        nodes = found.to_pyarrow()
        order = [("state", "ascending"), ("next_state", "ascending")]
        edges = pairs.filter(pairs.people >= MIN_PEOPLE).to_pyarrow().sort_by(order)
        kinds = zip(requests.intents, requests.slots, strict=True)
        n, at = len(requests.states), nodes["state"].to_numpy()

        def by_state(name: str, absent: float) -> Reals:
            column = np.full(n, float(absent))
            column[at] = nodes[name].to_numpy()
            return column

        return cls(
            states=requests.states,
            requests=requests.texts,
            meanings=[joined(intent, slots) for intent, slots in kinds],
            visits=by_state("visits", 1),
            people=by_state("people", 0).astype(np.int64),
            success=by_state("success", 0),
            source=edges["state"].to_numpy().astype(np.int64),
            target=edges["next_state"].to_numpy().astype(np.int64),
            times=edges["times"].to_numpy().astype(float),
            weight=edges["weight"].to_numpy().astype(float),
            pair_people=edges["people"].to_numpy(),
        )

    def side(self, i: int) -> Side:
        """Return request ``i`` as the guards see it."""
        return side(self.states[i], self.meanings[i])

    @cached_property
    def share(self) -> Reals:
        """Lower end of the interval of the share of a source's turns that each pair takes up (Wilson)."""
        n = self.visits[self.source]
        return wilson(self.times / n, n)[0]


Baseline = Callable[[Ways], tuple[Ints, Ints, Reals, Reals]]
"""Returns source, target, preference (which target of a source is taken) and score (which sources are)."""


def next_request(ways: Ways) -> tuple[Ints, Ints, Reals, Reals]:
    """Most frequent next request; scored by the lower bound of its share of the source's turns."""
    return ways.source, ways.target, ways.times, ways.share


def similar_success(ways: Ways) -> tuple[Ints, Ints, Reals, Reals]:
    """Most similar request that works more often; scored by likeness × gain in success."""
    shared = np.flatnonzero(ways.people >= MIN_PEOPLE)
    texts = [ways.states[i] for i in shared]
    likeness = np.maximum(
        process.cdist(ways.states, texts, scorer=fuzz.ratio, dtype=np.float32),
        process.cdist(ways.states, texts, scorer=fuzz.token_sort_ratio, dtype=np.float32),
    )
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :MOST_SIMILAR]
    like = np.take_along_axis(likeness, nearest, axis=1).ravel() / 100.0
    source, target = np.repeat(np.arange(len(ways.states)), nearest.shape[1]), shared[nearest.ravel()]
    gain = ways.success[target] - ways.success[source]
    up = gain > 0
    return source[up], target[up], (like * gain)[up], (like * gain)[up]


def mutual_information(ways: Ways) -> tuple[Ints, Ints, Reals, Reals]:
    """Pointwise mutual information of consecutive requests, discounted for small counts (Pantel and Lin 2002).

    Only pairs whose target works more often than the source, scored by information × gain.
    """
    gain = ways.success[ways.target] - ways.success[ways.source]
    before = np.bincount(ways.source, ways.times, minlength=len(ways.states))[ways.source]
    after = np.bincount(ways.target, ways.times, minlength=len(ways.states))[ways.target]
    information = np.log(ways.times * ways.times.sum() / (before * after))
    least = np.minimum(before, after)
    discount = ways.times / (ways.times + 1) * least / (least + 1)
    score = information * discount * gain
    up = (gain > 0) & (information > 0)
    return ways.source[up], ways.target[up], score[up], score[up]


def one_step(ways: Ways) -> tuple[Ints, Ints, Reals, Reals]:
    """One transition of the chain: the direct rephrase most likely to succeed, scored as ours are (lower lift)."""
    reached = ways.weight / ways.visits[ways.source] * ways.success[ways.target]
    i, j = ways.source, ways.target
    low, _ = lift_interval(ways.success[i], ways.visits[i], ways.success[j], ways.visits[j])
    up = ways.success[j] > ways.success[i]
    return i[up], j[up], reached[up], low[up]


REWRITE_BASELINES: dict[str, Baseline] = {
    "next_request": next_request,
    "similar_success": similar_success,
    "mutual_information": mutual_information,
    "one_step": one_step,
}
"""The baselines by name."""


def table(ways: Ways, baseline: Baseline, guards: tuple[Guard, ...]) -> pa.Table:
    """Return the rewrites of a baseline: of each source, the preferred target that no guard refuses."""
    source, target, preference, score = baseline(ways)
    best: dict[int, tuple[int, float]] = {}
    for k in np.lexsort((-preference, source)):
        i, j = int(source[k]), int(target[k])
        if i not in best and all(guard(ways.side(i), ways.side(j)) is None for guard in guards):
            best[i] = (j, float(score[k]))
    return pa.table(
        {
            "source": pa.array([ways.states[i] for i in best], pa.string()),
            "target": pa.array([ways.requests[j] for j, _ in best.values()], pa.string()),
            "score": pa.array([score for _, score in best.values()], pa.float64()),
        }
    )
