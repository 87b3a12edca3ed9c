"""The commands of preferences: ``sayagain preferences …``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli.console import out, training
from sayagain.cli.opening import database_of
from sayagain.cli.options import Json, Seed, State
from sayagain.errors import StateError
from sayagain.extras import needs

if TYPE_CHECKING:
    from sayagain.guards.owner import OwnerPolicy
    from sayagain.schema.preference import Preference
    from sayagain.state.preferences import Preferences

preferences_group = typer.Typer(help="See, add and forget what people taught.", no_args_is_help=True)

Bundle = Annotated[Path | None, typer.Option("--bundle", help="The bundle that the state database lies beside.")]
User = Annotated[str, typer.Option(help="The person, as in the field user of their turns.")]
Anybody = Annotated[str | None, typer.Option("--user", help="One person; everybody by default.")]


@preferences_group.command("list")
def list_(
    user: Anybody = None,
    bundle: Bundle = None,
    state: State = None,
    history: Annotated[bool, typer.Option("--history", help="Of one person: also what held before.")] = False,
    json_: Json = False,
) -> None:
    """List what was taught and holds."""
    if history and user is None:
        raise StateError("The history of everybody is not shown", "Name one person: --user")
    found = _found(_opened(bundle, state), user, history=history)
    if json_:
        out.print_json(json.dumps([each.model_dump(mode="json", exclude_none=True) for each in found]))
    else:
        out.print(_table(found))


@preferences_group.command("add")
def add(
    text: Annotated[str, typer.Argument(help="What the person says, as: by my light I mean the desk lamp.")],
    user: User,
    bundle: Bundle = None,
    state: State = None,
    device: Annotated[str | None, typer.Option(help="Where it is said.")] = None,
) -> None:
    """Teach something in a person's name, as if they had said it. A layer that runs uses it from the next turn on."""
    from sayagain.guards.rules import Rules
    from sayagain.online.lessons import Home, Lessons
    from sayagain.retrieval.catalogue import Catalogue

    rules = Rules(owner=_owner(bundle))
    taught = Lessons(database_of(bundle, state)).teach(
        user, text, Home(rules, Catalogue(), household=False), device=device
    )
    if taught.learned is None and not taught.known and not taught.forgot:
        raise StateError(
            taught.say.rstrip("."), f"It is not learned: {taught.refused}" if taught.refused else "Say it another way"
        )
    out.print(taught.say, markup=False)


@preferences_group.command("forget")
def forget(
    user: User,
    id: Annotated[list[str] | None, typer.Option(help="Identifier of one; all by default. May be repeated.")] = None,
    bundle: Bundle = None,
    state: State = None,
) -> None:
    """Forget some of what a person taught, or all of it, with what held before in its place."""
    kept = _opened(bundle, state)
    ids = id or [each.id for each in kept.of(user)]
    count = kept.forget(user, ids)
    if id and not count:
        raise StateError("The person has no such preference", "See: sayagain preferences list")
    out.print(f"{count:,} forgotten")


@preferences_group.command("export")
def export(user: Anybody = None, bundle: Bundle = None, state: State = None) -> None:
    """Write what was taught and holds as JSON lines, to be kept or handed over."""
    for each in _found(_opened(bundle, state), user, history=user is not None):
        out.print(each.model_dump_json(exclude_none=True), markup=False, highlight=False, soft_wrap=True)


@preferences_group.command("train")
def train(
    data: Annotated[
        Path, typer.Argument(help="Directory of public data: clinc150, hwu64, slurp, snips_nlu.", metavar="DATA")
    ],
    to: Annotated[Path, typer.Option("--out", help="ONNX file to write.", metavar="FILE")] = Path("tagger.onnx"),
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the statements.")] = None,
    seed: Seed = 1,
) -> None:
    """Train what reads statements that no template fits, on those that ship; a stopped run continues."""
    needs("torch", "transformers", "onnx")
    from sayagain.evaluation.teaching.training import requests, statements
    from sayagain.preferences.learned.export import export as write
    from sayagain.preferences.learned.train import TaggerRecipe
    from sayagain.preferences.learned.train import train as fit

    recipe = TaggerRecipe(seed=seed)
    recipe = recipe if epochs is None else replace(recipe, rounds=(epochs,))
    with training() as told:
        network = fit(statements(), requests(data), recipe, to.with_suffix(".kept"), told)
    write(network, to)
    out.print(f"Model in {to}")


def _opened(bundle: Path | None, state: str | None) -> Preferences:
    from sayagain.state.preferences import Preferences

    return Preferences(database_of(bundle, state))


def _found(kept: Preferences, user: str | None, *, history: bool) -> list[Preference]:
    return kept.all() if user is None else kept.of(user, ended=history)


def _owner(bundle: Path | None) -> OwnerPolicy:
    """Return what the owner forbids, as the bundle was learned with it."""
    from sayagain.bundle.bundle import Bundle as Published
    from sayagain.guards.owner import NO_POLICY, OwnerPolicy

    if bundle is None or not Published.published(bundle):
        return NO_POLICY
    return OwnerPolicy.of_settings(Published.open(bundle).manifest.settings)


def _table(found: list[Preference]) -> object:
    from rich.table import Table

    from sayagain.preferences.said_back import told

    table = Table(box=None)
    for name in ("id", "user", "kind", "what holds", "since", "source"):
        table.add_column(name, overflow="fold")
    for each in found:
        since = f"{each.since:%Y-%m-%d %H:%M}" + ("" if each.ended is None else f" to {each.ended:%Y-%m-%d %H:%M}")
        table.add_row(each.id, each.user, each.kind, told(each), since, each.source)
    return table
