"""The commands of the assistant: ``sayagain assistant …``."""

from __future__ import annotations

import json
import sys
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
