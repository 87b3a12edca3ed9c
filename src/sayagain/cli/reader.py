"""The commands that make the dialogue reader: ``sayagain reader …``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.console import out, training, working
from sayagain.cli.options import Seed
from sayagain.extras import needs

reader = typer.Typer(help="Build the training turns of the dialogue reader and train it.", no_args_is_help=True)

TURNS_FOLDER = Path("readings")
"""Where the training turns are, by default."""


@reader.command("build")
def build(
    to: Annotated[Path, typer.Option("--out", help="Directory of the training turns.", metavar="DIR")] = TURNS_FOLDER,
) -> None:
    """Build training turns from simulated homes, whose truth is known; some five minutes."""
    needs("home_assistant_intents")
    from sayagain.evaluation.readings.build import build as make

    with working("building") as tell:
        count = make(to, lambda name: tell(f"building {name}"))
    out.print(f"{count:,} turns in {to} (simulated)")


@reader.command("train")
def train(
    turns: Annotated[Path, typer.Argument(help="Training turns (sayagain reader build).", metavar="DIR")],
    to: Annotated[Path | None, typer.Option("--out", help="ONNX file to write; by default in DIR.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the turns with labels.")] = None,
    pretraining: Annotated[int | None, typer.Option(min=0, help="Passes without labels before; 0 for none.")] = None,
    seed: Seed = 1,
) -> None:
    """Train the reader; a stopped run continues. A quarter of an hour on two cores."""
    needs("torch", "onnx")
    from sayagain.labels.train import ReaderRecipe, export
    from sayagain.labels.train import train as fit
    from sayagain.labels.training_set import read_taught

    parts = read_taught(turns)
    recipe = ReaderRecipe(seed=seed)
    recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
    recipe = recipe if pretraining is None else replace(recipe, pretraining=pretraining)
    path = to or turns / "reader.onnx"
    with training() as told:
        network = fit(parts, recipe, path.with_suffix(".kept"), told)
    export(network, path)
    out.print(f"Model in {path}")


@reader.command("rank")
def rank(
    to: Annotated[Path, typer.Option("--out", help="Directory of the models.", metavar="DIR")] = TURNS_FOLDER,
) -> None:
    """Teach what ranks labels, from simulated homes, whose truth is known; some five minutes."""
    needs("home_assistant_intents")
    from sayagain.evaluation.readings.rank import build as make

    with working("building") as tell:
        count = make(to, lambda name: tell(f"building {name}"))
    out.print(f"{count:,} candidates (simulated) taught the models in {to}")
