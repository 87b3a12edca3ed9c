"""The drawing of what failures are taken for: one panel a set, and F1 of each outcome beside the baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sayagain.errors import FormatError
from sayagain.evaluation.failures.figures import confusions
from sayagain.evaluation.report import OURS, Row

HEIGHT, WIDTH = 3.4, 9.0
"""Inches of the two panels of a set."""

DARK = 0.5
"""Share from which a field is so dark that what stands in it is white."""


def draw(rows: Iterable[Row], path: Path) -> None:
    """Draw the figures of ``evaluate failures`` into an SVG or PNG.

    Raises:
        FormatError: the file cannot be written.
    """
    kept = list(rows)
    tables = confusions(kept)
    figure = Figure(figsize=(WIDTH, HEIGHT * len(tables)), layout="constrained")
    panels = figure.subplots(len(tables), 2, squeeze=False)
    for (name, cells), (left, right) in zip(tables.items(), panels, strict=True):
        _matrix(left, name, cells)
        _bars(right, name, [row for row in kept if row.set == name and row.metric.startswith("f1_")])
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise FormatError(f"{path} cannot be written: {error.strerror}", "Name another file") from None


def _matrix(axis: Axes, name: str, cells: Mapping[tuple[str, str], float]) -> None:
    outcomes = list(dict.fromkeys(true for true, _ in cells))
    counts = np.array([[cells[true, other] for other in outcomes] for true in outcomes])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        axis.text(
            column, row, f"{counts[row, column]:,.0f}", ha="center", va="center", fontsize=8,
            color="white" if share > DARK else "black",
        )  # fmt: skip
    places = range(len(outcomes))
    axis.set_xticks(places, outcomes, fontsize=8)
    axis.set_yticks(places, outcomes, fontsize=8)
    axis.set_xlabel("called")
    axis.set_title(f"{name}: turns of each outcome, and what they are called", loc="left", fontsize=9)


def _bars(axis: Axes, name: str, rows: list[Row]) -> None:
    methods = [OURS, *dict.fromkeys(row.method for row in rows if row.role == "baseline")]
    outcomes = list(dict.fromkeys(row.metric for row in rows))
    width = 0.8 / len(methods)
    for number, method in enumerate(methods):
        own = {row.metric: row for row in rows if row.method == method}
        found = [own[each] for each in outcomes]
        values = np.array([row.value for row in found])
        ends = np.array([[row.low or 0, row.high or 0] for row in found])
        axis.bar(
            np.arange(len(outcomes)) + number * width, values, width, label=method,
            yerr=np.abs(ends.T - values), error_kw={"linewidth": 0.8},
        )  # fmt: skip
    axis.set_xticks(
        np.arange(len(outcomes)) + 0.4 - width / 2, [each.removeprefix("f1_") for each in outcomes], fontsize=8
    )
    axis.set_ylim(0, 1)
    axis.set_title(f"{name}: F1, 95 % intervals", loc="left", fontsize=9)
    axis.legend(fontsize=7, frameon=False, loc="lower right")
