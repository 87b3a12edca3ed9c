"""How experiments look in a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sayagain.cli.tables import pairs

if TYPE_CHECKING:
    from sayagain.experiments.analysis import Analysis, Comparison, SampleRatio
    from sayagain.experiments.fixed_horizon import FixedHorizon
    from sayagain.schema.experiment import Experiment

NONE_YET = "No experiments: sayagain experiments start NAME --arm none --arm current"
NO_FIXED = "For the usual test at a fixed horizon beside it: pip install 'sayagain[experiments]'"
"""What is said where the library of that test is not installed."""


def listed(experiments: Sequence[Experiment]) -> Table | str:
    """Return all experiments, a line each."""
    if not experiments:
        return NONE_YET
    table = Table(box=None, pad_edge=False)
    for name in ("id", "arms", "unit", "metric", "started", "by", "stopped", "by"):
        table.add_column(name, overflow="fold")
    for each in experiments:
        ended = (moment(each.stopped), each.stopped_by) if each.stopped else ("running", "")
        began = (moment(each.started), each.started_by)
        table.add_row(each.id, _arms(each), each.unit, each.metric, *began, *ended)
    return table


def described(experiment: Experiment) -> Table:
    """Return one experiment, a line a fact."""
    facts = experiment.model_dump(exclude={"id", "name", "arms"})
    times = {name: moment(facts[name]) for name in ("started", "stopped") if facts[name]}
    plain = {name: ", ".join(value) if isinstance(value, list) else value for name, value in facts.items()}
    return pairs(f"experiment {experiment.id}", {"name": experiment.name, "arms": _arms(experiment), **plain, **times})


def heading(experiment: Experiment, ratio: SampleRatio) -> Table:
    """Return what an experiment is, and whether its units fell into the arms as planned."""
    since = f"{moment(experiment.started)} by {experiment.started_by}"
    until = f"{moment(experiment.stopped)} by {experiment.stopped_by}" if experiment.stopped else None
    counts = ", ".join(f"{count:,} {arm}" for arm, count in ratio.counts.items())
    planned = "NOT as planned" if ratio.differs else "as planned"
    facts = {
        "arms": _arms(experiment),
        "started": since,
        "stopped": until,
        f"{experiment.unit}s": f"{counts}; {planned} (e-value {ratio.e_value:.2g})",
    }
    return pairs(f"{experiment.name} ({experiment.id})", facts)


def compared(comparisons: Sequence[Comparison], beside: Sequence[FixedHorizon] | None) -> Table:
    """Return each metric of each arm against the control, with what the usual test says beside where it was made."""
    from sayagain.experiments.verdicts import verdict

    fixed = {(each.metric, each.arm): _interval(each.estimate, each.low, each.high) for each in beside or ()}
    table = Table(title="\nEach arm less the control, 95 %", title_justify="left", box=None, pad_edge=False)
    for name in ("metric", "arm"):
        table.add_column(name, overflow="fold")
    for name in ("units", "mean", "control", "at any look", *(["at one look"] if fixed else [])):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("so far")
    for each in comparisons:
        now = each.looks[-1]
        means = (_share(each.mean), _share(each.control_mean))
        usual = [fixed.get((each.metric, each.arm), "")] if fixed else []
        difference = _interval(now.estimate, now.low, now.high)
        table.add_row(each.metric, each.arm, f"{each.units:,}", *means, difference, *usual, verdict(each))
    return table


def facts(experiment: Experiment, analysis: Analysis, beside: Sequence[FixedHorizon] | None) -> Mapping[str, Any]:
    """Return all that is known of an experiment, as plain values."""
    from sayagain.experiments.verdicts import conclusions, verdict

    return {
        "experiment": experiment.model_dump(mode="json"),
        "sample_ratio": asdict(analysis.sample_ratio),
        "comparisons": [{**asdict(each), "verdict": verdict(each)} for each in analysis.comparisons],
        "fixed_horizon": None if beside is None else [asdict(each) for each in beside],
        "conclusions": list(conclusions(experiment, analysis)),
    }


def moment(time: datetime) -> str:
    """Return a time to the minute, in UTC."""
    return f"{time:%Y-%m-%d %H:%M}"


def _arms(experiment: Experiment) -> str:
    said = (f"{arm} {share:.3g}" for arm, share in experiment.arms.items())
    return f"{' | '.join(said)}; control {experiment.control}"


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"


def _share(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.3f}"
