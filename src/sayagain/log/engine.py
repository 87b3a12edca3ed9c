"""The engine that runs the Ibis expressions: DuckDB, bounded in memory, spilling beside the work."""

from __future__ import annotations

from pathlib import Path

import ibis

MEMORY_LIMIT = "2GB"
"""DuckDB's own bound; the Python side (texts, pairs, the chain) needs about as much again at 10 million turns, and
the whole must stay below 4 GB (benchmarks/learn.py measures it)."""


def connect(spill: Path, memory: str = MEMORY_LIMIT) -> ibis.BaseBackend:
    """Return a DuckDB engine that spills to the directory ``spill`` when its bound ``memory`` is reached."""
    spill.mkdir(parents=True, exist_ok=True)
    return ibis.duckdb.connect(memory_limit=memory, temp_directory=str(spill), preserve_insertion_order=False)
