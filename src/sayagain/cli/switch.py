"""The commands that switch the whole layer off and on: ``sayagain switch …``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli.console import out
from sayagain.cli.opening import database_of
from sayagain.cli.options import Json, State

if TYPE_CHECKING:
    from sayagain.state.switch import Switch

switch = typer.Typer(
    help="Switch the whole layer off: every request is left alone, whoever serves; observing and learning go on.",
    no_args_is_help=True,
)

BesideBundle = Annotated[
    Path | None, typer.Option("--bundle", help="The bundle that the state database is beside; or name that: --state.")
]


@switch.command("off")
def switch_off(
    reason: Annotated[str, typer.Argument(help="Why, for whoever finds it off.")],
    bundle: BesideBundle = None,
    state: State = None,
    json_: Json = False,
) -> None:
    """Have every request left alone, within a second, until it is switched on."""
    from sayagain.state.switch import turn_off

    _show(turn_off(database_of(bundle, state), reason), json_)


@switch.command("on")
def switch_on(bundle: BesideBundle = None, state: State = None, json_: Json = False) -> None:
    """Serve requests again, whoever switched it off: a person, or the guard over the whole layer."""
    from sayagain.state.switch import turn_on

    _show(turn_on(database_of(bundle, state)), json_)


@switch.command("show")
def switch_show(bundle: BesideBundle = None, state: State = None, json_: Json = False) -> None:
    """Show whether the layer is on, off, or in shadow, where the guard switched it off; since when, and why."""
    from sayagain.state.switch import read

    _show(read(database_of(bundle, state)), json_)


def _show(switch: Switch, as_json: bool) -> None:
    if as_json:
        at = switch.decided_at and switch.decided_at.isoformat()
        facts = {"state": switch.state, "reason": switch.reason, "decided_by": switch.decided_by, "decided_at": at}
        out.print_json(json.dumps(facts))
    else:
        out.print(switch.told or "The layer is on", soft_wrap=True)
