"""Old days rolled up to months: a log of many years has few files, however many days it has.

The files of an old month become one, ``LOG/day=2026-01/part-*.parquet``, sorted by time; whoever reads
``LOG/day=*/*.parquet`` goes on as before. What comes later for such a month lies beside it, in its day, until there are
enough files to be rolled up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, islice
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from sayagain.log.addition import IMPORT_MEMORY, MOST_FILES_A_DAY, ROWS_A_FILE, sorted_file
from sayagain.log.disk import bounded
from sayagain.log.store import Log
from sayagain.schema import Turn

OLD = timedelta(days=31)
"""A month is old when it ended this long ago: what is erased, retained or asked about by day is mostly younger."""

MOST_FILES_A_MONTH = MOST_FILES_A_DAY
"""An old month with this many files is rolled up: one late turn does not have a whole month written again."""

MONTH = len("day=2026-01")


def roll_up(log: Log, today: date, most: int | None = None) -> int:
    """Roll up the months of a log that are old, each in a change of its own, at ``most`` so many; return how many.

    A month of more turns than one file holds stays as it is, as does one with files of an earlier release.

    Raises:
        LogError: another process is writing, or the disk is full; each month is as it was or rolled up.
    """
    done = 0
    for month, files in islice(_due(log, f"day={today - OLD:%Y-%m}"), most):
        with log.journal.change() as change:
            with duckdb.connect(config=bounded(change.staging / "spill", IMPORT_MEMORY)) as engine:
                sorted_file(change, engine, files, log.path / month)
            for file in files:
                change.remove(file)
        done += 1
    return done


def _due(log: Log, before: str) -> Iterator[tuple[str, Sequence[Path]]]:
    """Yield the months that are to be rolled up, with their files."""
    for month, found in groupby(log.files(), lambda file: file.parent.name[:MONTH]):
        files = list(found)
        if month < before and len(files) >= MOST_FILES_A_MONTH and _small(files):
            yield month, files


def _small(files: Sequence[Path]) -> bool:
    """Return whether the turns of files fit into one, and all are of this release."""
    found = [pq.read_metadata(file) for file in files]
    if sum(each.num_rows for each in found) > ROWS_A_FILE:
        return False
    return all(each.schema.to_arrow_schema().equals(Turn.arrow_schema()) for each in found)
