"""The command that measures harm: ``sayagain evaluate safety``."""

from __future__ import annotations

import json as plain
from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.arguments import place
from sayagain.cli.console import err, out, working
from sayagain.cli.options import Data, JsonFile, Seed
from sayagain.errors import FormatError, SayAgainError
from sayagain.extras import needs


def safety(
    set: Annotated[
        list[str] | None,
        typer.Option(help="pairs, real, mishearings, listening, poisoning, lessons; may be repeated; all by default."),
    ] = None,
    data: Data = None,
    seed: Seed = 1,
    sample: Annotated[int, typer.Option(min=0, help="Cases to learn bundles for, a second or two each.")] = 200,
    json: JsonFile = None,
    failures: Annotated[
        Path | None, typer.Option(help="Also write the failed cases to this file.", dir_okay=False)
    ] = None,
) -> None:
    """Measure harm: pairs that must never be exchanged, mishearings to mend, saying no, poisoning. Forty minutes."""
    needs("home_assistant_intents", "babel", "fastapi")
    from sayagain.evaluation.report import show, write_json
    from sayagain.evaluation.safety import evaluate as measure
    from sayagain.evaluation.safety.figures import printable

    sets = set or list(measure.SAFETY_SETS)
    if unknown := [each for each in sets if each not in measure.SAFETY_SETS]:
        raise SayAgainError(f"There is no set {unknown[0]}", f"Known sets: {', '.join(measure.SAFETY_SETS)}")
    try:
        where: Path | None = place(data)
    except FormatError as error:
        if data is not None or sets == ["real"]:
            raise
        where = None
        err.print(f"{error}: without real pairs, and listening to simulated homes alone")
    with working("making cases") as tell:
        rows, trials = measure.evaluate(sets, where, seed, sample, tell)
    show(printable(rows), out)
    if json is not None:
        write_json(rows, json)
    if failures is not None:
        found = list(measure.failures(trials))
        failures.write_text(plain.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        out.print(f"{len(found):,} of {len(trials):,} cases that must not be in {failures}")
