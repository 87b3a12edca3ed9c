"""The commands of the assistant: ``sayagain assistant …``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

assistant = typer.Typer(help="A reference assistant to talk to.", no_args_is_help=True)
out = Console(width=None if sys.stdout.isatty() else 100, markup=False, emoji=False, highlight=False)


@assistant.callback()
def _assistant() -> None:
    """A reference assistant to talk to."""


@assistant.command("talk")
def talk(json_: Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")] = False) -> None:
    """Type requests, one a line, to the assistant of a small demo home; see what each stage makes of them."""
    from sayagain.assistant.chain import Chain
    from sayagain.assistant.demo import demo_home
    from sayagain.assistant.entities import Nearest
    from sayagain.assistant.nlu import Templates
    from sayagain.assistant.stages import Heard, Situation
    from sayagain.assistant.world import World

    home = demo_home()
    chain = Chain(Templates(), Nearest(), World(home))
    speaker = home.speakers[0]
    last = None
    for line in sys.stdin:
        text = line.strip()
        if not text:
            continue
        situation = Situation(speaker.id, speaker.area, speaker.has_screen, last)
        result = chain.run([Heard(text, 0.0)], situation)
        last = result.action or last
        if json_:
            typer.echo(json.dumps([row._asdict() for row in result.trace], ensure_ascii=False))
            continue
        table = Table(box=None)
        for name in ("stage", "output", "sure"):
            table.add_column(name, justify="right" if name == "sure" else "left")
        for row in result.trace:
            table.add_row(row.stage, row.output, "" if row.confidence is None else f"{row.confidence:.2f}")
        out.print(table)


@assistant.command("record")
def record(
    shards: Annotated[Path, typer.Option("--shards", help="Where parts of the recording are kept.")],
    to: Annotated[Path, typer.Option("--out", help="The Parquet file to write when all is recorded.")],
    workers: Annotated[int, typer.Option(help="Processes; each takes one core.")] = 2,
    seed: Annotated[int, typer.Option(help="Which voices and conditions.")] = 1,
) -> None:
    """Speak and recognise every request of the corpus; a run that was stopped goes on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from sayagain.assistant.corpus import active_texts, texts, utterances
    from sayagain.assistant.voice.plan import plan
    from sayagain.assistant.voice.record import merge
    from sayagain.assistant.voice.record import record as record_all

    not_meant = list(dict.fromkeys(one.text for one in utterances() if one.style == "not_meant"))
    active = list(active_texts())
    tail = [text for text in texts() if text not in {*active, *not_meant}]
    takes = plan(active, tail, not_meant, seed)
    columns = ("recording", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("recording", total=len(takes))
        for done in record_all(takes, shards, not_meant[-BABBLE_TEXTS:], workers):
            progress.update(task, completed=done)
    table = merge(shards, to)
    out.print(f"{table.num_rows} clips in {to} ({to.stat().st_size / 1e6:.1f} MB)")


BABBLE_TEXTS = 15
"""Sentences that the people in the background say, the last of those not meant: the first sound like wake words."""
