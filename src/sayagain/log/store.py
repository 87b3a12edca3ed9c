"""The log on disk: a Parquet data set, one directory a day, that DuckDB and Spark read in place.

``LOG/day=2026-01-31/part-*.parquet``. Truth, where there is any, lies in ``truth`` beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self
from uuid import uuid4

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.expr import types as ir

from sayagain.errors import LogError


class Log:
    """A log opened for reading or appending."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the log at ``path``, making an empty one where there is none."""
        path.mkdir(parents=True, exist_ok=True)
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an existing log.

        Raises:
            LogError: there is no log at ``path``.
        """
        if not path.is_dir():
            raise LogError(
                f"There is no log at {path}", "Make one with: sayagain import FILE --into " + str(path)
            )
        return cls(path)

    def append(self, batches: Iterable[pa.Table]) -> int:
        """Append turns (tables in the schema of Turn); return how many were new."""
        added = 0
        for batch in batches:
            days = pc.strftime(batch["time"], "%Y-%m-%d")
            for day in pc.unique(days).to_pylist():
                folder = self.path / f"day={day}"
                folder.mkdir(exist_ok=True)
                pq.write_table(batch.filter(pc.equal(days, day)), folder / f"part-{uuid4().hex}.parquet")
            added += batch.num_rows
        return added

    def files(self) -> list[Path]:
        """Return the Parquet files of the log, oldest day first."""
        return sorted(self.path.glob("day=*/*.parquet"))

    def turns(self, engine: ibis.BaseBackend) -> ir.Table:
        """Return all turns as an Ibis table in the schema of Turn.

        Raises:
            LogError: the log is empty.
        """
        files = self.files()
        if not files:
            raise LogError(f"The log at {self.path} holds no turns", "Import some with: sayagain import")
        return engine.read_parquet([str(file) for file in files])
