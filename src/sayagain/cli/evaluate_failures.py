"""The command that measures how well failure points are told: ``sayagain evaluate failures``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.arguments import place, recordings_of
from sayagain.cli.console import out, working
from sayagain.cli.options import Data, JsonFile, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs


def failures(
    set: Annotated[
        str | None,
        typer.Option(help="slurp, dstc2, ha_eval (all of these by default); homes or homes_whisper: simulated."),
    ] = None,
    data: Data = None,
    train: Annotated[
        Path | None,
        typer.Option(
            help="File to learn from; by default each part of the data is judged by what learned from the rest."
        ),
    ] = None,
    seed: Seed = 1,
    chart: Annotated[
        Path | None, typer.Option(help="Draw what is taken for what as PNG or SVG.", dir_okay=False)
    ] = None,
    json: JsonFile = None,
) -> None:
    """Evaluate how well the stage that failed is told, on real requests, beside baselines. A few minutes a set."""
    needs("sklearn", "yaml", "home_assistant_intents", "matplotlib")
    from sayagain.evaluation.failures.evaluate import FAILURE_SETS, SIMULATED_SETS, reader_that_ships
    from sayagain.evaluation.failures.figures import confusion, is_confusion
    from sayagain.evaluation.report import show, write_json

    if set is not None and set not in FAILURE_SETS | SIMULATED_SETS:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join([*FAILURE_SETS, *SIMULATED_SETS])}")
    if set is None and (train is not None or not place(data).is_dir()):
        raise SayAgainError("A file is of one set", f"Say which with --set: {', '.join(FAILURE_SETS)}")
    rows = []
    with working("measuring") as tell:
        for name in [set] if set else FAILURE_SETS:
            tell(name)
            if name in SIMULATED_SETS:
                rows += SIMULATED_SETS[name](seed)
            else:
                rows += FAILURE_SETS[name](recordings_of(name, data), train, seed, reader_that_ships)
    show([row for row in rows if not is_confusion(row)], out)
    for table in confusion(rows):
        out.print(table)
        out.print()
    if chart is not None:
        from sayagain.evaluation.failures.chart import draw

        draw(rows, chart)
    if json is not None:
        write_json(rows, json)
