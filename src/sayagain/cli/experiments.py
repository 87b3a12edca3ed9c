"""The commands of A/B experiments: ``sayagain experiments …``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sayagain.cli import experiments_tables as show
from sayagain.cli.console import out, working
from sayagain.cli.gate import gate
from sayagain.cli.opening import experiments_of, read_log
from sayagain.cli.options import BundlePath, Json, State
from sayagain.errors import ExperimentError
from sayagain.extras import is_installed, needs

if TYPE_CHECKING:
    from sayagain.schema.experiment import Experiment

LOOKS = 60
"""Looks that show tells a comparison at: enough that a chart shows how it came about."""

CHARTS = (".svg", ".png")
"""What the name of a chart ends in."""

By = Annotated[str, typer.Option(help="Who decides so, to be kept with it.", envvar=["USER", "USERNAME"])]
Id = Annotated[str, typer.Argument(help="Identifier of the experiment; see: sayagain experiments list.", metavar="ID")]

experiments_group = typer.Typer(help="Let arms share the requests, and compare them at any time.", no_args_is_help=True)
experiments_group.command("gate")(gate)


@experiments_group.command("start")
def start(
    name: Annotated[str, typer.Argument(help="What the experiment is called.")],
    bundle: BundlePath,
    arm: Annotated[
        list[str],
        typer.Option(
            help="An arm, twice or more: none, current, policy:POLICY or bundle:VERSION, with =SHARE or equal shares.",
            metavar="ARM",
        ),
    ],
    control: Annotated[
        str | None, typer.Option(help="The arm that the others are compared with; by default the first.", metavar="ARM")
    ] = None,
    unit: Annotated[str, typer.Option(help="What is drawn: request (with its retries) or user.")] = "request",
    traffic: Annotated[float, typer.Option(help="Share of all units that take part.")] = 1.0,
    metric: Annotated[str, typer.Option(help="What decides: defect, said_again or helpful.")] = "defect",
    guard: Annotated[
        list[str] | None, typer.Option(help="Another of these, by which no arm may be worse than the control.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Units after which a decision is planned; it may be looked at before, too.")
    ] = None,
    by: By = "command line",
    state: State = None,
    json_: Json = False,
) -> None:
    """Start an experiment: from now on a draw says which arm answers a request. Running services take it up at once."""
    from pydantic import ValidationError

    from sayagain.online.designs import checked
    from sayagain.schema.admission import admitted, wrong_fields
    from sayagain.schema.experiment import Design

    arms = _shares(arm)
    asked = {"name": name, "arms": arms, "control": control or next(iter(arms)), "unit": unit, "traffic": traffic}
    more = {"metric": metric, "guards": guard or [], "horizon": horizon}
    try:
        design = admitted(Design.model_validate({**asked, **more}))
    except ValidationError as error:
        raise ExperimentError(f"The experiment cannot be: {wrong_fields(error)}", "See --help") from None
    _told(experiments_of(bundle, state).start(checked(design, bundle), by), json_)


@experiments_group.command("list")
def list_(bundle: BundlePath, state: State = None, json_: Json = False) -> None:
    """List all experiments, the last one first."""
    found = experiments_of(bundle, state).all()
    if json_:
        out.print_json(json.dumps([each.model_dump(mode="json") for each in found]))
    else:
        out.print(show.listed(found))


@experiments_group.command("stop")
def stop(id: Id, bundle: BundlePath, by: By = "command line", state: State = None, json_: Json = False) -> None:
    """Stop an experiment for good: the bundle in use answers all requests again."""
    _told(experiments_of(bundle, state).stop(id, by), json_)


@experiments_group.command("show")
def show_(
    id: Id,
    bundle: BundlePath,
    log: Annotated[Path, typer.Option(help="The log that the service adds to.", metavar="LOG")],
    state: State = None,
    chart: Annotated[
        Path | None, typer.Option(help="Draw the differences over time into this .svg or .png file.", dir_okay=False)
    ] = None,
    json_: Json = False,
) -> None:
    """Tell what an experiment shows so far. It may be asked as often as you like, and acted on at any time."""
    from sayagain.experiments.analysis import HORIZON, analyse
    from sayagain.experiments.verdicts import conclusions
    from sayagain.learning.experiment_units import read_units

    if chart is not None:
        if chart.suffix not in CHARTS:
            raise ExperimentError(f"{chart} is neither .svg nor .png", "Name a file that ends in one of them")
        needs("matplotlib")
    experiment = experiments_of(bundle, state).find(id)
    with read_log(log) as opened, working("opening the log") as tell:
        units = read_units(opened, experiment, tell)
    found = analyse(units, experiment.control, experiment.metrics, LOOKS, experiment.horizon or HORIZON)
    beside = None
    if is_installed("tea-tasting"):
        from sayagain.experiments.fixed_horizon import fixed_horizon

        beside = fixed_horizon(units, experiment.control, experiment.metrics)
    if json_:
        out.print_json(json.dumps(show.facts(experiment, found, beside), default=str))
    else:
        out.print(show.heading(experiment, found.sample_ratio))
        out.print(show.compared(found.comparisons, beside))
        out.print("", *conclusions(experiment, found), *([show.NO_FIXED] if beside is None else []), sep="\n")
    if chart is not None:
        from sayagain.evaluation.experiments.chart import draw

        draw(experiment, found.comparisons, chart)


def _shares(arms: Sequence[str]) -> dict[str, float]:
    """Read arms with their shares, or with none at all: then each has the same.

    Raises:
        ExperimentError: some have one and others do not, one is no number, or an arm is there twice.
    """
    parts = [each.rpartition("=") for each in arms]
    named = [(arm.strip() if equals else share.strip(), share if equals else None) for arm, equals, share in parts]
    try:
        shares = {arm: 1 / len(arms) if share is None else float(share) for arm, share in named}
    except ValueError:
        raise ExperimentError("The share of an arm is no number", "For example: --arm none=0.5") from None
    if len(shares) < len(arms) or len({share is None for _, share in named}) > 1:
        raise ExperimentError("An arm is there twice, or only some have a share", "Give each one, or none of them")
    return shares


def _told(experiment: Experiment, as_json: bool) -> None:
    facts: dict[str, Any] = experiment.model_dump(mode="json", exclude_none=True)
    if as_json:
        out.print_json(json.dumps(facts))
    else:
        out.print(show.described(experiment))
