"""The drawing of coverage against win/loss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sayagain.evaluation.rewrites.figures import WIN_LOSS_LEVELS, Curve, Reals

_STYLES = {"sayagain": ("#c1272d", 2.6, "-"), "oracle": ("#222222", 1.6, "--")}
_OTHERS = ("#0072b2", "#e69f00", "#009e73", "#9467bd")
_LEAST_WIN_LOSS = 0.3


def draw(curves: Mapping[str, Curve], title: str, path: Path) -> None:
    """Draw every curve into a PNG: to the right and up is better."""
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, 2, sharey=True))
    colours = iter(_OTHERS)
    for name, curve in curves.items():
        style = _STYLES[name] if name in _STYLES else (next(colours), 1.6, "-")
        _line(axes[0], curve.coverage, curve, name, style)
        _line(axes[1], curve.fixed, curve, name, style)
    for axis, label in zip(axes, ("rewritten (coverage)", "turned right (fixed)"), strict=True):
        axis.set_xlabel(f"share of defective turns {label}, %")
        axis.set_xlim(left=0)
        for level in WIN_LOSS_LEVELS:
            axis.axhline(level, color="#999999", linewidth=0.8, linestyle=":")
            axis.annotate(f"{level:g} : 1", (1, level), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        axis.grid(alpha=0.2)
    axes[0].set_ylabel("wins for each loss, log scale")
    axes[0].set_yscale("log")
    axes[0].set_ylim(bottom=_LEAST_WIN_LOSS)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
    figure.suptitle(f"Rewrites on replayed SLURP recordings: {title}")
    figure.savefig(path)


def _line(axis: Axes, share: Reals, curve: Curve, name: str, style: tuple[str, float, str]) -> None:
    colour, width, dashes = style
    percent = 100 * share
    axis.plot(percent, curve.win_loss, color=colour, linewidth=width, linestyle=dashes, label=name.replace("_", " "))
    if name == "sayagain" and len(curve.win_loss):
        axis.plot(percent[-1], curve.win_loss[-1], "o", color=colour)
