"""The command line: thin commands over the library."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer
from rich.console import Console

from sayagain.cli import arguments, tables
from sayagain.cli import evaluate as commands
from sayagain.cli import rewrites_tables as show
from sayagain.cli.assistant import assistant
from sayagain.cli.encoder import encoder
from sayagain.cli.evaluate_safety import safety
from sayagain.cli.rephrases import rephrases
from sayagain.errors import SayAgainError

if TYPE_CHECKING:
    from sayagain.assistant.layer import Layer as AnyLayer
    from sayagain.log.store import Log
    from sayagain.state.lifecycle import Lifecycle

app = typer.Typer(
    name="sayagain",
    help="Learn from what people say again: import a log, learn rewrites, look at the evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
log_app = typer.Typer(help="Look into a log, erase a person, let old turns go.", no_args_is_help=True)
rewrites_app = typer.Typer(help="Look at learned rewrites and decide about them.", no_args_is_help=True)
app.add_typer(log_app, name="log")
app.add_typer(rewrites_app, name="rewrites")
app.add_typer(commands.replay, name="replay")
commands.evaluate.command("safety")(safety)
app.add_typer(commands.evaluate, name="evaluate")
app.add_typer(rephrases, name="rephrases")
app.add_typer(encoder, name="encoder")
app.add_typer(assistant, name="assistant")


@app.callback()
def _sayagain(ctx: typer.Context) -> None:
    ctx.obj = _layer  # how the assistant opens a learned layer, of which it knows nothing


WIDTH = 100
PLAIN: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}
"""What people say is printed as it is: brackets and colons in it are no styles and no pictures."""
out = Console(width=None if sys.stdout.isatty() else WIDTH, **PLAIN)
err = Console(stderr=True, **PLAIN)
INTERRUPTED = 130
EXTRAS = "Install what this command needs: pip install 'sayagain[assistant,voice,evaluate,serve]'"
FORGET = "learn again, then delete the bundle's older versions (they and the state database keep what was learned)"


Json = Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")]
LogPath = Annotated[Path, typer.Argument(help="The log, a directory made by import.", metavar="LOG")]
BundlePath = Annotated[Path, typer.Option("--bundle", help="The bundle that learn published.")]
RewriteId = Annotated[str, typer.Argument(help="Identifier of the rewrite; see: sayagain rewrites list.")]
PolicyPath = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        help="TOML file of the owner: never = [words that no rewrite may touch], and a table [stakes] with lists of "
        "words, phrases, intents or domains: reversible, costly, people, deletion, money, security. By default what "
        "the guards know; serve takes what the bundle was learned with.",
        dir_okay=False,
    ),
]
State = Annotated[
    str | None, typer.Option(help="State database: a file or an SQLAlchemy URL; by default beside the bundle.")
]


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files to read.", metavar="PATH…")],
    into: Annotated[Path, typer.Option(help="The log to add to; made when missing.", metavar="LOG")],
    format: Annotated[
        str | None,
        typer.Option(
            help="jsonl, csv, parquet (the turn record), dstc2, saif, slurp or evi; by default as the name ends."
        ),
    ] = None,
    map: Annotated[
        list[str] | None,
        typer.Option(help="OURS=THEIRS: the file's name for one of our fields; may be given again."),
    ] = None,
    json_: Json = False,
) -> None:
    """Add the turns of files to a log. Importing the same file twice changes nothing."""
    from sayagain.log.ingest import ingest

    pairs = dict(arguments.mapped(pair) for pair in map or [])
    with _working("reading") as tell:
        done = ingest(
            paths, arguments.format_of(paths, format), into, pairs, lambda lines: tell(f"reading: {lines:,} turns")
        )
    _say(
        {
            "added": done.added,
            "already known": done.known,
            "rejected": done.rejected,
            "rejected lines": str(done.reject_file) if done.rejected else None,
            "log": str(into),
        },
        json_,
    )


@app.command()
def learn(
    log: LogPath,
    out_: Annotated[Path, typer.Option("--out", help="Where to publish the bundle.", metavar="BUNDLE")],
    min_people: Annotated[
        int, typer.Option(min=1, help="Distinct people behind a rewrite; 1 for a household alone.")
    ] = 3,
    review: Annotated[bool, typer.Option("--review", help="Let rewrites wait for a person before going live.")] = False,
    sensitive: Annotated[
        Path | None, typer.Option(help="File of words, one a line, that no rewrite may touch.", dir_okay=False)
    ] = None,
    policy: PolicyPath = None,
    matcher: Annotated[
        str | None,
        typer.Option(help="module:function that says for a list of texts whether the assistant understands each."),
    ] = None,
    state: State = None,
    json_: Json = False,
) -> None:
    """Learn rewrites from a log, with nobody labelling anything. A killed run goes on where it stopped."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.guards.owner import NO_POLICY, OwnerPolicy
    from sayagain.learning.pipeline import Settings
    from sayagain.learning.pipeline import learn as learn_from

    settings = Settings(
        min_people=min_people,
        review=review,
        sensitive=arguments.lines(sensitive) if sensitive else None,
        policy=OwnerPolicy.read(policy) if policy else NO_POLICY,
        matcher=arguments.matcher(matcher) if matcher else None,
        state=state,
    )
    with _working("opening the log") as tell:
        learned = learn_from(log, out_, settings, tell)
    _say({"bundle": str(learned.bundle), **learned.figures}, json_)
    if not learned.figures["rewrites"] and not json_:
        out.print(show.why_none(Bundle.open(out_).manifest))


