"""The command that measures what experiments promise: ``sayagain evaluate experiments``."""

from __future__ import annotations

from typing import Annotated

import typer

from sayagain.cli.console import out, working
from sayagain.cli.options import JsonFile, Seed
from sayagain.errors import SayAgainError


def experiments(
    set: Annotated[
        list[str] | None,
        typer.Option(
            help="statistics: alarms, coverage, power; pairs: planted ones in the stages of the layer; gate: "
            "versions that are better or not, judged by draws. All are simulated. May be repeated; all by default."
        ),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Simulated experiments of each case.")] = 1_000,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Measure whether experiments keep what they promise: few false alarms, bad pairs withdrawn in time. Minutes."""
    from sayagain.evaluation.experiments.evaluate import EXPERIMENT_SETS, Scale, evaluate
    from sayagain.evaluation.report import show, write_json

    sets = set or list(EXPERIMENT_SETS)
    if unknown := [each for each in sets if each not in EXPERIMENT_SETS]:
        raise SayAgainError(f"There is no set {unknown[0]}", f"Known sets: {', '.join(EXPERIMENT_SETS)}")
    with working("simulating") as tell:
        rows = evaluate(sets, Scale(seed, runs), tell)
    show(rows, out)
    if json is not None:
        write_json(rows, json)
