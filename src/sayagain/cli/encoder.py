"""The commands that make the pairs of the sentence encoder and train it: ``sayagain encoder …``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.console import out, training, working
from sayagain.cli.evaluate import SETS_FOLDER, evaluate
from sayagain.cli.options import JsonFile, Seed
from sayagain.extras import needs

encoder = typer.Typer(help="Make pairs for the sentence encoder and train it.", no_args_is_help=True)

PAIRS_FILE = "pairs.parquet"
"""Where the pairs of a folder of sets are, beside the sets."""

Sets = Annotated[Path, typer.Argument(help="Directory of built sets (sayagain rephrases build).", metavar="SETS")]


@encoder.command("pairs")
def pairs(
    sets: Sets,
    log: Annotated[list[Path] | None, typer.Option(help="Also mine this log, without labels; may be repeated.")] = None,
    to: Annotated[Path | None, typer.Option("--out", help=f"File to write; by default SETS/{PAIRS_FILE}.")] = None,
) -> None:
    """Collect failed requests with the wording that worked: from training splits, and from logs without labels."""
    from sayagain.evaluation.encoder.mine import of_log, of_sets
    from sayagain.text.pairs import write_pairs

    with working("reading sets") as tell:
        found = of_sets(sets)
        for path in log or ():
            found += of_log(path, tell)
    write_pairs(found, to or sets / PAIRS_FILE)
    out.print(f"{len(found):,} pairs in {to or sets / PAIRS_FILE}")


@encoder.command("train")
def train(
    file: Annotated[Path, typer.Argument(help="Pairs (sayagain encoder pairs).", metavar="PAIRS")],
    to: Annotated[Path | None, typer.Option("--out", help="ONNX file to write; by default beside PAIRS.")] = None,
    epochs: Annotated[int | None, typer.Option(min=0, help="Passes over the pairs; 0 for the untuned base.")] = None,
    words: Annotated[bool, typer.Option(help="Without words: an ablation on sounds and letters.")] = True,
    sounds: Annotated[bool, typer.Option(help="Without sounds: an ablation on words alone.")] = True,
    seed: Seed = 1,
) -> None:
    """Fine-tune the encoder; a stopped run continues. About a quarter of an hour on one core."""
    needs("torch", "transformers", "onnx")
    from sayagain.text.pairs import read_pairs
    from sayagain.text.train import Recipe, export, untuned
    from sayagain.text.train import train as fit

    found = read_pairs(file)
    recipe = Recipe(seed=seed, words=words, sounds=sounds)
    recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
    path = to or file.with_name("encoder.onnx")
    with training() as told:
        model = untuned(found, recipe)
        if recipe.epochs:
            model = fit(found, model, recipe, path.with_suffix(".kept"), told)
    export(model, path)
    out.print(f"Model in {path}")


@evaluate.command("encoder")
def evaluate_encoder(
    set: Annotated[str | None, typer.Option(help="Name of one set; by default all that are trained on.")] = None,
    data: Annotated[
        Path, typer.Option(help="Directory of built sets; its encoder-*.onnx are ablations.")
    ] = SETS_FOLDER,
    split: Annotated[str, typer.Option(help="Split to search in.")] = "test",
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Search all texts of a split for the wording that works for each failed request, beside baselines."""
    from sayagain.evaluation.encoder.methods import evaluate as measure
    from sayagain.evaluation.encoder.mine import FREE_SETS as TRAINED
    from sayagain.evaluation.encoder.retrieve import Search
    from sayagain.evaluation.report import show, write_json

    with working("searching, then resampling"):
        names = [set] if set else TRAINED
        rows = list(measure([Search.of(data, name, split) for name in names], data, seed))
    show(rows, out)
    if json is not None:
        write_json(rows, json)
