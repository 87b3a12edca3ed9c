"""The options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli.arguments import DATA, DEFAULT_DATA

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

LogPath = Annotated[Path, typer.Argument(help="The log, a directory made by import.", metavar="LOG")]

BundlePath = Annotated[Path, typer.Option("--bundle", help="The bundle that learn published.")]

SignedBy = Annotated[
    Path | None,
    typer.Option(
        "--require-signature",
        help="Public key (PEM); a bundle that is not signed with its private key is refused.",
        dir_okay=False,
    ),
]

RewriteId = Annotated[str, typer.Argument(help="Identifier of the rewrite; see: sayagain rewrites list.")]

PolicyPath = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        help="TOML file of the owner: never = [words that no rewrite may touch], and a table [stakes] with lists of "
        "words, phrases, intents or domains: reversible, costly, people, deletion, money, security. By default what "
        "the guards know; serve uses the policy of the bundle.",
        dir_okay=False,
    ),
]

CataloguePath = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        help="Names that the assistant knows, JSON lines: name, and where there are any kind, aliases (a list), id. "
        "A misheard one is put right, or asked about, where a request fails.",
        dir_okay=False,
    ),
]

State = Annotated[
    str | None, typer.Option(help="State database: a file or an SQLAlchemy URL; by default beside the bundle.")
]
Seed = Annotated[int, typer.Option(help="Seed for everything random.")]
Data = Annotated[
    Path | None,
    typer.Option(help=f"File of the set, or directory of public data; by default ${DATA}, then {DEFAULT_DATA}."),
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the rows to this file.", dir_okay=False)]
