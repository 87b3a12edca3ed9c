"""The absorbing Markov chain: from each request, the last state before success that a person is likeliest to reach.

After Ponnusamy, Roshan Ghias, Guo and Sarikaya, "Feedback-Based Self-Learning in Large-Scale Conversational AI
Agents" (IAAI 2020). The transient states are requests; Q_ij is the probability that request j follows request i, r_i
that i ends in success at once, and the rest of the row is failure. With the fundamental matrix N = (I - Q)^-1,

    B_ij = N_ij r_j      is the probability, from i, that success comes and that j was the last state before it,
    argmax_{j != i} B_ij is the best rewrite of i, and sum_j B_ij the probability of success at all.

Three things leave B as it is and make it cheap. Staying in a state (a self-loop) only delays. A state that can never
reach success contributes nothing, and without such states I - Q is regular. States in different weakly connected
components never meet, so each component is solved alone: small ones in stacks, exactly; a giant one by `push`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from sayagain.rewrites.forward_push import PUSH_TOLERANCE, REACH, Answers, Floats, Indices, Matrix, push

DENSE = 1024
"""States of the largest component solved exactly: 70 microseconds a state, as much as pushing a row takes."""
STACK = 1 << 22
"""Cells of a stack of dense matrices: 32 MB, three times over while it is solved."""
LEAK = 2.0**-50
"""Failure added to every step, four times the rounding of a row sum: a cycle left once in 10^15 steps stays regular."""
SUM_SLACK = 1e-9
"""How far above 1 a row of Q and r may add up."""
NO_ANSWERS = Answers(*(np.zeros(0, dtype=kind) for kind in (np.int64, *[np.float64] * 4, np.bool_)))
"""The answers for no states."""


@dataclass(frozen=True)
class Solution:
    """The chain's solution for every state with a transition to another one; all arrays are (m,), by `source`."""

    source: Indices
    """The states, ascending."""
    target: Indices
    """The best rewrite, argmax_{j != i} N_ij r_j; the source itself, with score 0, where no other state can be last."""
    score: Floats
    """N_ij r_j of source i and target j. The exact value is in [score, score + error_bound]."""
    own: Floats
    """N_ii r_i: success reached with the source itself as the last state. In [own, own + error_bound]."""
    total: Floats
    """sum_j N_ij r_j: success at all, within error_bound."""
    error_bound: Floats
    """0 where the component was solved exactly (to rounding). No other state's N_ij r_j exceeds score + error_bound."""
    certain: npt.NDArray[np.bool_]
    """Whether the target is the argmax in spite of the error."""


def solve(
    Q: Matrix,
    r: Floats,
    *,
    tolerance: float = PUSH_TOLERANCE,
    dense: int = DENSE,
    reach: int = REACH,
    advance: Callable[[int], object] = lambda states: None,
) -> Solution:
    """Return the best rewrite of every state with a transition to another one.

    `Q` is (n, n), sparse; `r` is (n,). In components of more than `dense` states a row is pushed until at most
    `tolerance` of its success has no last state yet, or until it has touched `reach` states. `advance` is told how
    many more states are done. Memory is that of Q, a bounded stack, and `reach` entries for each of a thousand rows.

    Raises ValueError when Q and r do not fit each other or are not probabilities.
    """
    chain, success = _jump_chain(Q, r)
    source = np.flatnonzero(np.diff(chain.indptr))
    live = _can_succeed(chain, success)
    steps = chain.tocoo()
    keep = live[steps.row] & live[steps.col]
    steps = sparse.coo_array((steps.data[keep], (steps.row[keep], steps.col[keep])), shape=chain.shape)

    order, size = _by_component(steps)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    chain = sparse.csr_array((steps.data, (place[steps.row], place[steps.col])), shape=chain.shape)
    success = success[order]
    parts = [NO_ANSWERS]
    for first, last, k in _runs(size, dense):
        part = sparse.csr_array(chain[first:last, first:last])
        if k <= dense:
            answers = _solve_stack(part, success[first:last], k)
            advance(last - first)
        else:
            answers = push(part, success[first:last], tolerance=tolerance, reach=reach, advance=advance)
        parts.append(answers._replace(target=np.where(answers.target < 0, -1, answers.target + first)))

    at = place[source]
    target, *rest = (np.concatenate(column)[at] for column in zip(*parts, strict=True))
    return Solution(source, np.where(target < 0, source, order[target]), *rest)


