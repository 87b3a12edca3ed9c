"""The command that labels a log without annotators: ``sayagain label``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli import label_tables as show
from sayagain.cli.console import err, out
from sayagain.cli.opening import read_log
from sayagain.cli.options import Json, LogPath, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs

if TYPE_CHECKING:
    from sayagain.learning.label_files import Asked, Summary
    from sayagain.log.store import Log

MIN_PEOPLE = 3


def label(
    log: LogPath,
    to: Annotated[Path, typer.Option("--out", help="Directory of the labels.", metavar="LABELS", file_okay=False)],
    precision: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of the labels that are to be right; more is surer, and fewer."),
    ] = 0.95,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="Format beside JSON lines: bias (for a recogniser), csv, label-studio, rasa, datasets, "
            "home-assistant; may be repeated."
        ),
    ] = None,
    share: Annotated[
        bool, typer.Option("--share", help="Only texts, meanings and values that --min-people said; of no turn.")
    ] = False,
    min_people: Annotated[int, typer.Option(min=1, help="Distinct people behind each of them.")] = MIN_PEOPLE,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Then show so many labels whose checking tells most, and ask whether they are right."),
    ] = None,
    retrain: Annotated[
        Path | None,
        typer.Option(
            help="Then train a small model of understanding on the labels, and write it (ONNX) into this directory; "
            "needs the extra train: pip install 'sayagain[train]'.",
            metavar="DIR",
            file_okay=False,
        ),
    ] = None,
    seed: Seed = 1,
    json_: Json = False,
) -> None:
    """Label the turns of a log: what was said, intent, slots and values, each with how sure that is.

    Nobody annotates anything: what worked, what was said again and worked, and what works elsewhere in the log is what
    labels come from. A run that was killed goes on where it stopped.
    """
    from sayagain.labels.exports.formats import FORMATS
    from sayagain.learning.label_files import Asked

    if unknown := [name for name in format or () if name not in FORMATS]:
        raise SayAgainError(f"There is no format {unknown[0]}", f"Known formats: {', '.join(FORMATS)}")
    if retrain is not None:
        needs("onnx")
    asked = Asked(precision, min_people if share else None, format or ())
    with read_log(log) as opened:
        summary = _labelled(opened, to, asked)
    if sample is not None:
        from sayagain.cli.label_review import review
        from sayagain.learning.label_files import finish

        review(to, sample, seed)
        summary = finish(to, asked, summary.notes)
    if retrain is not None:
        _retrained(to, retrain)
    if json_:
        out.print_json(json.dumps(summary.to_json()))
        return
    for part in show.summary(summary, to, precision):
        out.print(part)


def _labelled(log: Log, to: Path, asked: Asked) -> Summary:
    import pyarrow.parquet as pq
    from rich.progress import Progress

    from sayagain.learning.label_files import label_log

    turns = sum(int(pq.read_metadata(file).num_rows) for file in log.filled())
    with Progress(console=err) as progress:
        task = progress.add_task("opening the log", total=turns)
        return label_log(
            log,
            to,
            asked,
            lambda stage: progress.update(task, description=stage),
            lambda done: progress.advance(task, done),
        )


def _retrained(labels: Path, to: Path) -> None:
    """Train the small model of understanding on the labels of a directory."""
    from sayagain.labels.understander_fit import by_label, fit
    from sayagain.learning.label_files import labels_in
    from sayagain.learning.label_plan import LABELS

    found = ((each.heard, each.transcript, each.meaning, each.confidence) for each in labels_in(labels / LABELS))
    try:
        count = fit(by_label(found), to)
    except ValueError:
        remedy = "Ask for less precision, or wait for a longer log"
        raise SayAgainError(f"There are no labels in {labels} to learn from", remedy) from None
    err.print(f"{count:,} different examples taught the model in {to}")
