"""The commands of bundles as files: ``sayagain bundle …``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sayagain.cli import arguments
from sayagain.cli.console import out, warn
from sayagain.cli.opening import database_of
from sayagain.cli.options import BundlePath, Json, SignedBy, State
from sayagain.cli.tables import counted
from sayagain.extras import needs

if TYPE_CHECKING:
    from sayagain.bundle.bundle import Bundle
    from sayagain.bundle.listing import Listed

bundle = typer.Typer(help="See the versions of a bundle, go back to one, make keys to sign with.", no_args_is_help=True)


@bundle.command("list")
def bundle_list(bundle: BundlePath, require_signature: SignedBy = None, json_: Json = False) -> None:
    """List the versions of a bundle: what each was learned from, which is in use, and which was before.

    With --require-signature a version counts as signed where it is signed with that key.
    """
    from sayagain.bundle.listing import listed

    found = listed(bundle, arguments.public_key(require_signature))
    out.print_json(json.dumps([each.facts() for each in found])) if json_ else out.print(_table(found))


@bundle.command("use")
def bundle_use(
    version: Annotated[str, typer.Argument(help="Number of the version; see: sayagain bundle list.")],
    bundle: BundlePath,
    state: State = None,
    require_signature: SignedBy = None,
    json_: Json = False,
) -> None:
    """Put a version in use, once its files are verified. Services and layers that run load it within seconds."""
    from sayagain.online.going_back import use

    signed_by = arguments.public_key(require_signature)
    _tell(use(bundle, version, database_of(bundle, state), signed_by), json_)


@bundle.command("rollback")
def bundle_rollback(
    bundle: BundlePath, state: State = None, require_signature: SignedBy = None, json_: Json = False
) -> None:
    """Go back to the version that was in use before this one; once more, and it is the one before that.

    What was emptied, or erased, when a person was is passed over. Services and layers that run load it within seconds.
    """
    from sayagain.online.going_back import roll_back

    signed_by = arguments.public_key(require_signature)
    _tell(roll_back(bundle, database_of(bundle, state), signed_by), json_)


@bundle.command("keygen")
def keygen(
    file: Annotated[Path, typer.Argument(help="File of the private key; the public one gets .pub after its name.")],
) -> None:
    """Make a pair of keys: one for learn --sign, the other for serve --require-signature."""
    needs("cryptography")
    from sayagain.bundle.signature import make_keys

    public = make_keys(file)
    out.print(f"Private key in {file}, public key in {public}")


def _tell(used: Bundle, as_json: bool) -> None:
    warn(used.outdated)
    rewrites, created = len(used.rewrites), used.manifest.created
    if as_json:
        facts = {"version": used.path.name, "created": created.isoformat(), "rewrites": rewrites}
        out.print_json(json.dumps(facts))
        return
    learned = f"learned on {created:%Y-%m-%d}, {counted(rewrites, 'rewrite', 'rewrites')}"
    out.print(f"{used.path} is in use: {learned}", soft_wrap=True)


def _table(found: Sequence[Listed]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("version", "created", "learned from", "turns", "until", "rewrites", "signed", ""):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("turns", "rewrites") else "left")
    for each in found:
        place = "in use" if each.in_use else "before" if each.before else "in shadow" if each.in_shadow else ""
        signed = "yes" if each.signed else "no"
        if (manifest := each.manifest) is None:
            table.add_row(each.name, "damaged", "", "", "", "", signed, place)
            continue
        log = manifest.learned_from
        turns = "" if log.turns is None else f"{log.turns:,}"
        rewrites = "emptied" if manifest.emptied else f"{manifest.figures.rewrites:,}"
        day = (log.last or "")[:10]
        table.add_row(each.name, f"{manifest.created:%Y-%m-%d}", log.log or "", turns, day, rewrites, signed, place)
    return table
