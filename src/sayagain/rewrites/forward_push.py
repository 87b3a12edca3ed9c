"""One row of the chain's answer on a component too large to invert: forward push, with the error it can still make.

Andersen, Chung and Lang ("Local Graph Partitioning using PageRank Vectors", FOCS 2006) approximate a row of
N = (I - Q)^-1 by pushing probability along the edges, the heaviest first, and stop while some is still on its way.
Here what is on its way is weighed by u, the success probability of the state it stands on. With B_ij = N_ij r_j,

    sum_j B_ij = u_i,   hence at every moment   0 <= B_ij - found_ij <= u_i - sum_j found_ij   for every j:

success that has no last state yet can at worst all go to one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import linalg

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Matrix = sparse.csr_array[np.float64, tuple[int, int]]

PUSH_TOLERANCE = 1e-4
"""Success probability that may stay unattributed: 1/50 of the sampling error of a rate seen ten thousand times."""
REACH = 5_000
"""States that one row may touch: a row that is wider stops there and says what it does not know."""
SWEEPS = 96
"""Pushes in a row's life, each of which moves at least half of what is left: ordinary rows need about 20."""
ROUND = 24
"""Pushes after which a row that is not done goes round in cycles, which are then summed at once."""
LOCAL = 512
"""States around one source that are solved densely when pushing is slow: a few milliseconds."""
PUSH_BLOCK = 1024
"""Rows pushed at a time: enough to hide the cost of a numpy call, few enough (times REACH) to stay below 500 MB."""
ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""What evaluating a residual of numbers up to 1 can lose."""


class Answers(NamedTuple):
    """For each state of a run of states (fields as in `absorb.Solution`); target -1 where there is none."""

    target: Indices
    score: Floats
    own: Floats
    total: Floats
    error_bound: Floats
    certain: npt.NDArray[np.bool_]


def success_probability(Q: Matrix, r: Floats) -> tuple[Floats, Floats]:
    """Return u = (I - Q)^-1 r and how far each entry can be from the truth; both (n,).

    BiCGSTAB with an incomplete factor (memory at most five times that of Q), then a proof: I - Q is an M-matrix, so any
    t >= 0 with (I - Q) t >= c > 0 shows |u - exact| <= t max|r - (I - Q) u| / c. Without a proof the bound is 1.
    """
    A = sparse.csc_array(sparse.eye_array(len(r)) - Q)
    incomplete = linalg.spilu(A, drop_tol=0.01, fill_factor=5, diag_pivot_thresh=0, permc_spec="NATURAL")
    near_inverse = linalg.LinearOperator(A.shape, incomplete.solve, dtype=np.float64)

    def solution(b: Floats) -> Floats:
        x, _ = linalg.bicgstab(A, b, M=near_inverse, rtol=1e-14, atol=0.0, maxiter=300)
        return np.asarray(x, dtype=np.float64)

    u, t = solution(r), solution(np.ones_like(r))
    lowest = float(np.asarray(A @ t).min())
    residual = float(np.abs(r - A @ u).max()) + ROUNDING
    proven = lowest > 0 and float(t.min()) >= 0
    error = t * residual / lowest if proven else np.ones_like(u)
    return np.clip(np.nan_to_num(u), 0, 1), np.minimum(error, 1)


def push(Q: Matrix, r: Floats, *, tolerance: float, reach: int, advance: Callable[[int], object]) -> Answers:
    """Return the answers for all states of a chain without self-loops whose every state can reach success.

    Rows stop when their unattributed success is at most `tolerance` or when they touch more than `reach` states.
    """
    n = len(r)
    success, error = success_probability(Q, r)
    answers = Answers(np.full(n, -1), np.zeros(n), r.copy(), success, error, np.ones(n, dtype=np.bool_))
    going_on = np.flatnonzero(np.diff(Q.indptr))
    advance(n - len(going_on))
    for first in range(0, len(going_on), PUSH_BLOCK):
        rows = going_on[first : first + PUSH_BLOCK]
        _push_block(Q, r, rows, answers, tolerance=tolerance, reach=reach)
        advance(len(rows))
    return answers


def _push_block(Q: Matrix, r: Floats, rows: Indices, answers: Answers, *, tolerance: float, reach: int) -> None:
    """Fill in the answers of the `rows`, pushed side by side. `visits` is N as far as it is known, from below."""
    upper = answers.total + answers.error_bound
    shape = len(rows), len(r)
    moving: Matrix = sparse.csr_array((np.ones(len(rows)), (np.arange(len(rows)), rows)), shape=shape)
    visits: Matrix = sparse.csr_array(shape, dtype=np.float64)
    for sweep in range(SWEEPS + 1):
        if sweep and sweep % ROUND == 0:
            moving, visits = _sum_cycles(Q, rows, moving, visits)
        left = np.clip(upper[rows] - visits @ r, 0, 1)
        waiting, touched = np.diff(moving.indptr), np.diff(visits.indptr)
        left[waiting == 0] = 0
        done = (left <= tolerance) | (waiting + touched > reach) | (sweep == SWEEPS)
        _write(answers, rows[done], visits[done], r, left[done])
        moving, visits, rows, waiting = moving[~done], visits[~done], rows[~done], waiting[~done]
        if not len(rows):
            return
        # What weighs at least half the mean of its row is pushed: together at least half of all that is left.
        row = np.repeat(np.arange(len(rows)), waiting)
        weight = moving.data * answers.total[moving.indices]
        heavy = weight >= (np.bincount(row, weight) / waiting / 2)[row]
        pushed = _entries(moving, row, heavy)
        visits = visits + pushed
        moving = _entries(moving, row, ~heavy) + pushed @ Q


def _sum_cycles(Q: Matrix, rows: Indices, moving: Matrix, visits: Matrix) -> tuple[Matrix, Matrix]:
    """Solve the rows that touch few states exactly among those; what moves on is then what leaves them.

    A cycle that returns 999 times in 1000, which push would go round thousands of times, is summed at once. At every
    moment visits (I - Q) = start - moving, so that `moving` follows from `visits`.
    """
    gone_on, stayed = [], []
    for k, i in enumerate(rows):
        row, rest = visits[[k]], moving[[k]]
        near = row.indices
        if len(near) <= LOCAL:
            onward = Q[near]
            inside = onward[:, near].toarray()
            exact = np.maximum(np.linalg.solve(np.eye(len(near)) - inside.T, (near == i).astype(np.float64)), 0)
            row = sparse.csr_array((exact, near, [0, len(near)]), shape=row.shape)
            arrived = exact @ onward
            arrived[near] = 0
            rest = sparse.csr_array(arrived[None, :])
        stayed.append(row)
        gone_on.append(rest)
    return sparse.csr_array(sparse.vstack(gone_on)), sparse.csr_array(sparse.vstack(stayed))


def _write(answers: Answers, rows: Indices, visits: Matrix, r: Floats, left: Floats) -> None:
    """Write down each row's own share and its best last state, certain if it leads the second by what is left."""
    row, column = np.repeat(np.arange(len(rows)), np.diff(visits.indptr)), visits.indices.astype(np.int64)
    share = visits.data * r[column]
    itself = column == rows[row]
    answers.own[rows] = np.bincount(row[itself], share[itself], minlength=len(rows))
    share[itself] = 0
    best, target = _largest(share, row, column, len(rows))
    share[column == target[row]] = 0
    second, _ = _largest(share, row, column, len(rows))
    answers.target[rows], answers.score[rows] = target, best
    answers.certain[rows] = best - second >= left
    answers.error_bound[rows] = np.maximum(left, answers.error_bound[rows])


def _largest(values: Floats, row: Indices, column: Indices, rows: int) -> tuple[Floats, Indices]:
    """Return each row's largest value and its column; 0 and -1 where no value is positive."""
    top = np.zeros(rows)
    np.maximum.at(top, row, values)
    at = np.flatnonzero((values > 0) & (values == top[row]))[::-1]
    where = np.full(rows, -1)
    where[row[at]] = column[at]
    return top, where


def _entries(M: Matrix, row: Indices, keep: npt.NDArray[np.bool_]) -> Matrix:
    """Return the kept entries of M; `row` names the row of each."""
    ends = np.cumsum(np.bincount(row[keep], minlength=M.shape[0]))
    return sparse.csr_array((M.data[keep], M.indices[keep], np.concatenate([[0], ends])), shape=M.shape)
