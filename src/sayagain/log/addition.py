"""New turns on their way into a log: staged as they come, then freed of known ones, sorted and cut into days.

Nothing here holds more than a batch: what must see all turns at once (which ids are new, the order in
time) is done by DuckDB over the staged files, which spills when its bound is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from uuid import uuid4

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis import _
from ibis.expr import types as ir

from sayagain.log.engine import connect, read_turns
from sayagain.log.journal import Change
from sayagain.schema import Turn

IMPORT_MEMORY = "512MB"
"""What DuckDB may hold before it spills: an import is bound by the parsing of its lines, so more gains little."""
ROWS_A_BATCH = 50_000
"""Turns held at a time as Arrow tables, on the way in and on the way out."""
BYTES_A_BATCH = 64 << 20
"""The same in bytes, for logs with very long requests."""
ROWS_A_FILE = 500_000
"""A file of a day holds at most this many turns, so that rewriting one stays cheap."""
ROWS_A_GROUP = 100_000
"""Turns in a row group: what a reader that wants a few columns or minutes skips by."""
MOST_FILES_A_DAY = 8
"""A day with this many files is rewritten as one when turns are added: a log fed hourly stays whole."""

_ROW = "row"
"""Column of the staged files that numbers the turns as they came: the first of several with one id wins."""


class Addition:
    """Turns, and the truth about them, staged for one change."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._turns = _Runs(change.staging, "turns")
        self._truth = _Runs(change.staging, "truth")

    def turns(self, table: pa.Table) -> None:
        """Stage turns (schema of Turn)."""
        self._turns.add(table)

    def truth(self, table: pa.Table) -> None:
        """Stage truth (schema of Truth); it is kept for the turns that turn out to be new."""
        self._truth.add(table)

    def settle(self, log: Path, days: Mapping[str, Sequence[Path]], truth: Path) -> int:
        """Put the new turns into the change, as files of ``log``; return how many there are.

        Args:
            log: directory of the log.
            days: the files the log has now, by the name of the day's directory.
            truth: directory of the truth table.
        """
        engine = connect(self.change.staging / "spill", IMPORT_MEMORY)
        turns = self._turns.read(engine)
        if turns is None:
            return 0
        first = _first(turns)
        stored = [str(file) for files in days.values() for file in files]
        if stored:
            first = first.anti_join(engine.read_parquet(stored).select("turn"), "turn")
        new = engine.create_table("new", first)
        added = int(new.count().to_pyarrow().as_py())
        if added:
            self._put_turns(engine, turns.semi_join(new, _ROW), log, days)
            self._put_truth(engine, new, truth)
        engine.disconnect()
        return added

    def _put_turns(
        self, engine: ibis.BaseBackend, kept: ir.Table, log: Path, days: Mapping[str, Sequence[Path]]
    ) -> None:
        touched = kept.select(day="day=" + kept.time.date().cast("string")).distinct()["day"].to_pyarrow().to_pylist()
        crowded = [file for day in touched if len(days.get(day, ())) >= MOST_FILES_A_DAY for file in days[day]]
        kept = kept.select(Turn.arrow_schema().names)
        if crowded:
            kept = kept.union(read_turns(engine, crowded))
        for file in crowded:
            self.change.remove(file)
        batches = kept.order_by("time", "turn").to_pyarrow_batches(chunk_size=ROWS_A_BATCH)
        write_days(self.change, log, (pa.Table.from_batches([batch]) for batch in batches))

    def _put_truth(self, engine: ibis.BaseBackend, new: ir.Table, truth: Path) -> None:
        rows = self._truth.read(engine)
        if rows is None:
            return
        known = rows.semi_join(_first(rows), _ROW).semi_join(new, "turn").drop(_ROW).order_by("turn")
        name = f"part-{uuid4().hex}.parquet"
        batches = known.to_pyarrow_batches(chunk_size=ROWS_A_BATCH)
        with pq.ParquetWriter(self.change.put(name, truth / name), batches.schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)


def write_days(change: Change, log: Path, tables: Iterable[pa.Table]) -> None:
    """Write turns that come sorted by time as files of their days, at most ``ROWS_A_FILE`` each."""
    schema = Turn.arrow_schema()
    day, rows, writer = None, 0, None
    for each_day, table in _by_day(tables):
        if writer is None or each_day != day or rows >= ROWS_A_FILE:
            if writer is not None:
                writer.close()
            day, rows = each_day, 0
            name = f"part-{uuid4().hex}.parquet"
            staged = change.put(name, log / f"day={day}" / name)
            writer = pq.ParquetWriter(staged, schema, compression="zstd")
        writer.write_table(table.cast(schema), row_group_size=ROWS_A_GROUP)
        rows += table.num_rows
    if writer is not None:
        writer.close()


def _by_day(tables: Iterable[pa.Table]) -> Iterator[tuple[date, pa.Table]]:
    """Cut each table, sorted by time, where the day changes."""
    for table in tables:
        days = table["time"].cast(pa.date32()).combine_chunks()
        start = 0
        for run in pc.run_end_encode(days).run_ends.to_pylist() if len(days) else ():
            yield days[start].as_py(), table.slice(start, run - start)
            start = run


def _first(rows: ir.Table) -> ir.Table:
    return rows.group_by("turn").agg(row=_[_ROW].min())


class _Runs:
    """Staged files of one kind, in the order in which they came."""

    def __init__(self, staging: Path, name: str) -> None:
        self._files: list[Path] = []
        self._held: list[pa.Table] = []
        self._staging = staging
        self._name = name
        self._rows = 0

    def add(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        numbers = pa.array(range(self._rows, self._rows + table.num_rows), pa.int64())
        self._held.append(table.append_column(_ROW, numbers))
        self._rows += table.num_rows
        if sum(held.num_rows for held in self._held) >= ROWS_A_BATCH or _size(self._held) >= BYTES_A_BATCH:
            self._flush()

    def read(self, engine: ibis.BaseBackend) -> ir.Table | None:
        """Return all of them, with their numbers; None where there are none."""
        self._flush()
        return engine.read_parquet([str(file) for file in self._files]) if self._files else None

    def _flush(self) -> None:
        if self._held:
            file = self._staging / f"{self._name}-{len(self._files):06d}"
            pq.write_table(pa.concat_tables(self._held), file, compression="zstd")
            self._files.append(file)
            self._held = []


def _size(tables: list[pa.Table]) -> int:
    return sum(int(table.nbytes) for table in tables)
