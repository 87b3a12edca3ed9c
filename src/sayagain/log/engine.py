"""The engine that runs the Ibis expressions: DuckDB, bounded in memory, spilling beside the work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis

from sayagain.errors import LogError, SayAgainError

MEMORY_LIMIT = "2GB"
"""DuckDB's own bound; the Python side (texts, pairs, the chain) needs about as much again at 10 million turns, and
the whole must stay below 4 GB (benchmarks/learn.py measures it)."""


def connect(spill: Path, memory: str = MEMORY_LIMIT) -> ibis.BaseBackend:
    """Return a DuckDB engine that spills to the directory ``spill`` when its bound ``memory`` is reached."""
    spill.mkdir(parents=True, exist_ok=True)
    return ibis.duckdb.connect(memory_limit=memory, temp_directory=str(spill), preserve_insertion_order=False)


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
