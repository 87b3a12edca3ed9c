"""The command that shows what else names were heard as: ``sayagain aliases``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from sayagain.cli.console import out, working
from sayagain.cli.opening import read_log
from sayagain.cli.options import Json

if TYPE_CHECKING:
    import pyarrow as pa

NOTHING = "No name was heard in another spelling by enough people who then said the name"


def aliases(
    log: Annotated[Path, typer.Argument(help="A bundle that learn published, or a log.", metavar="BUNDLE|LOG")],
    min_people: Annotated[
        int, typer.Option(min=1, help="Of a log: distinct people behind each spelling; 1 for a household alone.")
    ] = 3,
    json_: Json = False,
) -> None:
    """Show the other spellings in which names were heard, with the people behind each: aliases for your assistant."""
    from sayagain.bundle.bundle import Bundle

    table = _of_bundle(log) if Bundle.published(log) else _of_log(log, min_people)
    rows = [row for row in table.to_pylist() if row["heard"] != row["name"]]
    if json_:
        out.print_json(json.dumps(rows))
    else:
        out.print(_shown(rows) if rows else NOTHING)


def _of_bundle(path: Path) -> pa.Table:
    from sayagain.bundle.bundle import Bundle
    from sayagain.bundle.damage import told
    from sayagain.bundle.layout import ONLINE
    from sayagain.retrieval.learned_names import read_names

    bundle = Bundle.open(path)
    with told(bundle.path):
        return read_names(bundle.path / ONLINE)


def _of_log(path: Path, min_people: int) -> pa.Table:
    from tempfile import TemporaryDirectory

    from sayagain.learning.log_tables import LogTables
    from sayagain.learning.settings import Settings
    from sayagain.retrieval.name_counts import count_names

    with read_log(path) as log, TemporaryDirectory() as spill, working("opening the log") as tell:
        tables = LogTables(log, Path(spill), Settings(min_people=min_people), tell)
        return count_names(tables.organic, tables.requests, tables.public, min_people)[0]


def _shown(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "kind", "heard as"):
        table.add_column(heading, overflow="fold")
    for heading in ("times", "people", "days"):
        table.add_column(heading, justify="right")
    for row in rows:
        counts = (f"{row[name]:,}" for name in ("turns", "people", "days"))
        table.add_row(row["name"], row["kind"], row["heard"], *counts)
    return table
