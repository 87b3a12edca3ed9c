"""The commands that generate traffic from recordings: ``sayagain replay …``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sayagain.cli.arguments import DEFAULT_TURNS, place
from sayagain.cli.console import out, working
from sayagain.cli.options import Data, Seed
from sayagain.errors import SayAgainError

replay = typer.Typer(help="Generate traffic from real recordings, to evaluate learning.", no_args_is_help=True)


@replay.command("slurp")
def replay_slurp(
    file: Annotated[Path, typer.Argument(help="Recordings, in the form of SLURP's asr_nlu_a.", metavar="FILE")],
    to: Annotated[Path, typer.Option("--out", help="Directory for DIR/log and DIR/truth.", metavar="DIR")],
    turns: Annotated[int, typer.Option(min=1, help="Turns to generate.")] = DEFAULT_TURNS,
    seed: Seed = 1,
    preset: Annotated[str, typer.Option(help="default, or harsh (twice the noise).")] = "default",
) -> None:
    """Replay real recordings as traffic: what is heard is real, who says it and when is simulated."""
    from sayagain.evaluation.replay import PEOPLE_PRESETS
    from sayagain.evaluation.replay import replay as generate

    if preset not in PEOPLE_PRESETS:
        raise SayAgainError(f"There is no preset {preset}", f"Known presets: {', '.join(PEOPLE_PRESETS)}")
    if (to / "log").exists():
        raise SayAgainError(f"{to / 'log'} exists", "Name another directory with --out, or remove it")
    with working(f"replaying {turns:,} turns"):
        generate(file, to, turns, seed, preset)
    out.print(f"{turns:,} turns in {to / 'log'}, their truth in {to / 'truth'}")


@replay.command("fit")
def replay_fit(data: Data = None) -> None:
    """Measure what real callers do (DSTC2, SAIF), beside the frozen rates of the replay."""
    from sayagain.evaluation.replay.fit import fit

    where = place(data)
    found = fit(where / "dstc2" / "train.jsonl.gz", where / "saif" / "pairs.jsonl.gz").table()
    table = Table(box=None)
    for name in found[0]:
        table.add_column(name.replace("_", " "), justify="left" if name == "rate" else "right")
    for row in found:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v or "") for v in row.values()))
    out.print(table)
