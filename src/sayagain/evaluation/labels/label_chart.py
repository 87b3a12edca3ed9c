"""The drawing of labels: precision against the share of turns that is labelled, ours beside the baselines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from matplotlib.figure import Figure

from sayagain.errors import FormatError
from sayagain.evaluation.labels.label_figures import PRECISION_AT, WANTED
from sayagain.evaluation.report import OURS, Row

HEIGHT, WIDTH = 3.2, 4.6
"""Inches of a panel."""


def draw(rows: Iterable[Row], path: Path) -> None:
    """Draw the curves of ``evaluate labels --set labels-…`` into a PNG or SVG, a panel a set.

    Raises:
        FormatError: there are no curves, or the file cannot be written.
    """
    curves: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        if row.metric.startswith(PRECISION_AT):
            point = float(row.metric.removeprefix(PRECISION_AT)) / 100, row.value
            curves.setdefault(row.set, {}).setdefault(row.method, []).append(point)
    if not curves:
        raise FormatError("These figures have no curve", "Draw those of --set labels-homes, labels-slurp, labels-dstc2")
    figure = Figure(figsize=(WIDTH * len(curves), HEIGHT), layout="constrained")
    for axis, (name, methods) in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves.items(), strict=True):
        for method, points in methods.items():
            shares, precisions = zip(*sorted(points), strict=True)
            axis.plot(shares, precisions, marker=".", label=method, linewidth=2.2 if method == OURS else 1.0)
        axis.axhline(WANTED, color="grey", linestyle=":", linewidth=1)
        axis.set_title(name, loc="left", fontsize=9)
        axis.set_xlabel("share of turns labelled")
        axis.set_ylabel("share of labels that are right")
        axis.set_ylim(0, 1.02)
        axis.legend(fontsize=7)
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise FormatError(f"{path} cannot be written: {error.strerror}", "Name another file") from None
