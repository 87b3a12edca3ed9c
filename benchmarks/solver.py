"""The chain's solver beside scipy.sparse.linalg.splu on the whole matrix: time, agreement, memory.

    python benchmarks/solver.py [--states 100000] [--seed 0] [--only GRAPH] [--json OUT]

Rows of all graphs leave with Beta(2, 2.5), by Pareto weights, and succeed with a uniform share of the rest.

* mixed: three quarters of the states in components of 2 to a dozen wordings; one quarter in a giant component, where
  a wording has 1 + Poisson(1.5) rephrases, 70 % to wordings of the same goal (30 wordings, the commoner the
  likelier), the rest to popular requests (Zipf) or anywhere. The bar is held on this one.
* small (components of 2 to a dozen only) and forest (each request leads to one earlier one: a giant component in
  which splu meets no fill-in) are the two graphs kindest to splu.
* expander: a quarter of the states, each with 4 transitions to anywhere. Its factors fill in, so splu and our solver
  each run in a child whose memory is limited, and report their peak.

For splu, "success" is one factorisation of I - Q and one solve for the success of all states; "rows" are the rows of
N for all sources, in batches of 64 right-hand sides, measured on a sample and scaled up. Ours is `solve`: both.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from scipy import sparse
from scipy.sparse.linalg import splu

from sayagain.evaluation.report import Row, show, write_json
from sayagain.rewrites.absorb import solve

SAMPLE = 512
BATCH = 64
LIMIT_MB = 1024
PATIENCE = 900
"""Seconds that a child may take."""


def chain_of(source, target, n: int, draw: np.random.Generator):
    """Return Q (n, n) and r (n,) of a graph given by its edges."""
    counts = sparse.csr_array((draw.pareto(1.2, len(source)) + 0.2, (source, target)), shape=(n, n))
    sums = counts.sum(axis=1)
    leaving = np.where(sums > 0, draw.beta(2, 2.5, n), 0)
    Q = sparse.csr_array(sparse.diags_array(leaving / np.where(sums > 0, sums, 1)) @ counts)
    return Q, (1 - leaving) * draw.random(n)


def small(n: int, draw: np.random.Generator):
    size = np.minimum(1 + draw.geometric(0.6, n), 12)
    size = size[: np.searchsorted(size.cumsum(), n)]
    cells = size**2
    first, k = np.repeat(size.cumsum() - size, cells), np.repeat(size, cells)
    cell = np.arange(len(first)) - np.repeat(cells.cumsum() - cells, cells)
    edge = (cell // k != cell % k) & (draw.random(len(first)) < 0.6)
    return (first + cell // k)[edge], (first + cell % k)[edge]


def giant(n: int, draw: np.random.Generator):
    goals = max(n // 30, 1)
    goal = np.sort(draw.integers(goals, size=n))
    first, size = np.searchsorted(goal, np.arange(goals)), np.bincount(goal, minlength=goals)
    source = np.repeat(np.arange(n), 1 + draw.poisson(1.5, n))
    m = len(source)
    same_goal = first[goal[source]] + (draw.random(m) ** 2 * size[goal[source]]).astype(int)
    popular = draw.permutation(n)[np.minimum(draw.zipf(1.3, m) - 1, n - 1)]
    elsewhere = np.where(draw.random(m) < 0.3, popular, draw.integers(n, size=m))
    return source, np.where(draw.random(m) < 0.7, same_goal, elsewhere)


def mixed(n: int, draw: np.random.Generator):
    few, many = giant(n // 4, draw), small(n - n // 4, draw)
    return tuple(np.concatenate([a, b + n // 4]) for a, b in zip(few, many, strict=True))


def forest(n: int, draw: np.random.Generator):
    source = np.arange(1, n)
    return source, (source * draw.random(n - 1)).astype(int)


def expander(n: int, draw: np.random.Generator):
    return np.repeat(np.arange(n), 4), draw.permutation(np.tile(np.arange(n), 4))


GRAPHS = {"mixed": mixed, "small": small, "forest": forest, "expander": expander}


def graph(name: str, n: int, seed: int):
    draw = np.random.default_rng(seed)
    return chain_of(*GRAPHS[name](n, draw), n, draw)


def against_splu(name: str, n: int, seed: int, console: Console) -> list[Row]:
    Q, r = graph(name, n, seed)
    start = time.perf_counter()
    with console.status(f"{name}: ours"):
        ours = solve(Q, r)
    ours_seconds = time.perf_counter() - start

    start = time.perf_counter()
    with console.status(f"{name}: splu"):
        factor = splu((sparse.eye_array(n) - Q).tocsc())
        success = factor.solve(r)
    success_seconds = time.perf_counter() - start

    m = len(ours.source)
    sample = np.random.default_rng(seed).choice(m, min(SAMPLE, m), replace=False)
    start = time.perf_counter()
    with console.status(f"{name}: rows by splu"):
        best, own = best_rows(factor, r, ours.source[sample])
    rows_seconds = success_seconds + (time.perf_counter() - start) / len(sample) * m

    bound = ours.error_bound[sample]
    miss = np.maximum(np.abs(best - ours.score[sample]), np.abs(own - ours.own[sample]))
    figures = {
        "seconds": ours_seconds,
        "success off by, 1e-12": np.abs(success[ours.source] - ours.total).max() * 1e12,
        "exact rows off by, 1e-12": miss[bound == 0].max(initial=0) * 1e12,
        "pushed rows off by, 1e-6": miss[bound > 0].max(initial=0) * 1e6,
        "bound, 1e-6": ours.error_bound.max() * 1e6,
        "rows outside": (miss > bound + 1e-9).sum(),
        "certain": ours.certain.mean(),
    }
    title = f"{name}, {n:,} states, {Q.nnz:,} transitions"
    return [
        *(Row(title, "sayagain", "ours", metric, float(value), n=m) for metric, value in figures.items()),
        Row(title, "splu: success", "baseline", "seconds", success_seconds, n=n),
        Row(title, "splu: rows", "baseline", "seconds", rows_seconds, n=m),
    ]


def best_rows(factor, r, sources):
    """Return max_{j != i} N_ij r_j and N_ii r_i of the sources, by transposed solves of many right-hand sides."""
    best, own = [], []
    for batch in np.split(sources, range(BATCH, len(sources), BATCH)):
        k = np.arange(len(batch))
        unit = np.zeros((len(r), len(batch)))
        unit[batch, k] = 1
        B = factor.solve(unit, trans="T") * r[:, None]
        own.append(B[batch, k].copy())
        B[batch, k] = 0
        best.append(B.max(axis=0))
    return np.concatenate(best), np.concatenate(own)


def child(method: str, n: int, seed: int) -> None:
    """Solve the expander within LIMIT_MB and print what came of it as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_MB << 20, LIMIT_MB << 20))
    Q, r = graph("expander", n, seed)
    figures = {"finished": 1.0}
    start = time.perf_counter()
    if method == "sayagain":
        answer = solve(Q, r)
        figures["certain"] = float(answer.certain.mean())
        figures["median bound"] = float(np.median(answer.error_bound))
        figures["bound"] = float(answer.error_bound.max())
    else:
        try:
            splu((sparse.eye_array(n) - Q).tocsc())
        except (MemoryError, RuntimeError):
            figures["finished"] = 0.0
    figures["seconds"] = time.perf_counter() - start
    figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