@app.command("try")
def try_(
    text: Annotated[str, typer.Argument(help="What somebody might say.")],
    bundle: BundlePath,
    state: State = None,
    json_: Json = False,
) -> None:
    """Show what would happen to a request, and why."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.online.explain import consult

    answer = consult(text, Bundle.open(bundle), _lifecycle(bundle, state))
    if json_:
        out.print_json(json.dumps(answer.to_dict()))
        return
    out.print(answer.text if answer.rewritten else "left alone", "-", answer.reason)
    if answer.rewrite is not None:
        out.print(show.evidence([answer.rewrite], _standing(bundle, state)))


@app.command()
def report(
    bundle: Annotated[Path, typer.Argument(help="The bundle that learn published.")],
    state: State = None,
    most: Annotated[int, typer.Option(min=0, help="Rewrites to show.")] = 15,
    json_: Json = False,
) -> None:
    """Summarise a bundle: the log behind it, what each signal was worth, the rewrites, what the guards refused."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.defects.label_model import PREVALENCE

    opened = Bundle.open(bundle)
    standing = _standing(bundle, state)
    manifest = opened.manifest
    if json_:
        facts = {
            **manifest.model_dump(mode="json"),
            "signals": opened.signals(),
            "rewrites": [rewrite.model_dump(mode="json") for rewrite in opened.rewrites],
        }
        out.print_json(json.dumps(facts))
        return
    out.print(tables.pairs("learned from", manifest.learned_from))
    out.print(tables.pairs("result", manifest.figures))
    out.print(show.signals(opened.signals()))
    if show.says_nothing(manifest, PREVALENCE):
        out.print(show.NO_OUTCOMES)
    if most:
        out.print(show.listed(opened, standing, most))
    if len(opened.rewrites) > most:
        out.print(f"… and {len(opened.rewrites) - most:,} more: sayagain rewrites list --bundle {bundle}")


