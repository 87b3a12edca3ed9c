"""Turns that give way to others in the same change: those that a file brought before it is read in another way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import duckdb

from sayagain.log.journal import Change


def giving_way_in(
    engine: duckdb.DuckDBPyConnection, stored: Sequence[Path], identifiers: Sequence[Path]
) -> Sequence[Path]:
    """Let turns be known as no longer stored, and return the files that hold them; their identifiers are ``gone``.

    Args:
        engine: has all turns of the log as ``stored``.
        stored: the files of the log.
        identifiers: Parquet files of the identifiers of turns that give way.
    """
    if not identifiers or not stored:
        return ()
    engine.read_parquet([str(file) for file in identifiers]).create_view("told")
    engine.execute("CREATE TABLE gone AS SELECT DISTINCT turn FROM stored SEMI JOIN told USING (turn)")
    engine.execute("ALTER VIEW stored RENAME TO stored_before")
    engine.execute("CREATE VIEW stored AS SELECT turn FROM stored_before ANTI JOIN gone USING (turn)")
    files = engine.read_parquet([str(file) for file in stored], filename=True, hive_partitioning=False)
    files.select("filename, turn").create_view("held")
    found = engine.execute("SELECT DISTINCT filename FROM held SEMI JOIN gone USING (turn)").fetchall()
    holders = {name for (name,) in found}
    return [file for file in stored if str(file) in holders]


def gone_of(engine: duckdb.DuckDBPyConnection) -> int:
    """Return how many turns give way."""
    ((gone,),) = engine.execute("SELECT count(*) FROM gone").fetchall()
    return int(gone)


def without_truth(engine: duckdb.DuckDBPyConnection, change: Change, truth: Path) -> None:
    """Put it into a change that the truth about turns that give way goes with them."""
    for file in sorted(truth.glob("*.parquet")):
        rows = engine.read_parquet(str(file))
        left = rows.query("held_truth", "SELECT * FROM held_truth ANTI JOIN gone USING (turn)")
        kept, (all_rows,) = len(left), rows.count("*").fetchall()[0]
        if kept == all_rows:
            continue
        change.remove(file)
        if kept:
            name = f"part-{uuid4().hex}.parquet"
            left.write_parquet(str(change.put(name, truth / name)), compression="zstd")
