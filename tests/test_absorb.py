"""The absorbing chain against three oracles: the dense inverse, simulated people, and hand-made chains."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from sayagain.rewrites import forward_push as push
from sayagain.rewrites.absorb import Solution, likeliest_path, solve

pytestmark = pytest.mark.filterwarnings("error")
PUSHED = 0
"""As the largest dense component: every component, however small, is pushed."""


def dense_oracle(Q: np.ndarray, r: np.ndarray) -> np.ndarray:
    """B = N diag(r) by the textbook: the inverse of I - Q over the states that can reach success."""
    n = len(r)
    reaches = (np.linalg.matrix_power(np.eye(n) + (Q > 0), n) @ (r > 0)) > 0
    B = np.zeros((n, n))
    live = np.ix_(reaches, reaches)
    B[live] = np.linalg.inv(np.eye(int(reaches.sum())) - Q[live]) * r[reaches]
    return B


def check(solution: Solution, Q: np.ndarray, B: np.ndarray, slack: float = 1e-9) -> None:
    """Every field against B, each within the error that the solution states (plus rounding)."""
    i, j, bound = solution.source, solution.target, solution.error_bound + slack
    others = B - np.diag(np.diag(B))
    best = others.max(axis=1, initial=0)
    assert np.array_equal(i, np.flatnonzero((Q - np.diag(np.diag(Q))).sum(axis=1) > 0))
    np.testing.assert_allclose(solution.total, B.sum(axis=1)[i], atol=slack)
    for stated, true in ((solution.own, B[i, i]), (solution.score, others[i, j])):
        assert (stated <= true + slack).all()
        assert (true <= stated + bound).all()
    assert (best[i] <= solution.score + bound).all()
    sure = solution.certain
    np.testing.assert_allclose(others[i, j][sure], best[i][sure], atol=slack)


@st.composite
def chains(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Counts of 0 to 5 (mostly 0) between up to 12 states: cycles, self-loops, dead ends, islands, ties."""
    n = draw(st.integers(1, 12))
    counts = draw(arrays.arrays(np.int64, (n, n + 2), elements=st.sampled_from([0, 0, 0, 0, 1, 2, 5])))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares[:, :n], shares[:, n]


@given(chains())
def test_exact_solution_is_the_dense_inverse(chain: tuple[np.ndarray, np.ndarray]) -> None:
    Q, r = chain
    solution = solve(sparse.csr_array(Q), r)
    assert not solution.error_bound.any()
    assert solution.certain.all()
    check(solution, Q, dense_oracle(Q, r))


@settings(deadline=None)
@given(chains(), st.sampled_from([0.3, 1e-2, 1e-6]), st.sampled_from([1, 4, 100]))
def test_pushed_solution_is_within_the_bound_it_states(
    chain: tuple[np.ndarray, np.ndarray], tolerance: float, reach: int
) -> None:
    Q, r = chain
    solution = solve(sparse.csr_array(Q), r, dense=PUSHED, tolerance=tolerance, reach=reach)
    check(solution, Q, dense_oracle(Q, r))
    if reach == 100:
        assert (solution.error_bound <= tolerance).all()


@given(chains(), st.randoms(use_true_random=False))
def test_the_numbering_of_states_does_not_matter(chain: tuple[np.ndarray, np.ndarray], random) -> None:
    Q, r = chain
    shuffled = np.array(random.sample(range(len(r)), len(r)))
    plain = solve(sparse.csr_array(Q), r)
    moved = solve(sparse.csr_array(Q[np.ix_(shuffled, shuffled)]), r[shuffled])
    back = np.argsort(shuffled[moved.source])
    assert np.array_equal(shuffled[moved.source][back], plain.source)
    for name in ("score", "own", "total"):
        np.testing.assert_allclose(getattr(moved, name)[back], getattr(plain, name), atol=1e-12)


