"""The command that measures teaching: ``sayagain evaluate teaching``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.arguments import recordings_of
from sayagain.cli.console import out, working
from sayagain.cli.options import JsonFile, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs

STATEMENTS, HOMES = "statements", "homes"


def teaching(
    set: Annotated[
        str,
        typer.Option(
            help=(
                "statements: what each teaches, or nothing; nlsi, prefeval: which standing instructions bear on a "
                "request; hwu64: what real requests teach, which is nothing; homes: simulated people who teach and are "
                "asked."
            )
        ),
    ] = STATEMENTS,
    data: Annotated[
        Path | None,
        typer.Option(help="File of statements (JSON lines: text, expected), or of public data; by default those kept."),
    ] = None,
    homes: Annotated[int, typer.Option(min=1, help="Homes to judge in (homes).")] = 6,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks that they live (homes).")] = 5,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds from --seed on (homes); intervals are over their mean.")] = 1,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Evaluate how statements are understood, which standing instructions bear on a request, and teaching in homes."""
    from sayagain.evaluation.report import mean_of_seeds, show, write_json
    from sayagain.evaluation.teaching.bearing import BEARING_SETS
    from sayagain.evaluation.teaching.evaluate import evaluate
    from sayagain.evaluation.teaching.requests import hwu64

    real = {**BEARING_SETS, "hwu64": hwu64}

    if set not in (STATEMENTS, HOMES, *real):
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join([STATEMENTS, *real, HOMES])}")
    if set in BEARING_SETS:
        needs("sklearn")
    with working("reading") as tell:
        if set == HOMES:
            needs("home_assistant_intents")
            from sayagain.evaluation.teaching.homes import evaluate as in_homes

            rows = mean_of_seeds([in_homes(homes, weeks, each, tell) for each in range(seed, seed + seeds)])
        else:
            rows = evaluate(data, tell) if set == STATEMENTS else real[set](recordings_of(set, data), seed, tell)
    show(rows, out)
    if json is not None:
        write_json(rows, json)