def likeliest_path(Q: Matrix, i: int, j: int) -> list[int]:
    """Return the states of the most probable path from i to j, both included.

    Dijkstra on -log Q, with products of probabilities instead of sums; it stops as soon as j is reached.

    Raises ValueError when no path leads from i to j.
    """
    came_from: dict[int, int] = {}
    heap = [(-1.0, i, i)]
    while heap:
        minus_probability, state, previous = heappop(heap)
        if state in came_from:
            continue
        came_from[state] = previous
        if state == j:
            path = [j]
            while path[-1] != i:
                path.append(came_from[path[-1]])
            return path[::-1]
        for k in range(Q.indptr[state], Q.indptr[state + 1]):
            if Q.data[k] > 0 and (following := int(Q.indices[k])) not in came_from:
                heappush(heap, (minus_probability * float(Q.data[k]), following, state))
    raise ValueError(f"no path leads from state {i} to state {j}")


def _jump_chain(Q: Matrix, r: Floats) -> tuple[Matrix, Floats]:
    """Return Q and r given that the state is left: self-loops removed, rows rescaled."""
    Q, r = sparse.csr_array(Q).astype(np.float64), np.asarray(r, dtype=np.float64)
    if Q.shape != (len(r), len(r)):
        raise ValueError(f"Q is {Q.shape[0]} x {Q.shape[1]}, but r has {len(r)} states")
    sums = Q.sum(axis=1) + r
    if not (np.isfinite(sums).all() and (Q.data >= 0).all() and (r >= 0).all() and (sums <= 1 + SUM_SLACK).all()):
        raise ValueError("the rows of Q and r must be probabilities that add up to at most 1")
    steps, stay = Q.tocoo(), Q.diagonal()
    moves = (steps.row != steps.col) & (steps.data > 0)
    row, weight = steps.row[moves], steps.data[moves]
    leave = np.maximum(np.bincount(row, weight, len(r)) + r, 1 - stay)
    leave[leave == 0] = 1
    rescaled = weight * (1 - LEAK) / leave[row]
    return sparse.csr_array((rescaled, (row, steps.col[moves])), shape=Q.shape), r / leave


def _can_succeed(Q: Matrix, r: Floats) -> npt.NDArray[np.bool_]:
    """Return which states can reach success: walk backwards from success, node n of a graph of n + 1."""
    n = len(r)
    ends = np.flatnonzero(r > 0)
    entries = Q.tocoo()
    before = np.concatenate([entries.row, ends]).astype(np.int64)
    after = np.concatenate([entries.col, np.full(len(ends), n)]).astype(np.int64)
    backwards: Matrix = sparse.csr_array((np.ones(len(before)), (after, before)), shape=(n + 1, n + 1))
    reached = np.zeros(n + 1, dtype=np.bool_)
    reached[csgraph.breadth_first_order(backwards, n, return_predecessors=False)] = True
    return reached[:n]


def _by_component(Q: sparse.coo_array[np.float64]) -> tuple[Indices, Indices]:
    """Return the states in an order that makes Q block diagonal, small blocks first, and their blocks' sizes."""
    _, label = csgraph.connected_components(Q, directed=False)
    size = np.bincount(label)[label]
    order = np.lexsort((label, size))
    return order, size[order]


def _runs(size: Indices, dense: int) -> list[tuple[int, int, int]]:
    """Return (first, last, k): runs of states whose blocks all have k states; a block above `dense` is a run alone."""
    runs = []
    first = 0
    while first < len(size):
        k = int(size[first])
        end = int(np.searchsorted(size, k, side="right"))
        last = min(end, first + k * max(1, STACK // (k * k))) if k <= dense else first + k
        runs.append((first, last, k))
        first = last
    return runs


def _solve_stack(Q: Matrix, r: Floats, k: int) -> Answers:
    """Return the answers for m blocks of k states, in one batched solve of (I - Q) B = diag(r): (m, k, k)."""
    m = len(r) // k
    A = np.zeros((m, k, k))
    entries = Q.tocoo()
    A[entries.row // k, entries.row % k, entries.col % k] = -entries.data
    diagonal = np.arange(k)
    A[:, diagonal, diagonal] = 1
    last = np.zeros((m, k, k))
    last[:, diagonal, diagonal] = r.reshape(m, k)
    B = np.clip(np.linalg.solve(A, last), 0, 1).reshape(m * k, k)

    state = np.arange(m * k)
    own, total = B[state, state % k].copy(), np.minimum(B.sum(axis=1), 1)
    B[state, state % k] = 0
    best = B.argmax(axis=1)
    score = B[state, best]
    target = np.where(score > 0, state - state % k + best, -1)
    return Answers(target, score, own, total, np.zeros(m * k), np.ones(m * k, dtype=np.bool_))
