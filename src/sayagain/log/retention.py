"""Letting turns go: one person's on request, everybody's with age. The truth about them goes with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from sayagain.log.journal import Change
from sayagain.log.store import Log


def erase_user(log: Log, user: str) -> int:
    """Erase a person's turns for good; return how many there were.

    Raises:
        LogError: another process is writing, or the disk is full; the log is as it was.
    """
    return _erase(log, pc.field("user") == user)


def retain(log: Log, days: float, now: datetime) -> int:
    """Erase the turns that began more than ``days`` before ``now``; return how many there were.

    Raises:
        LogError: another process is writing, or the disk is full; the log is as it was.
    """
    oldest = now.astimezone(UTC) - timedelta(days=days)
    return _erase(log, pc.field("time") < pa.scalar(oldest, pa.timestamp("us", tz="UTC")))


def _erase(log: Log, doomed: pc.Expression) -> int:
    with log.journal.change() as change:
        gone = _without(change, log.files(), doomed)
        if len(gone):
            _without(change, log.truth_files(), pc.field("turn").isin(gone))
        return len(gone)


def _without(change: Change, files: Iterable[Path], doomed: pc.Expression) -> pa.ChunkedArray:
    """Rewrite the files that hold doomed rows without them; return the turn ids of those rows."""
    gone: list[pa.ChunkedArray] = []
    for file in files:
        rows = ds.dataset(file, format="parquet", partitioning=None)
        found = rows.to_table(columns=["turn"], filter=doomed)["turn"]
        if not len(found):
            continue
        gone.append(found)
        change.remove(file)
        if len(found) < rows.count_rows():
            _write(change, rows.scanner(filter=~doomed), file.with_name(f"part-{uuid4().hex}.parquet"))
    return pa.chunked_array([chunk for each in gone for chunk in each.chunks], pa.string())


def _write(change: Change, kept: ds.Scanner, target: Path) -> None:
    staged = change.put(target.name, target)
    with pq.ParquetWriter(staged, kept.projected_schema, compression="zstd") as writer:
        for batch in kept.to_batches():
            if batch.num_rows:
                writer.write_batch(batch)
