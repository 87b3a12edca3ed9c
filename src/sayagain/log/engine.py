"""The engine that runs the Ibis expressions: DuckDB, bounded in memory, spilling beside the work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr import types as ir

from sayagain.log.disk import bounded
from sayagain.schema import Turn

MEMORY_LIMIT = "2GB"
"""DuckDB's own bound; the Python side (texts, pairs, the chain) needs about as much again at 10 million turns, and
the whole must stay below 4 GB (benchmarks/learn.py measures it)."""


class Engine(Backend):  # type: ignore[misc]  # Ibis types none of its engines
    """DuckDB, whose cached tables are dropped between queries.

    Ibis drops a cached table when Python collects it, which may be in the middle of another query, even in another
    thread: on their one connection that query then loses its result.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        """See ``ibis.duckdb.connect``."""
        super().__init__(*given, **named)
        self._let_go = deque[str]()

    def _drop_cached_table(self, name: str) -> None:
        self._let_go.append(name)

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        for _ in range(len(self._let_go)):
            super()._drop_cached_table(self._let_go.popleft())
        return super()._create_cached_table(name, expr)


def connect(spill: Path, memory: str = MEMORY_LIMIT) -> ibis.BaseBackend:
    """Return a DuckDB engine that spills to the directory ``spill`` when its bound ``memory`` is reached."""
    engine: Engine = Engine().connect(**bounded(spill, memory))
    return engine


def read_turns(engine: ibis.BaseBackend, files: Iterable[Path]) -> ir.Table:
    """Return the turns of Parquet files, of whichever release each is, in the schema of Turn."""
    paths, today = [str(file) for file in files], ibis.schema(Turn.arrow_schema())
    # Files of several releases: without union_by_name the fields of the first are taken for those of all.
    table = engine.read_parquet(paths, union_by_name=True)
    absent = {name: ibis.null(kind) for name, kind in today.items() if name not in table.columns}
    table = table.mutate(**absent)
    table = table.mutate(**{name: _once_beside(table, name) for name in Turn.promoted}).select(today.names)
    return table if table.schema() == today else table.cast(today)


def _once_beside(turns: ir.Table, name: str) -> ir.Value:
    """Return a number that earlier releases kept in ``extra``, where it is."""
    kept = turns.extra.cast("json")[name].float
    told = ibis.ifelse(turns.extra.contains(f'"{name}"'), ibis.ifelse(kept >= 0, kept, None), None)
    return ibis.coalesce(turns[name], told)
