"""Letting turns go: one person's on request, everybody's with age. The truth about them goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sayagain.log.journal import Change
from sayagain.log.sources import forgotten
from sayagain.log.store import Log, reject_path

Doomed = Callable[[pa.Array], pa.BooleanArray]
"""Says of the values of a column which rows go."""


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
        turns, truth = _with_truth(change, log, "user", lambda users: _said_by(theirs, users))
        rejects = reject_path(log.path)
        rejected = rejects.read_bytes().count(b"\n") if rejects.exists() else 0
        change.remove(rejects)
        forgotten(change, log.path)
        if turns:
            change.put("erased", log.erased_path).write_text(uuid4().hex, encoding="ascii")
    return Gone(turns, truth, staged, rejected)


def _said_by(theirs: Callable[[str], bool], users: pa.Array) -> pa.BooleanArray:
    return pc.is_in(users, pa.array([user for user in pc.unique(users).to_pylist() if theirs(user)], pa.string()))


def retain(log: Log, days: float, now: datetime) -> int:
    """Erase the turns that began more than ``days`` before ``now``; return how many there were.

    Raises:
        LogError: another process is writing, or the disk is full; the log is as it was.
    """
    oldest = now.astimezone(UTC) - timedelta(days=days)
    with log.journal.change() as change:
        forgotten(change, log.path)
        before = pa.scalar(oldest, pa.timestamp("us", tz="UTC"))
        old, _ = _with_truth(change, log, "time", lambda times: pc.less(times, before))
    return old


def _with_truth(change: Change, log: Log, column: str, doomed: Doomed) -> tuple[int, int]:
    """Let go of turns and of the truth about them; return how many there were of each."""
    turns = _without(change, log.files(), column, doomed)
    if not len(turns):
        return 0, 0
    return len(turns), len(_without(change, log.truth_files(), "turn", lambda of: pc.is_in(of, turns)))


def _without(change: Change, files: Iterable[Path], column: str, doomed: Doomed) -> pa.ChunkedArray:
    """Rewrite the files that hold doomed rows without them; return the turn ids of those rows.

    One column of each file is read to find them, past Arrow's datasets, which take three times as long to open a file.
    """
    gone: list[pa.Array] = []
    for file in files:
        with pq.ParquetFile(file) as rows:
            found = sum(doomed(batch[column]).true_count for batch in rows.iter_batches(columns=[column]))
            if not found:
                continue
            gone += [
                batch["turn"].filter(doomed(batch[column])) for batch in rows.iter_batches(columns=["turn", column])
            ]
            change.remove(file)
            if found < rows.metadata.num_rows:
                _write(change, rows, column, doomed, file.with_name(f"part-{uuid4().hex}.parquet"))
    return pa.chunked_array(gone, pa.string())


def _write(change: Change, rows: pq.ParquetFile, column: str, doomed: Doomed, target: Path) -> None:
    staged = change.put(target.name, target)
    with pq.ParquetWriter(staged, rows.schema_arrow, compression="zstd") as writer:
        for batch in rows.iter_batches():
            kept = batch.filter(pc.invert(doomed(batch[column])))
            if kept.num_rows:
                writer.write_batch(kept)