def giant(n: int, seed: int) -> tuple[sparse.csr_array, np.ndarray]:
    """One component: a ring for connection, heavy-tailed random transitions, self-loops, states without success."""
    draw = np.random.default_rng(seed)
    source = np.concatenate([np.arange(n), draw.integers(n, size=2 * n)])
    target = np.concatenate([np.roll(np.arange(n), -1), draw.integers(n, size=2 * n)])
    counts = sparse.csr_array((draw.pareto(1.0, 3 * n) + 0.1, (source, target)), shape=(n, n))
    leaving = draw.uniform(0.1, 0.95, n)
    Q = sparse.csr_array(sparse.diags_array(leaving / counts.sum(axis=1)) @ counts)
    return Q, (1 - leaving) * np.where(draw.random(n) < 0.3, 0, draw.random(n))


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4])
def test_a_giant_component_agrees_with_the_dense_inverse_within_its_bound(tolerance: float) -> None:
    Q, r = giant(1500, seed=1)
    dense = np.linalg.inv(np.eye(1500) - Q.toarray()) * r
    solution = solve(Q, r, tolerance=tolerance)
    check(solution, Q.toarray(), dense)
    assert (solution.error_bound <= tolerance).all()
    assert solution.certain.mean() > (0.6 if tolerance == 1e-2 else 0.99)


def test_a_row_that_may_touch_few_states_says_what_it_does_not_know() -> None:
    Q, r = giant(1500, seed=2)
    solution = solve(Q, r, reach=30)
    assert solution.error_bound.max() > 0.01
    assert not solution.certain.all()
    check(solution, Q.toarray(), np.linalg.inv(np.eye(1500) - Q.toarray()) * r)


@pytest.mark.parametrize("back", [0.9, 0.999, 1 - 1e-6])
def test_giant_components_of_cycles_that_hardly_let_go(back: float) -> None:
    """Threes of requests that people go round almost for ever, in a ring; only every third three ever works."""
    n, draw = 300, np.random.default_rng(3)
    i = np.arange(n)
    around = sparse.csr_array((np.full(n, back), (i, i - i % 3 + (i + 1) % 3)), shape=(n, n))
    onward = sparse.csr_array((draw.uniform(0.2, 0.4, n), (i, (i + draw.integers(-6, 7, n)) % n)), shape=(n, n))
    Q = sparse.csr_array(around + (1 - back) * onward)
    r = (1 - back) * np.where(i // 3 % 3 == 0, draw.uniform(0.1, 0.6, n), 0)
    solution = solve(Q, r, dense=PUSHED)
    check(solution, Q.toarray(), np.linalg.inv(np.eye(n) - Q.toarray()) * r, slack=1e-8)
    assert solution.error_bound.max() < 0.01
    assert solution.certain.mean() > 0.9


@pytest.mark.parametrize("wrong", [np.nan, 0.0, 0.4])
def test_an_iteration_that_fails_is_admitted_in_the_bound(wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push.linalg, "bicgstab", lambda A, b, **_: (np.where(b == 1, -wrong, wrong), -1))
    Q, r = giant(60, seed=6)
    solution = solve(Q, r, dense=PUSHED, reach=20)
    B = np.linalg.inv(np.eye(60) - Q.toarray()) * r
    assert (np.abs(B.sum(axis=1) - solution.total) <= solution.error_bound).all()
    assert solution.error_bound.min() > 0.5
    others, i, j, sure = B - np.diag(np.diag(B)), solution.source, solution.target, solution.certain
    assert (solution.score <= others[i, j] + 1e-12).all()
    assert (others[i].max(axis=1) <= solution.score + solution.error_bound).all()
    np.testing.assert_allclose(others[i, j][sure], others[i].max(axis=1)[sure])
    assert not sure.all()


def test_simulated_people_end_where_the_chain_says() -> None:
    Q = np.array([[0.1, 0.4, 0.2, 0], [0.3, 0, 0, 0.5], [0, 0.2, 0.3, 0.1], [0, 0, 0, 0]])
    r = np.array([0.05, 0.1, 0.3, 0.9])
    people, draw = 200_000, np.random.default_rng(4)
    success, failure = 4, 5
    steps = np.hstack([Q, r[:, None], 1 - Q.sum(axis=1, keepdims=True) - r[:, None]]).cumsum(axis=1)
    state, last = np.zeros(people, dtype=int), np.zeros(people, dtype=int)
    while (walking := np.flatnonzero(state < success)).size:
        last[walking] = state[walking]
        state[walking] = (draw.random(len(walking))[:, None] > steps[state[walking]]).sum(axis=1).clip(max=failure)
    share = np.bincount(last[state == success], minlength=4) / people
    for limit in (1024, PUSHED):
        found = solve(sparse.csr_array(Q), r, dense=limit)
        within = 4 * np.sqrt(0.25 / people) + found.error_bound[0]
        assert found.target[0] == share[1:].argmax() + 1
        assert found.score[0] == pytest.approx(share[1:].max(), abs=within)
        assert found.own[0] == pytest.approx(share[0], abs=within)
        assert found.total[0] == pytest.approx(share.sum(), abs=within)


@pytest.mark.parametrize("limit", [1024, PUSHED])
def test_a_chain_of_rephrases_leads_to_its_end_not_to_the_next_request(limit: int) -> None:
    """0 -> 1 -> 2 -> 3, each step with 0.9; only the last request works well."""
    Q = sparse.diags_array([0.9, 0.9, 0.9], offsets=1, shape=(4, 4)).tocsr()
    found = solve(Q, np.array([0, 0.05, 0, 0.95]), dense=limit)
    assert found.target.tolist() == [3, 3, 3]
    np.testing.assert_allclose(found.score, [0.9**3 * 0.95, 0.9**2 * 0.95, 0.9 * 0.95], atol=1e-12)
    np.testing.assert_allclose(found.own, [0, 0.05, 0], atol=1e-12)


@pytest.mark.parametrize("limit", [1024, PUSHED])
def test_a_closed_cycle_has_no_success_and_no_rewrite(limit: int) -> None:
    """0 and 1 alternate for ever; 2 falls into them half of the time; 3 repeats itself for ever."""
    Q = sparse.csr_array(np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0.5, 0, 0, 0], [0, 0, 0, 1.0]]))
    found = solve(Q, np.array([0, 0, 0.5, 0]), dense=limit)
    assert found.source.tolist() == [0, 1, 2]
    assert found.target.tolist() == [0, 1, 2]
    assert found.score.tolist() == [0, 0, 0]
    np.testing.assert_allclose(found.total, [0, 0, 0.5], atol=1e-12)
    assert found.certain.all()


