"""The command that judges choosing in context: ``sayagain evaluate choices``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli.arguments import place
from sayagain.cli.console import out, working
from sayagain.cli.options import Data, JsonFile, Seed
from sayagain.errors import SayAgainError

if TYPE_CHECKING:
    from sayagain.evaluation.report import Row

SETS = ("homes", "contexts2", "smartthings")


def choices(
    set: Annotated[
        str,
        typer.Option(
            help="homes: simulated homes other than those learned from; "
            "contexts2: the same, with twenty other kinds of request that hang on what goes on; "
            "smartthings: which action comes next in routines of real households."
        ),
    ] = SETS[0],
    data: Data = None,
    train: Annotated[
        Path | None,
        typer.Option(help="File of the set to learn from, or directory; by default where the data are."),
    ] = None,
    homes: Annotated[int, typer.Option(min=1, help="Homes to judge in.")] = 12,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks that they live.")] = 4,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds from --seed on; intervals are over their mean.")] = 1,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Evaluate choosing in context: how often the right one of the candidates is named first."""
    from sayagain.evaluation.report import show, write_json

    if set not in SETS:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join(SETS)}")
    with working("learning") as tell:
        rows = (
            _routines(place(data), train, seed, tell)
            if set == "smartthings"
            else _in_homes(set, homes, weeks, range(seed, seed + seeds), tell)
        )
    show(rows, out)
    if json is not None:
        write_json(rows, json)


def _in_homes(preset: str, homes: int, weeks: int, seeds: Sequence[int], tell: Callable[[str], None]) -> list[Row]:
    from sayagain.evaluation.choices.homes import evaluate
    from sayagain.evaluation.report import mean_of_seeds

    return mean_of_seeds([evaluate(homes, weeks, each, tell, preset) for each in seeds])


def _routines(data: Path, train: Path | None, seed: int, tell: Callable[[str], None]) -> list[Row]:
    from sayagain.evaluation.choices.evaluate import evaluate

    judged = _directory(data, "smartthings")
    learned = _directory(place(train), "smartthings") if train else judged if judged.is_dir() else judged.parent
    return evaluate(learned, judged, seed, tell)


def _directory(where: Path, set: str) -> Path:
    """Return the directory of the set where the directory of all public data is named."""
    return where / set if (where / set).is_dir() else where
