"""The command line: every command group, and how a mistake ends."""

from __future__ import annotations

import gc
import io
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sayagain.cli import configuration, recording
from sayagain.cli.aliases import aliases
from sayagain.cli.assistant import assistant
from sayagain.cli.backtest import backtest
from sayagain.cli.bundle import bundle
from sayagain.cli.commands import Commands
from sayagain.cli.console import err
from sayagain.cli.defects import defects
from sayagain.cli.doctor import doctor
from sayagain.cli.encoder import encoder
from sayagain.cli.evaluate import evaluate
from sayagain.cli.evaluate_choices import choices
from sayagain.cli.evaluate_experiments import experiments
from sayagain.cli.evaluate_failures import failures as evaluate_failures
from sayagain.cli.evaluate_policies import policies
from sayagain.cli.evaluate_safety import safety
from sayagain.cli.evaluate_teaching import teaching
from sayagain.cli.experiments import experiments_group
from sayagain.cli.failures import failures
from sayagain.cli.import_ import import_
from sayagain.cli.label import label
from sayagain.cli.learn import learn
from sayagain.cli.log import log_group
from sayagain.cli.opening import open_layer
from sayagain.cli.preferences import preferences_group
from sayagain.cli.reader import reader
from sayagain.cli.rephrases import rephrases
from sayagain.cli.replay import replay
from sayagain.cli.report import report
from sayagain.cli.rewrites import rewrites
from sayagain.cli.serve import serve
from sayagain.cli.switch import switch
from sayagain.cli.try_ import try_
from sayagain.errors import SayAgainError
from sayagain.extras import missing

INTERRUPTED_CODE = 130
INTERRUPTED = "sayagain: interrupted; run the same command again to go on"
QUERY_INTERRUPTED = "Query interrupted"
"""What DuckDB says where somebody interrupts a query of it."""
OBJECTS_A_COLLECTION = 50_000
"""New objects after which Python looks for cycles: its own 700 have it walk over what was just imported, hundreds of
times, and find nothing. That is a tenth of a short command, and this is a few megabytes at the most."""

app = typer.Typer(
    name="sayagain",
    cls=Commands,
    help="Learn from what people say again: import a log, learn rewrites, inspect the evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("import")(import_)
app.command()(learn)
app.command("try")(try_)
app.command()(report)
app.command()(backtest)
app.command()(defects)
app.command()(failures)
app.command()(label)
app.command()(aliases)
app.command()(serve)
app.command()(doctor)
app.command()(configuration.init)
app.add_typer(log_group, name="log")
app.add_typer(rewrites, name="rewrites")
app.add_typer(bundle, name="bundle")
app.add_typer(experiments_group, name="experiments")
app.add_typer(preferences_group, name="preferences")
app.add_typer(switch, name="switch")
app.add_typer(replay, name="replay")
evaluate.command("experiments")(experiments)
evaluate.command("failures")(evaluate_failures)
evaluate.command("choices")(choices)
evaluate.command("policies")(policies)
evaluate.command("safety")(safety)
evaluate.command("teaching")(teaching)
app.add_typer(evaluate, name="evaluate")
app.add_typer(rephrases, name="rephrases")
app.add_typer(encoder, name="encoder")
app.add_typer(reader, name="reader")
for command in (recording.record, recording.parse, recording.render):
    assistant.command()(command)
app.add_typer(assistant, name="assistant")


@app.callback()
def _sayagain(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help=f"Configuration to read in place of {configuration.FILE} of this directory; see: sayagain init.",
            envvar=configuration.VARIABLE,
            metavar="FILE",
        ),
    ] = None,
) -> None:
    ctx.default_map = configuration.defaults(ctx.command, config)
    ctx.obj = open_layer  # how the assistant opens a learned layer, of which it knows nothing


def main() -> NoReturn:
    """Run the command line; a person's mistake ends in one clear message."""
    gc.set_threshold(OBJECTS_A_COLLECTION)
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):  # arrows, and what people say, whatever the locale
            stream.reconfigure(encoding="utf8", errors=errors)
    try:
        app(prog_name=app.info.name)
    except SayAgainError as error:
        err.print(f"sayagain: {error}", soft_wrap=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("sayagain"):
            raise
        err.print(f"sayagain: {missing(error.name)}", soft_wrap=True)
        sys.exit(2)
    except RuntimeError as error:
        if str(error) != QUERY_INTERRUPTED:
            raise
        err.print(INTERRUPTED)
        sys.exit(INTERRUPTED_CODE)
    except SystemExit as end:
        if end.code == INTERRUPTED_CODE:
            err.print(INTERRUPTED)
        raise
    sys.exit(0)