@app.command()
def serve(
    bundle: Annotated[Path, typer.Argument(help="The bundle that learn published.", metavar="BUNDLE")],
    log: Annotated[Path, typer.Option(help="The log to add what happens to; made when missing.", metavar="LOG")],
    state: State = None,
    policy: PolicyPath = None,
    host: Annotated[str, typer.Option(help="Where to be asked; others than this machine need API keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes one that is free.")] = 8377,
    keys: Annotated[
        Path | None,
        typer.Option(help="File of API keys, one a line; the variable SAYAGAIN_KEYS adds to them.", dir_okay=False),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a request is given up.")] = 5.0,
    in_flight: Annotated[int, typer.Option(min=1, help="Requests worked on at a time; more are turned away.")] = 64,
    most_waiting: Annotated[int, typer.Option(min=1, help="Observed turns that may wait for the layer.")] = 100_000,
    body_limit: Annotated[int, typer.Option(min=1024, help="Bytes of a request's body.")] = 1 << 20,
    feedback_window: Annotated[float, typer.Option(min=0, help="Seconds in which feedback is taken.")] = 600.0,
) -> None:
    """Answer an assistant over HTTP: rewrite its requests, take in what happened, add it to the log."""
    import os

    from sayagain.guards.owner import OwnerPolicy
    from sayagain.online.layer import Layer
    from sayagain.server.keys import VARIABLE, Keys
    from sayagain.server.run import serve as run
    from sayagain.server.settings import Settings
    from sayagain.state import beside

    settings = Settings(
        host=host,
        port=port,
        keys=Keys.read(keys, os.environ.get(VARIABLE)),
        patience=timeout,
        in_flight=in_flight,
        most_waiting=most_waiting,
        most_bytes=body_limit,
        feedback_window=feedback_window,
    )
    url, owner = state or beside(bundle), OwnerPolicy.read(policy) if policy else None

    def opened() -> Layer:
        return Layer.open(bundle, url, policy=owner)

    run(opened, url, log, settings, lambda at: err.print(f"sayagain: serving on {at}"))


@log_app.command("stats")
def log_stats(log: LogPath, json_: Json = False) -> None:
    """Count what a log holds."""
    from sayagain.log.stats import stats

    with _opened(log) as opened:
        _say(dict(stats(opened)), json_)


@log_app.command("show")
def log_show(
    log: LogPath,
    session: Annotated[str | None, typer.Argument(help="Identifier of the session.")] = None,
    json_: Json = False,
) -> None:
    """Show one session, turn by turn; without its identifier, list the latest sessions."""
    from sayagain.cli.sessions import latest_sessions, session_table, session_turns, sessions_table

    with _opened(log) as opened:
        if session is None and json_:
            out.print_json(json.dumps(latest_sessions(opened), default=str))
        elif session is None:
            out.print(sessions_table(opened))
        elif json_:
            turns = [turn.model_dump(mode="json", exclude_none=True) for turn in session_turns(opened, session)]
            out.print_json(json.dumps(turns))
        else:
            out.print(session_table(opened, session))


@log_app.command("erase-user")
def log_erase_user(
    log: LogPath,
    user: Annotated[str, typer.Argument(help="Whose turns to erase.")],
    state: Annotated[
        str | None, typer.Option(help="State database of a layer: what it remembers of the person goes too.")
    ] = None,
) -> None:
    """Erase a person's turns, and what is known as truth about them, for good.

    While a service runs, ask it instead: POST /forget.
    """
    from sayagain.online.erasure import forget

    with _opened(log) as opened:
        gone = forget(opened, user, state)
    out.print(f"erased {gone:,} turns; {FORGET}" if gone else f"{user} has no turns in {log}")
    if state is not None:
        out.print("what the layer remembered of them is erased")


@log_app.command("retain")
def log_retain(
    log: LogPath, days: Annotated[int, typer.Option(min=1, help="Keep the turns of this many days.")]
) -> None:
    """Let go of turns older than a number of days."""
    from datetime import UTC, datetime

    from sayagain.log.retention import retain

    with _opened(log) as opened:
        gone = retain(opened, days, datetime.now(UTC))
    out.print(f"let go of {gone:,} turns; {FORGET}" if gone else f"{log} holds no turns older than {days:,} days")


@rewrites_app.command("list")
def rewrites_list(bundle: BundlePath, state: State = None, json_: Json = False) -> None:
    """List the rewrites of a bundle with their evidence and standing."""
    from sayagain.bundle.bundle import Bundle

    opened = Bundle.open(bundle)
    standings = _lifecycle(bundle, state).standings()
    standing = {id: str(one.status) for id, one in standings.items()}
    if json_:
        out.print_json(json.dumps(_records(opened.rewrites, standing)))
        return
    out.print(show.listed(opened, standing))
    if others := show.complained(opened, standings):
        out.print(others)


@rewrites_app.command("show")
def rewrites_show(id: RewriteId, bundle: BundlePath, state: State = None, json_: Json = False) -> None:
    """Show all that is known about one rewrite, refused ones too."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import StateError

    opened = Bundle.open(bundle)
    found = next((each for each in [*opened.rewrites, *opened.refused()] if each.id == id), None)
    if found is None:
        raise StateError(f"There is no rewrite {id} in {bundle}", "See: sayagain rewrites list")
    facts = {**found.model_dump(mode="json"), "status": _standing(bundle, state).get(id, "refused")}
    if json_:
        out.print_json(json.dumps(facts))
    else:
        out.print(tables.pairs(f"rewrite {id}", {**facts, "path": " → ".join(found.path)}))


def _decision(name: str, help: str) -> None:
    """Add the command that records one decision of a person."""

    def command(id: RewriteId, bundle: BundlePath, state: State = None) -> None:
        from sayagain.schema.rewrite import Status

        decided = {"approve": Status.LIVE, "block": Status.BLOCKED, "retire": Status.RETIRED}[name]
        lifecycle = _lifecycle(bundle, state)
        if decided is Status.LIVE or id not in lifecycle.standings():
            _not_refused(id, bundle)
        standing = lifecycle.decide(id, decided)
        out.print(f"rewrite {standing.id} is {standing.status}")

    rewrites_app.command(name, help=help)(command)


def _not_refused(id: str, bundle: Path) -> None:
    """Make sure that no guard holds the rewrite back; a state database may be there without its bundle."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import StateError

    refused = Bundle.open(bundle).refused() if bundle.is_dir() else []
    for each in refused:
        if each.id == id:
            raise StateError(f"A guard refused rewrite {id}: {each.refused}", "It is not in use, and cannot be")


_decision("approve", "Let a rewrite go live.")
_decision("block", "Block a rewrite for good: the pair never comes back.")
_decision("retire", "Take a rewrite out of use; it can be approved again.")


@rewrites_app.command("export")
def rewrites_export(
    bundle: BundlePath,
    to: Annotated[Path, typer.Option(help="File to write: .jsonl or .csv.", dir_okay=False)],
    state: State = None,
) -> None:
    """Write the rewrites of a bundle, with evidence and standing, as JSON lines or CSV."""
    from sayagain.bundle.bundle import Bundle

    if to.suffix not in (".jsonl", ".csv"):
        raise SayAgainError(f"{to} is neither .jsonl nor .csv", "Name a file that ends in one of them")
    records = _records(Bundle.open(bundle).rewrites, _standing(bundle, state))
    with _written(to) as file:
        if to.suffix == ".csv":
            names = list(records[0]) if records else ["source", "target"]
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows({**record, "path": " → ".join(record["path"])} for record in records)
        else:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    out.print(f"{len(records):,} rewrites written to {to}")


def main() -> NoReturn:
    """Run the command line; a person's mistake ends in one clear message."""
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
        err.print(f"sayagain: {error.name} is not installed. {EXTRAS}", soft_wrap=True)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            err.print("sayagain: interrupted; run the same command again to go on")
        raise
    sys.exit(0)


def _say(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(facts, default=str))
    else:
        out.print(tables.pairs(None, facts))


def _records(rewrites: list[Any], standing: dict[str, str]) -> list[dict[str, Any]]:
    return [{**each.model_dump(mode="json"), "status": standing.get(each.id, "")} for each in rewrites]


def _standing(bundle: Path, state: str | None) -> dict[str, str]:
    return {id: str(one.status) for id, one in _lifecycle(bundle, state).standings().items()}


def _lifecycle(bundle: Path, state: str | None) -> Lifecycle:
    """Open the state database; the default one lies beside a bundle that must be there."""
    from sayagain.errors import BundleError
    from sayagain.state import beside
    from sayagain.state.lifecycle import Lifecycle

    if state is None and not bundle.is_dir():
        raise BundleError(f"There is no bundle at {bundle}", "Check --bundle, or name the database with --state")
    return Lifecycle(state or beside(bundle))


def _layer(bundle: str) -> AnyLayer:
    if bundle.startswith(("http://", "https://")):
        from sayagain.assistant.remote import Remote

        return Remote(bundle)
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import BundleError, LayerError
    from sayagain.online.layer import Layer

    try:
        Bundle.open(Path(bundle))  # before a state database is made beside it
    except BundleError as error:
        raise LayerError(f"--layer {bundle}: {error}", "Name a bundle of sayagain learn, or an http address") from None
    return Layer.open(Path(bundle))


@contextmanager
def _opened(path: Path) -> Iterator[Log]:
    from sayagain.log.store import Log

    log = Log.open(path)
    with log.reading():
        yield log


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    try:
        with path.open("w", encoding="utf8", newline="") as file:
            yield file
    except OSError as error:
        raise SayAgainError(f"{path} cannot be written: {error.strerror}", "Name another file") from error


@contextmanager
def _working(first: str) -> Iterator[Any]:
    """Show what is being done while it takes time; yields the function that changes the words."""
    with err.status(first) as status:
        yield status.update
