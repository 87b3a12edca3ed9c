"""The command that judges the judge of policies: ``sayagain evaluate policies``."""

from __future__ import annotations

from typing import Annotated

import typer

from sayagain.cli.arguments import DEFAULT_TURNS, PUBLIC_FILES, recordings_of
from sayagain.cli.console import out, working
from sayagain.cli.options import Data, JsonFile, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs


def policies(
    set: Annotated[
        str, typer.Option(help="slurp: replayed recordings; dstc2: real calls; homes: simulated.")
    ] = "slurp",
    data: Data = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns of the log (slurp, homes).")] = DEFAULT_TURNS,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Print what a backtest estimates of each policy, without labels, beside what it is truly worth."""
    needs("home_assistant_intents")
    from sayagain.evaluation.policies.evaluate import evaluate as measure
    from sayagain.evaluation.policies.logs import LABELLED_SETS
    from sayagain.evaluation.report import show, write_json

    if set not in LABELLED_SETS:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join(LABELLED_SETS)}")
    where = recordings_of(set, data) if set in PUBLIC_FILES else None
    with working("making the log") as tell:
        rows = measure(set, where, turns, seed, tell)
    show(rows, out)
    if json is not None:
        write_json(rows, json)