def test_a_request_repeated_a_million_times_before_it_works_still_works() -> None:
    almost = 1 - 1e-6
    found = solve(sparse.csr_array([[almost, 1e-6], [0, 0]]), np.array([0, 1.0]))
    assert found.score[0] == pytest.approx(1, abs=1e-9)


def test_no_states_no_answers() -> None:
    assert len(solve(sparse.csr_array((0, 0)), np.zeros(0)).source) == 0


def test_progress_counts_every_state_once() -> None:
    Q, r = giant(1200, seed=5)
    both = sparse.block_diag([Q, sparse.csr_array([[0, 0.5], [0, 0]])], format="csr")
    done: list[int] = []
    solve(both, np.append(r, [0, 1.0]), advance=done.append)
    assert sum(done) == 1202


@pytest.mark.parametrize(
    ("Q", "r"),
    [
        ([[0, 0.9]], [0.1]),
        ([[0, 0.9], [0, 0]], [0.2, 0]),
        ([[0, -0.1], [0, 0]], [0.2, 0]),
        ([[0, np.nan], [0, 0]], [0.2, 0]),
    ],
)
def test_what_is_no_chain_is_refused(Q: list[list[float]], r: list[float]) -> None:
    with pytest.raises(ValueError, match=r"states|probabilities"):
        solve(sparse.csr_array(np.array(Q)), np.array(r))


def brute_force(Q: np.ndarray, i: int, j: int) -> float:
    """The largest product of probabilities over paths from i to j, by Bellman's recursion."""
    best = np.zeros(len(Q))
    best[i] = 1
    for _ in range(len(Q)):
        best = np.maximum(best, (best[:, None] * Q).max(axis=0))
    return float(best[j])


@given(chains(), st.data())
def test_the_likeliest_path_has_the_largest_product(chain: tuple[np.ndarray, np.ndarray], data: st.DataObject) -> None:
    Q, _ = chain
    i, j = (data.draw(st.integers(0, len(Q) - 1)) for _ in range(2))
    best = brute_force(Q, i, j)
    if best == 0:
        with pytest.raises(ValueError, match="no path"):
            likeliest_path(sparse.csr_array(Q), i, j)
        return
    path = likeliest_path(sparse.csr_array(Q), i, j)
    assert (path[0], path[-1]) == (i, j)
    assert np.prod([Q[a, b] for a, b in pairwise(path)]) == pytest.approx(best)


def test_the_page_about_the_chain_has_the_numbers_that_the_code_computes() -> None:
    script = Path(__file__).parents[1] / "docs" / "chain_example.py"
    example = runpy.run_path(str(script))
    page = script.with_name("chain.md").read_text(encoding="utf8")
    assert example["filled"](page) == page
