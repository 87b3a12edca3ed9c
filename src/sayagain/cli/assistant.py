"""The commands of the assistant: ``sayagain assistant …``."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from sayagain.assistant.stages import Heard, Replier, TraceRow
from sayagain.cli.console import err, out
from sayagain.cli.options import Json
from sayagain.cli.tables import counted
from sayagain.errors import SayAgainError

if TYPE_CHECKING:
    from sayagain.assistant.conversation import Conversation, Exchange
    from sayagain.assistant.home import Home
    from sayagain.assistant.layer import FullLayer
    from sayagain.assistant.voice.hear import Sound

assistant = typer.Typer(help="A reference assistant to talk to.", no_args_is_help=True)


@assistant.callback()
def _assistant() -> None:
    """A reference assistant to talk to."""


Opener = Callable[[str], "FullLayer"]
"""Opens the learned layer that ``--layer`` names. The assistant only knows the protocol: ``cli`` puts it into the
context."""

LayerOption = Annotated[
    str | None,
    typer.Option(
        "--layer",
        help="A bundle, or the address of a service: asked before each request is parsed, given each turn afterwards.",
        metavar="BUNDLE_OR_URL",
    ),
]
HomeOption = Annotated[
    int | None, typer.Option("--home", min=0, help="Number of a simulated home; by default a small demo home.")
]
NBest = Annotated[
    int, typer.Option("--n-best", min=1, help="Take the first of this many hypotheses that is understood.")
]
SOUND_FILES = (".wav", ".flac", ".ogg")


@assistant.command("talk")
def talk(
    ctx: typer.Context,
    microphone: Annotated[bool, typer.Option("--microphone", help="Listen until Ctrl-C.")] = False,
    home: HomeOption = None,
    n_best: NBest = 1,
    layer: LayerOption = None,
    json_: Json = False,
) -> None:
    """Talk to the assistant, one request a line (typed, or a sound file's name); show the output of each stage."""
    from sayagain.assistant.conversation import Conversation

    opened = _layer(ctx, layer)
    conversation = Conversation(_home(home), opened, n_best, opened)
    if microphone:
        from sayagain.assistant.voice.hear import ears
        from sayagain.assistant.voice.microphone import microphone as listen
        from sayagain.assistant.voice.microphone import requests
        from sayagain.assistant.voice.vad import Silero

        hearing, activity = ears(), Silero()
        for audio in requests(listen(activity.frame), activity.speaks):
            _hear(hearing.hear(audio), conversation, json_)
        return
    for line in sys.stdin:
        text = line.strip()
        if text.lower().endswith(SOUND_FILES):
            try:
                sound = _heard(Path(text))
            except SayAgainError as error:  # the talk goes on
                err.print(f"sayagain: {error}", soft_wrap=True)
                continue
            _hear(sound, conversation, json_)
        elif text:
            _show([TraceRow("asr", text)], conversation.say([Heard(text, 0.0)]), json_)


@assistant.command("say")
def say(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A sound file: WAV, FLAC or OGG.")],
    reply: Annotated[Path | None, typer.Option(help="Write the spoken answer to this file.", dir_okay=False)] = None,
    home: HomeOption = None,
    n_best: NBest = 1,
    layer: LayerOption = None,
    json_: Json = False,
) -> None:
    """Play a sound file to the assistant; show the output of each stage."""
    from sayagain.assistant.conversation import Conversation

    sound = _heard(file)
    opened = _layer(ctx, layer)
    response = _hear(sound, Conversation(_home(home), opened, n_best, opened), json_)
    if reply is not None:
        from sayagain.assistant.voice.answer import Spoken
        from sayagain.assistant.voice.audio import save

        replier: Replier = Spoken()
        save(reply, replier.reply(response))


@assistant.command("simulate")
def simulate(
    ctx: typer.Context,
    to: Annotated[Path, typer.Option("--out", help="Directory for log and truth; new or empty.", metavar="DIR")],
    homes: Annotated[int, typer.Option(min=1, help="How many homes.")] = 10,
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks.")] = 4,
    after: Annotated[int, typer.Option(min=0, help="Weeks to simulate before, without the layer; not written.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same homes, people and days.")] = 1,
    layer: LayerOption = None,
    preset: Annotated[
        Literal["default", "harsh", "contexts2"],
        typer.Option(
            help="harsh: people react with twice the noise; contexts2: twenty other kinds of request whose meaning "
            "hangs on what goes on."
        ),
    ] = "default",
    teaching: Annotated[
        bool, typer.Option("--teaching", help="People who teach the layer, are asked, and change their minds.")
    ] = False,
    recordings: Annotated[
        Path | None, typer.Option(help="A file of recorded clips, instead of those that come with the project.")
    ] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help="Only voices and texts kept for evaluation.")] = False,
) -> None:
    """Simulate homes that talk to the assistant: real recognition of recorded speech, simulated people."""
    from rich.progress import track

    from sayagain.assistant.parses import understanding
    from sayagain.assistant.presets import PRESETS
    from sayagain.assistant.reactions import DEFAULT_RATES, RATE_PRESETS
    from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
    from sayagain.assistant.setting import HOMES
    from sayagain.assistant.simulate import Means, live
    from sayagain.assistant.teaching.wordings import Speaks
    from sayagain.assistant.write import write

    of = PRESETS.get(preset, HOMES)
    clips = Recordings.read(recordings or SHIPPED_RECORDINGS, held_out=held_out, more=of.recordings)
    rates = RATE_PRESETS.get(preset, DEFAULT_RATES)
    opened = _layer(ctx, layer)
    means = Means(
        clips,
        understanding(*of.parses),
        opened,
        rates,
        preset=of,
        teaching=Speaks(kept=held_out) if teaching else None,
        teachable=opened if teaching else None,
    )
    lived = live(means, homes, weeks, seed, after)
    gc.disable()  # nothing here goes round in circles, and looking for it takes a sixth of the time
    shown = track(lived, "homes", total=homes, console=err, transient=True, disable=not err.is_terminal)
    turns = write(shown, to, clips.features)
    where = f"{counted(turns, 'turn', 'turns')} of {counted(homes, 'home', 'homes')}, {counted(weeks, 'week', 'weeks')}"
    out.print(f"{where}: {to / 'log'}, with the truth about them in {to / 'truth'} (simulated)", soft_wrap=True)


