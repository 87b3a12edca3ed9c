"""The room that DuckDB takes for the log's work, in memory and on the disk, and what is told when there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from sayagain.errors import LogError, SayAgainError


def bounded(spill: Path, memory: str) -> dict[str, Any]:
    """Return the settings of a DuckDB that spills to the directory ``spill`` when its bound ``memory`` is reached."""
    spill.mkdir(parents=True, exist_ok=True)
    return {"memory_limit": memory, "temp_directory": str(spill), "preserve_insertion_order": False}


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
