"""The table of an evaluation: readable at a hundred columns, and true to small figures."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sayagain.evaluation.report import Role, Row, figure, show

METRICS = ["wins", "win_loss", "coverage", "fixed", "harm", "oracle_share", "coverage_at_win_loss_10"]
METHODS: dict[str, Role] = {
    "without_names_of_other_things": "ablation",
    "sayagain": "ours",
    "most_frequent_next": "baseline",
    "best_table": "ceiling",
}
ROWS = [
    Row("slurp", method, role, metric, 0.00012 + place / 7, place / 8, place / 6, 100)
    for method, role in METHODS.items()
    for place, metric in enumerate(METRICS)
]


def shown(width: int) -> str:
    text = io.StringIO()
    show(ROWS, Console(file=text, width=width, highlight=False))
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_nothing_of_a_table_is_cut(width: int) -> None:
    text = shown(width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for method in METHODS:
        lines = " ".join(line for line in text.splitlines() if line.split()[:1] == [method])
        for row in ROWS:
            if row.method == method and row.low is not None and row.high is not None:
                assert f"{figure(row.value)} [{figure(row.low)}, {figure(row.high)}]" in lines


def test_what_can_be_reached_comes_first_and_ablations_last_in_a_table_of_their_own() -> None:
    text = shown(100)
    places = [text.index(word) for word in ("best_table", "most_frequent_next", "sayagain", "slurp, ablations")]
    assert places == sorted(places)
    assert "without_names" not in text[: text.index("slurp, ablations")]


def test_a_small_figure_is_not_none() -> None:
    assert [figure(value) for value in (0.0, 0.00012345, -0.0004, 0.5, 12.345, 1234.5)] == [
        "0",
        "0.000123",
        "-0.000400",
        "0.500",
        "12.3",
        "1,234",
    ]
