"""Writes the numbers and the drawing of docs/chain.md from one invented set of counts: python docs/chain_example.py."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from scipy import sparse

from sayagain.rewrites.absorb import likeliest_path, solve

PAGE = Path(__file__).with_name("chain.md")
STATES = ["play ping floyd", "play pink flood", "play pink floyd", "play money by pink floyd"]
MOVES = np.array([[4, 16, 8, 0], [2, 0, 12, 2], [0, 0, 0, 10], [0, 0, 6, 0]])
"""How often the next turn said the same thing again, row by row."""
SUCCESS = np.array([2, 1, 180, 51])
FAILURE = np.array([10, 3, 10, 3])


def table(header: list[str], rows: list[list[object]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def figures(matrix: np.ndarray, digits: int = 3) -> list[list[object]]:
    """Return one table row for each state, rounded."""
    return [[f"{k} {STATES[k]}", *(f"{x:.{digits}f}" for x in row)] for k, row in enumerate(matrix)]


def blocks() -> dict[str, str]:
    """Return the text of each generated block of the page."""
    visits = MOVES.sum(axis=1) + SUCCESS + FAILURE
    Q, r = sparse.csr_array(MOVES / visits[:, None]), SUCCESS / visits
    N = np.linalg.inv(np.eye(4) - Q.toarray())
    exact = solve(Q, r)
    numbers = [str(k) for k in range(4)]
    counts = [[f"{k} {STATES[k]}", visits[k], *MOVES[k], SUCCESS[k], FAILURE[k]] for k in range(4)]
    best = int(exact.target[0])
    usual = int(MOVES[0, 1:].argmax()) + 1
    path = " → ".join(f"“{STATES[k]}”" for k in likeliest_path(Q, 0, best))
    pushed = [(limit, solve(Q, r, dense=0, tolerance=limit)) for limit in (0.5, 0.1, 0.01, 1e-4)]
    return {
        "counts": table(["state", "said", *(f"then {k}" for k in numbers), "success", "failure"], counts),
        "chain": table(["Q and r", *numbers, "r"], figures(np.column_stack([Q.toarray(), r]))),
        "drawing": drawing(Q, r),
        "inverse": table(["N", *numbers], figures(N)),
        "shares": table(["B = N diag(r)", *numbers, "sum"], figures(np.column_stack([N * r, N @ r]))),
        "choice": (
            f"The largest share of “{STATES[0]}”, itself apart, is {exact.score[0]:.3f}: the best rewrite is\n"
            f"**“{STATES[best]}”**. Its own share is {exact.own[0]:.3f}, and {exact.total[0]:.3f} of the people who\n"
            f"begin here end well. The likeliest way there is {path}.\n"
            f"(The commonest next request, “{STATES[usual]}”, would itself fail: its r is {r[usual]:.2f}.)"
        ),
        "bound": table(
            ["pushed until at most … is unattributed", "target", "score", "bound", "exact is", "certain"],
            [
                [
                    f"{limit:g}",
                    a.target[0],
                    f"{a.score[0]:.5f}",
                    f"{a.error_bound[0]:.5f}",
                    f"{exact.score[0]:.5f}",
                    "yes" if a.certain[0] else "no",
                ]
                for limit, a in pushed
            ],
        ),
    }


def drawing(Q: sparse.csr_array, r: np.ndarray) -> str:
    """Return the graph as a Mermaid flow chart."""
    steps = Q.tocoo()
    edges = [f"  s{a} -->|{p:.2f}| s{b}" for a, b, p in zip(steps.row, steps.col, steps.data, strict=True)]
    wins = [f"  s{k} -->|{p:.2f}| success" for k, p in enumerate(r)]
    losses = [f"  s{k} -.->|{p:.2f}| failure" for k, p in enumerate(1 - r - Q.sum(axis=1))]
    nodes = [f'  s{k}["{k} {text}"]' for k, text in enumerate(STATES)]
    ends = ["  success(((success)))", "  failure((failure))"]
    return "\n".join(["```mermaid", "flowchart LR", *nodes, *ends, *edges, *wins, *losses, "```"])


def filled(page: str) -> str:
    """Return the page with every generated block made anew."""
    for name, text in blocks().items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        page, found = pattern.subn(lambda _, text=text, begin=begin, end=end: begin + text + end, page)
        if found != 1:
            raise SystemExit(f"{PAGE.name} needs one block named {name}")
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf8")), encoding="utf8")
