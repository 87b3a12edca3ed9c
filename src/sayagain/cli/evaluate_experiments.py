"""The command that measures what experiments promise: ``sayagain evaluate experiments``."""

from __future__ import annotations

from typing import Annotated

import typer

from sayagain.cli.console import out, working
from sayagain.cli.options import JsonFile, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs


def experiments(
    set: Annotated[
        list[str] | None,
        typer.Option(
            help="statistics: alarms, coverage, power; pairs: planted ones in the stages of the layer; homes: equal "
            "arms in simulated homes; rounds: ten rounds of learning from one's own traffic; gate: versions that are "
            "better or not, judged by draws. All are simulated. May be repeated; all by default."
        ),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Simulated experiments of each case (all but rounds).")] = 1_000,
    homes: Annotated[int, typer.Option(min=1, help="Simulated homes (homes, rounds).")] = 16,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks of each round (rounds).")] = 1,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Measure whether experiments keep what they promise: few false alarms, bad pairs withdrawn in time, no echo."""
    from sayagain.evaluation.experiments.evaluate import EXPERIMENT_SETS, IN_HOMES, Scale, evaluate
    from sayagain.evaluation.report import show, write_json

    sets = set or list(EXPERIMENT_SETS)
    if unknown := [each for each in sets if each not in EXPERIMENT_SETS]:
        raise SayAgainError(f"There is no set {unknown[0]}", f"Known sets: {', '.join(EXPERIMENT_SETS)}")
    if any(each in IN_HOMES for each in sets):
        needs("home_assistant_intents")
    with working("simulating") as tell:
        rows = evaluate(sets, Scale(seed, runs, homes, weeks), tell)
    show(rows, out)
    if json is not None:
        write_json(rows, json)
