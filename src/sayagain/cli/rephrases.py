"""The commands that make the sets of rephrase detection and train its model: ``sayagain rephrases …``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.arguments import place
from sayagain.cli.console import out, training, working
from sayagain.cli.evaluate import PAIRWISE, SETS_FOLDER
from sayagain.cli.options import Data, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs

rephrases = typer.Typer(help="Build the sets of rephrase detection and train the model.", no_args_is_help=True)

Sets = Annotated[Path, typer.Argument(help="Directory of built sets.", metavar="SETS")]
PAGE = "examples.html"


@rephrases.command("build")
def build(
    to: Annotated[Path, typer.Option("--out", help="Directory of the sets.", metavar="SETS")] = SETS_FOLDER,
    data: Data = None,
    set: Annotated[list[str] | None, typer.Option(help="Name of one set; may be repeated; all by default.")] = None,
) -> None:
    """Build the eight sets from public data and simulated homes, with a page of examples; a few minutes."""
    needs("yaml", "home_assistant_intents")
    from sayagain.evaluation.excerpts.build import SET_NAMES, frozen
    from sayagain.evaluation.excerpts.build import build as make
    from sayagain.evaluation.excerpts.page import write_page

    if unknown := [name for name in set or () if name not in SET_NAMES]:
        raise SayAgainError(f"There is no set {unknown[0]}", f"Known sets: {', '.join(SET_NAMES)}")
    with working("building") as tell:
        digests = make(place(data), to, tuple(set or SET_NAMES), lambda name: tell(f"building {name}"))
        write_page(to, to / PAGE)
    wanted = frozen()
    for name, found in digests.items():
        out.print(f"{name:10} {found}  {'as frozen' if found == wanted[name] else f'DIFFERS from {wanted[name]}'}")
    out.print(f"Sets in {to}, examples in {to / PAGE}")


@rephrases.command("train")
def train(
    sets: Sets,
    to: Annotated[Path | None, typer.Option("--out", help="ONNX file to write; by default in SETS.")] = None,
    pairwise: Annotated[
        bool, typer.Option("--pairwise", help="Train the baseline on pairs of texts without context.")
    ] = False,
    seed: Seed = 1,
) -> None:
    """Fine-tune the span model on the training splits; a stopped run continues. Half an hour."""
    needs("torch", "transformers", "onnx")
    from sayagain.rephrases.train import Recipe, export, fresh, pairs, training_excerpts
    from sayagain.rephrases.train import train as fit

    path = to or sets / (PAIRWISE if pairwise else "spans.onnx")
    marked = training_excerpts(sets)
    if pairwise:
        marked = [pair for each in marked for pair in pairs(each)]
    with training() as told:
        recipe = Recipe.pairwise(seed) if pairwise else Recipe(seed=seed)
        model = fit(marked, fresh(seed), recipe, path.with_suffix(".kept"), told)
    export(model, path)
    out.print(f"Model in {path}")
