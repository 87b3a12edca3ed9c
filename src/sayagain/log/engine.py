"""The engine that runs the Ibis expressions: DuckDB, bounded in memory, spilling beside the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis
from ibis.expr import types as ir

from sayagain.errors import LogError, SayAgainError
from sayagain.schema import Turn

MEMORY_LIMIT = "2GB"
"""DuckDB's own bound; the Python side (texts, pairs, the chain) needs about as much again at 10 million turns, and
the whole must stay below 4 GB (benchmarks/learn.py measures it)."""


def connect(spill: Path, memory: str = MEMORY_LIMIT) -> ibis.BaseBackend:
    """Return a DuckDB engine that spills to the directory ``spill`` when its bound ``memory`` is reached."""
    spill.mkdir(parents=True, exist_ok=True)
    return ibis.duckdb.connect(memory_limit=memory, temp_directory=str(spill), preserve_insertion_order=False)


def read_turns(engine: ibis.BaseBackend, files: Iterable[Path]) -> ir.Table:
    """Return the turns of Parquet files, of whichever release each is, in the schema of Turn."""
    paths, today = [str(file) for file in files], ibis.schema(Turn.arrow_schema())
    table = engine.read_parquet(paths).select(today.names)
    if table.schema() == today:
        return table
    # The first file is of an earlier release: without union_by_name its fields are taken for those of all.
    return engine.read_parquet(paths, union_by_name=True).select(today.names).cast(today)


@contextmanager
def disk_errors(place: Path, kind: type[SayAgainError] = LogError) -> Iterator[None]:
    """Turn what a full or read-only disk raises, in Python, Arrow or DuckDB, into one message of this ``kind``."""
    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        remedy = "Make room there, or name another place, and try again; nothing was lost"
        raise kind(f"Cannot write to {place}: {_cause(error)}", remedy) from error


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if isinstance(error, duckdb.OutOfMemoryException):
        return "no room to spill what memory does not hold"
    return str(error).rpartition(": ")[2]  # DuckDB ends with the system's own words, after the name of the file