def in_bounded_memory(n: int, seed: int, console: Console) -> list[Row]:
    title = f"expander, {n:,} states, at most {LIMIT_MB:,} MB"
    rows = []
    for method, role in (("sayagain", "ours"), ("splu", "baseline")):
        command = [sys.executable, __file__, "--child", method, "--states", str(n), "--seed", str(seed)]
        with console.status(f"expander: {method}"):
            try:
                # One thread: OpenBLAS reserves address space for each.
                alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
                done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=False, env=alone)
                figures = json.loads(done.stdout) if done.returncode == 0 else {"finished": 0.0}
            except subprocess.TimeoutExpired:
                figures = {"finished": 0.0, "seconds": float(PATIENCE)}
        rows += [Row(title, method, role, metric, value, n=n) for metric, value in figures.items()]
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--states", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", choices=GRAPHS)
    options.add_argument("--json", type=Path)
    options.add_argument("--child", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        child(chosen.child, chosen.states, chosen.seed)
        return
    console = Console()
    rows: list[Row] = []
    for name in [chosen.only] if chosen.only else GRAPHS:
        if name == "expander":
            rows += in_bounded_memory(chosen.states // 4, chosen.seed, console)
        else:
            rows += against_splu(name, chosen.states, chosen.seed, console)
    show(rows, console)
    if chosen.json:
        write_json(rows, chosen.json)


if __name__ == "__main__":
    main()