def _layer(ctx: typer.Context, name: str | None) -> FullLayer | None:
    """Open the layer that ``--layer`` names, in the way that the command line has put into the context."""
    opener: Opener = ctx.obj
    return opener(name) if name else None


def _home(number: int | None) -> Home:
    from sayagain.assistant.demo import demo_home
    from sayagain.assistant.homes import make_home

    return demo_home() if number is None else make_home(number)


def _heard(file: Path) -> Sound:
    from sayagain.assistant.voice.audio import load
    from sayagain.assistant.voice.hear import ears

    audio = load(file)
    return ears().hear(audio)


def _hear(sound: Sound, conversation: Conversation, as_json: bool) -> str:
    """Answer what was heard, show all stages, and return the response."""
    woken = sound.woken
    speech = "none" if sound.speech is None else f"{sound.speech[0]:.2f}–{sound.speech[1]:.2f} s"
    rows = [TraceRow("wake", f"{woken.word}{'' if woken.awake else ' (asleep)'}", woken.score)]
    rows += [TraceRow("wake", f"speech {speech}")]
    rows += [TraceRow("asr", f"or: {one.text}" if n else one.text, one.score) for n, one in enumerate(sound.heard)]
    exchange = conversation.say(list(sound.heard))
    _show(rows, exchange, as_json)
    return exchange.result.outcome.response


def _show(heard: Sequence[TraceRow], exchange: Exchange, as_json: bool) -> None:
    """Show all stages: up to what was heard, what the layer put in its place, and what came of it."""
    after = [row for row in exchange.result.trace if row.stage != "asr"]
    rows = [*heard, *([exchange.rewrite] if exchange.rewrite else []), *after]
    if as_json:
        typer.echo(json.dumps([row._asdict() for row in rows]))
        return
    table = Table(box=None)
    for name in ("stage", "output", "sure"):
        table.add_column(name, justify="right" if name == "sure" else "left")
    for row in rows:
        table.add_row(row.stage, row.output, "" if row.confidence is None else f"{row.confidence:.2f}")
    out.print(table)


@assistant.command("compare")
def compare(
    without: Annotated[Path, typer.Argument(help="A simulation without a layer.", metavar="WITHOUT")],
    with_layer: Annotated[Path, typer.Argument(help="The same, with a layer.", metavar="WITH")],
    examples: Annotated[int, typer.Option(min=0, help="How many of the mended requests to show.")] = 3,
    bundle: Annotated[
        Path | None, typer.Option(help="The layer's bundle: tell what was learned, and what to look at.")
    ] = None,
    json_: Json = False,
) -> None:
    """Compare the same simulated days without and with a layer: what was mended, what was spoilt, examples."""
    from sayagain.cli.report import in_five_lines, next_commands
    from sayagain.evaluation.homes.compare import compare as pair
    from sayagain.evaluation.homes.compare import tally, told

    found = pair(without, with_layer)
    if json_:
        typer.echo(json.dumps(found.figures))
        return
    for line in told(found, examples):
        out.print(line)
    if bundle is not None:
        out.print()
        for line in in_five_lines(bundle):
            out.print(line, soft_wrap=True)
        out.print()
    for line in tally(found):
        out.print(line)
    if bundle is not None:
        out.print("\nWhere to go next")
        for command, why in next_commands(bundle):
            out.print(f"  {command}  # {why}", soft_wrap=True)


@assistant.command("failed")
def failed(
    directory: Annotated[Path, typer.Argument(help="What simulate wrote.", metavar="DIR")],
    most: Annotated[int, typer.Option(min=1, help="How many turns.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random choice.")] = 1,
    json_: Json = False,
) -> None:
    """Print failed turns of simulated homes, drawn at random: what was said, heard, done and wanted."""
    from dataclasses import asdict

    from sayagain.evaluation.homes.failed import failed as draw
    from sayagain.evaluation.homes.failed import table

    turns = draw(directory, most, seed)
    if json_:
        typer.echo(json.dumps([asdict(one) for one in turns]))
    else:
        out.print(table(turns))


@assistant.command("stats")
def stats(
    directory: Annotated[Path, typer.Argument(help="What simulate wrote.", metavar="DIR")],
    json_: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.", metavar="OUT")] = None,
    data: Annotated[
        Path, typer.Option(help="Public data of real people to compare with.", envvar="SAYAGAIN_DATA")
    ] = Path("../shared/data"),
) -> None:
    """Count what went wrong in simulated homes and why, beside real people where their data is available."""
    from sayagain.evaluation.homes import calibrate
    from sayagain.evaluation.homes.stats import stats as count
    from sayagain.evaluation.homes.stats import tables

    found = count(directory, data if data.is_dir() else None)
    if json_ is not None:
        try:
            json_.write_text(json.dumps(found, indent=1), encoding="utf8")
        except OSError as error:
            raise SayAgainError(f"{json_} cannot be written: {error.strerror}", "Name another file") from None
    out.print(tables(found))
    if data.is_dir():
        rows = calibrate.calibrate(data, directory)
        out.print(calibrate.table(rows))
        out.print(calibrate.reasons(rows))
    else:
        out.print(f"no public data of real people at {data} to compare with: --data names another place")
