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

STATEMENTS = "statements"


def teaching(
    set: Annotated[
        str,
        typer.Option(
            help=(
                "statements: what each teaches, or nothing; nlsi, prefeval: which standing instructions bear on a "
                "request."
            )
        ),
    ] = STATEMENTS,
    data: Annotated[
        Path | None,
        typer.Option(help="File of statements (JSON lines: text, expected), or of public data; by default those kept."),
    ] = None,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Evaluate how statements are understood, or which standing instructions bear on a request, beside baselines."""
    from sayagain.evaluation.report import show, write_json
    from sayagain.evaluation.teaching.bearing import BEARING_SETS
    from sayagain.evaluation.teaching.evaluate import evaluate
    from sayagain.evaluation.teaching.requests import hwu64

    real = {**BEARING_SETS, "hwu64": hwu64}

    if set != STATEMENTS and set not in real:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join([STATEMENTS, *real])}")
    if set in BEARING_SETS:
        needs("sklearn")
    with working("reading") as tell:
        rows = evaluate(data, tell) if set == STATEMENTS else real[set](recordings_of(set, data), seed, tell)
    show(rows, out)
    if json is not None:
        write_json(rows, json)
