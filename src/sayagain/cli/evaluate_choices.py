"""The command that judges choosing in context: ``sayagain evaluate choices``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.arguments import place
from sayagain.cli.console import out, working
from sayagain.cli.options import Data, JsonFile, Seed
from sayagain.errors import SayAgainError

SETS = ("smartthings",)


def choices(
    set: Annotated[str, typer.Option(help="smartthings: which action comes next in routines of real households.")] = (
        SETS[0]
    ),
    data: Data = None,
    train: Annotated[
        Path | None,
        typer.Option(help="File of the set to learn from, or directory; by default where the data are."),
    ] = None,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Evaluate choosing in context: how often the right one of the candidates is named first."""
    from sayagain.evaluation.choices.evaluate import evaluate as measure
    from sayagain.evaluation.report import show, write_json

    if set not in SETS:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join(SETS)}")
    judged = _directory(place(data), set)
    learned = _directory(place(train), set) if train else judged if judged.is_dir() else judged.parent
    with working("learning") as tell:
        rows = measure(learned, judged, seed, tell)
    show(rows, out)
    if json is not None:
        write_json(rows, json)


def _directory(where: Path, set: str) -> Path:
    """Return the directory of the set where the directory of all public data is named."""
    return where / set if (where / set).is_dir() else where
