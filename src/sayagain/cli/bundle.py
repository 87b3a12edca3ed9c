"""The commands of bundles as files: ``sayagain bundle …``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.console import out
from sayagain.extras import needs

bundle = typer.Typer(help="Make the keys that bundles are signed with.", no_args_is_help=True)


@bundle.callback()
def _bundle() -> None:
    """Keep the command a name of its own: a group of one would swallow it."""


@bundle.command("keygen")
def keygen(
    file: Annotated[Path, typer.Argument(help="File of the private key; the public one gets .pub after its name.")],
) -> None:
    """Make a pair of keys: one for learn --sign, the other for serve --require-signature."""
    needs("cryptography")
    from sayagain.bundle.signature import make_keys

    public = make_keys(file)
    out.print(f"Private key in {file}, public key in {public}")
