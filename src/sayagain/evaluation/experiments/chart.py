"""The drawing of an experiment over time: each difference with its confidence sequence, to be read at any look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure

from sayagain.errors import ExperimentError
from sayagain.experiments.analysis import Comparison
from sayagain.schema.experiment import LOWER_IS_BETTER, Experiment

COLOURS = ("#c1272d", "#0072b2", "#e69f00", "#009e73", "#9467bd", "#8c564b", "#222222")
"""One an arm beside the control."""

HEIGHT, WIDTH = 2.8, 9.0
"""Inches of a panel."""

NOTHING_KNOWN = 2.0
"""Width of a band from -1 to 1."""

BEGINNING, ROOM = 6, 1.15
"""A panel is a little higher than the bands are after a sixth of the looks: at first they hold everything."""


def draw(experiment: Experiment, comparisons: Sequence[Comparison], path: Path) -> None:
    """Draw one panel a metric into an SVG or PNG: where a band leaves the zero line, the arm differs from the control.

    Raises:
        ExperimentError: the file cannot be written.
    """
    metrics = experiment.metrics
    figure = Figure(figsize=(WIDTH, HEIGHT * len(metrics) + 0.8), layout="constrained")
    panels = figure.subplots(len(metrics), 1, sharex=True, squeeze=False)[:, 0]
    for axis, metric in zip(panels, metrics, strict=True):
        own = [each for each in comparisons if each.metric == metric]
        for colour, each in zip(COLOURS, own, strict=False):
            _band(axis, each, colour)
        axis.axhline(0, color="#222222", linewidth=1)
        later = [look for each in own for look in each.looks[len(each.looks) // BEGINNING :]]
        most = ROOM * max((abs(end) for look in later for end in (look.low, look.high)), default=1)
        axis.set_ylim(-most, most)
        better = "lower" if LOWER_IS_BETTER[metric] else "higher"
        role = "decides" if metric == experiment.metric else "guard"
        axis.set_title(f"{metric} ({role}; {better} is better)", loc="left", fontsize=10)
        axis.set_ylabel(f"arm less {experiment.control}")
        axis.grid(alpha=0.2)
    dates = panels[-1].xaxis.get_major_locator()
    panels[-1].xaxis.set_major_formatter(ConciseDateFormatter(dates))  # type: ignore[no-untyped-call]
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(f"{experiment.name}: difference and 95 % confidence sequence, which holds at every look at once")
    try:
        figure.savefig(path)
    except OSError as error:
        raise ExperimentError(f"{path} cannot be written: {error.strerror}", "Name another file") from None


def _band(axis: Axes, comparison: Comparison, colour: str) -> None:
    looks = [each for each in comparison.looks if each.high - each.low < NOTHING_KNOWN]
    times = np.array([each.time.replace(tzinfo=None) for each in looks], dtype="datetime64[us]")
    axis.fill_between(times, [each.low for each in looks], [each.high for each in looks], color=colour, alpha=0.18)
    axis.plot(times, [each.estimate for each in looks], color=colour, linewidth=1.6, label=comparison.arm)
