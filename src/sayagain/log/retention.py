"""Letting turns go: one person's on request, everybody's with age. The truth about them goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from sayagain.log.journal import Change
from sayagain.log.sources import forgotten
from sayagain.log.store import Log, reject_path


@dataclass(frozen=True)
class Gone:
    """What was erased of a person, counted."""

    turns: int
    truth: int
    """Rows of the truth about these turns."""
    staged: int
    """Files of a change that was cut short."""
    rejected: int
    """Lines that the latest import rejected, whoever's they were."""


def erase_person(log: Log, theirs: Callable[[str], bool]) -> Gone:
    """Erase for good the turns of the users that are ``theirs``, and what else may hold something they said.

    Raises:
        LogError: another process is writing, or the disk is full; the log is as it was.
    """
    staged = sum(path.is_file() for path in log.journal.staging.rglob("*"))
    with log.journal.change() as change:
        users = pa.array([user for user in _users(log.files()) if theirs(user)], pa.string())
        turns, truth = _with_truth(change, log, pc.field("user").isin(users)) if len(users) else (0, 0)
        rejects = reject_path(log.path)
        rejected = rejects.read_bytes().count(b"\n") if rejects.exists() else 0
        change.remove(rejects)
        forgotten(change, log.path)
        change.put("erased", log.erased_path).write_text(uuid4().hex, encoding="ascii")
    return Gone(turns, truth, staged, rejected)


def _users(files: Iterable[Path]) -> set[str]:
    users: set[str] = set()
    for file in files:
        for batch in ds.dataset(file, format="parquet", partitioning=None).to_batches(columns=["user"]):
            users.update(pc.unique(batch["user"]).to_pylist())
    return users


def retain(log: Log, days: float, now: datetime) -> int:
    """Erase the turns that began more than ``days`` before ``now``; return how many there were.

    Raises:
        LogError: another process is writing, or the disk is full; the log is as it was.
    """
    oldest = now.astimezone(UTC) - timedelta(days=days)
    with log.journal.change() as change:
        forgotten(change, log.path)
        old = _with_truth(change, log, pc.field("time") < pa.scalar(oldest, pa.timestamp("us", tz="UTC")))
    return old[0]


def _with_truth(change: Change, log: Log, doomed: pc.Expression) -> tuple[int, int]:
    """Let go of turns and of the truth about them; return how many there were of each."""
    turns = _without(change, log.files(), doomed)
    truth = _without(change, log.truth_files(), pc.field("turn").isin(turns)) if len(turns) else ()
    return len(turns), len(truth)


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
