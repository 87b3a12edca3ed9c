"""The commands of learned rewrites: ``sayagain rewrites …``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sayagain.cli import rewrites_tables as show
from sayagain.cli import tables
from sayagain.cli.console import out, warn, written
from sayagain.cli.opening import lifecycle_of, standing_of
from sayagain.cli.options import BundlePath, Json, RewriteId, State
from sayagain.errors import SayAgainError
from sayagain.text.spreadsheet import cell

if TYPE_CHECKING:
    from sayagain.schema.rewrite import Rewrite

rewrites = typer.Typer(help="Inspect learned rewrites and decide about them.", no_args_is_help=True)


@rewrites.command("list")
def rewrites_list(
    bundle: BundlePath,
    state: State = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="Those that the guards hold back, and why, in their place.")
    ] = False,
    json_: Json = False,
) -> None:
    """List the rewrites of a bundle with their evidence and standing."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.online.precomputed import usable

    opened = Bundle.open(bundle)
    warn(opened.outdated)
    standings = lifecycle_of(bundle, state).standings()
    standing = {id: str(one.status) for id, one in standings.items()}
    found = usable(opened, standings)
    if refused:
        held = [each for each in opened.refused() if each not in found]
        out.print_json(json.dumps(_records(held, {}))) if json_ else out.print(show.refused(held))
        return
    if json_:
        out.print_json(json.dumps(_records(found, standing)))
        return
    out.print(show.listed(found, opened.manifest, standing))
    if others := show.complained(opened, standings):
        out.print(others)


@rewrites.command("show")
def rewrites_show(id: RewriteId, bundle: BundlePath, state: State = None, json_: Json = False) -> None:
    """Show everything known about one rewrite, also a refused one."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import StateError
    from sayagain.experiments.trial import Trial

    opened = Bundle.open(bundle)
    found = next((each for each in [*opened.rewrites, *opened.refused()] if each.id == id), None)
    if found is None:
        raise StateError(f"There is no rewrite {id} in {bundle}", "See: sayagain rewrites list")
    lifecycle = lifecycle_of(bundle, state)
    standing = lifecycle.standings().get(id)
    facts = {**found.model_dump(mode="json"), "status": standing.status if standing else "refused"}
    if (kept := lifecycle.trials().get(id)) is not None:
        facts["trial"] = Trial.of_json(kept).summary()
    if (lost := lifecycle.lost(id)) is not None:
        facts |= {"withdrawn_at": lost.at.isoformat(), "e_value": lost.e_value}
    if json_:
        out.print_json(json.dumps(facts))
    else:
        out.print(tables.pairs(f"rewrite {id}", {**facts, "path": " → ".join(found.path)}))


def _decision(name: str, help: str) -> None:
    """Add the command that records one decision of a person."""

    def command(id: RewriteId, bundle: BundlePath, state: State = None) -> None:
        from sayagain.schema.rewrite import Status

        decided = {"approve": Status.LIVE, "block": Status.BLOCKED, "retire": Status.RETIRED}[name]
        standing = lifecycle_of(bundle, state).decide(id, decided, _refused(id, bundle))
        out.print(f"rewrite {standing.id} is {standing.status}")

    rewrites.command(name, help=help)(command)


def _refused(id: str, bundle: Path) -> Rewrite | None:
    """Return the rewrite where the guards refused it; a state database may be there without its bundle.

    Raises:
        StateError: for a reason that nobody's decision lifts.
    """
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import StateError
    from sayagain.guards.rules import may_be_approved

    refused = Bundle.open(bundle).refused() if bundle.is_dir() else []
    found = next((each for each in refused if each.id == id), None)
    if found is not None and not may_be_approved(found.refused or ""):
        raise StateError(f"A guard refused rewrite {id}: {found.refused}", "It is not in use, and cannot be")
    return found


_decision("approve", "Let a rewrite go live, also one that guards refused for want of evidence, or because it pays.")
_decision("block", "Block a rewrite permanently: the pair never comes back.")
_decision("retire", "Take a rewrite out of use; it can be approved again.")


@rewrites.command("export")
def rewrites_export(
    bundle: BundlePath,
    to: Annotated[Path, typer.Option(help="File to write: .jsonl or .csv.", dir_okay=False)],
    state: State = None,
) -> None:
    """Write the rewrites of a bundle, with evidence and standing, as JSON lines or CSV.

    In CSV, text that a spreadsheet would take for a formula has a single quote before it.
    """
    from sayagain.bundle.bundle import Bundle

    if to.suffix not in (".jsonl", ".csv"):
        raise SayAgainError(f"{to} is neither .jsonl nor .csv", "Name a file that ends in one of them")
    records = _records(Bundle.open(bundle).rewrites, standing_of(bundle, state))
    with written(to) as file:
        if to.suffix == ".csv":
            names = list(records[0]) if records else ["source", "target"]
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            rows = ({**record, "path": " → ".join(record["path"])} for record in records)
            writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
        else:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    out.print(f"{len(records):,} rewrites written to {to}")


def _records(rewrites: list[Any], standing: dict[str, str]) -> list[dict[str, Any]]:
    return [{**each.model_dump(mode="json"), "status": standing.get(each.id, "")} for each in rewrites]
