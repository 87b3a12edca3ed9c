"""Import: files in any known format → turns of a log, truth beside it, rejected lines in a third place."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pyarrow as pa

from sayagain.errors import FormatError, LogError
from sayagain.log.addition import Addition
from sayagain.log.months import roll_up
from sayagain.log.readers import READERS, Read, Rejected
from sayagain.log.store import Log, reject_path
from sayagain.schema import Turn
from sayagain.schema.truth import Truth

TURNS_A_BATCH = 2_000
"""Turns held as Python objects at a time: few, for memory, but enough that what each conversion to Arrow costs
anew is little a turn."""
BATCH_CHARACTERS = 20_000_000
"""Characters of request text held at a time, for logs with very long requests."""


@dataclass(frozen=True)
class Ingested:
    """The result of one import: the turns added, those known before, and the lines rejected."""

    added: int
    """Turns that are now in the log and were not before."""
    known: int
    """Turns whose id was in the log already, or came twice."""
    rejected: int
    """Lines that are not turns."""
    reject_file: Path | None
    """Where each rejected line is named with its reason; None when there was none."""


def ingest(
    paths: Sequence[Path],
    format: str,
    log_path: Path,
    mapping: Mapping[str, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Ingested:
    """Import files into a log, all of them or none.

    Importing the same turns twice changes nothing. The reject file names the rejections of the latest import.

    Args:
        paths: files to read.
        format: name of a reader.
        log_path: directory of the log, made when there is none.
        mapping: for a field of Turn, the files' own name of it.
        progress: called with the number of lines read so far, once a batch.

    Raises:
        FormatError: no such format, or a file is something else.
        LogError: the log cannot be written; it is as it was.
    """
    if format not in READERS:
        raise FormatError(f"There is no format {format}", f"Known formats: {', '.join(sorted(READERS))}")
    read = READERS[format]
    found = (each for path in paths for each in read(path, mapping or {}))
    log = Log.create(log_path)
    reject_file = reject_path(log_path)
    with log.adding() as addition:
        change = addition.change
        with (change.staging / "rejected").open("w", encoding="utf8") as rejects, _collector_off():
            turns, rejected = _stage(found, addition, rejects, progress)
        if rejected:
            change.put("rejected", reject_file)
        else:
            change.remove(reject_file)
        added = addition.settle(log.path, log.days(), log.truth_path)
    with suppress(LogError):  # what was added is there; the next one who adds something rolls up
        roll_up(log, datetime.now(UTC).date())
    return Ingested(added, turns - added, rejected, reject_file if rejected else None)


def _stage(
    found: Iterator[Read | Rejected], addition: Addition, rejects: IO[str], progress: Callable[[int], None]
) -> tuple[int, int]:
    """Stage what the readers found, batch by batch; return the numbers of turns and of rejections."""
    turns = rejected = 0
    batch = _Batch(addition)
    for each in found:
        if isinstance(each, Rejected):
            rejects.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")
            rejected += 1
            continue
        turns += 1
        if batch.add(each):
            progress(turns + rejected)
    batch.flush()
    progress(turns + rejected)
    return turns, rejected


@contextmanager
def _collector_off() -> Iterator[None]:
    """Stop the collector of cycles: turns have none, and walking over them again and again doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Batch:
    """Turns read and not yet staged."""

    def __init__(self, addition: Addition) -> None:
        self._addition = addition
        self._reads: list[Read] = []
        self._characters = 0

    def add(self, read: Read) -> bool:
        """Take one turn; return whether the batch was full and has been staged."""
        self._reads.append(read)
        self._characters += len(read.turn.text)
        full = len(self._reads) >= TURNS_A_BATCH or self._characters >= BATCH_CHARACTERS
        if full:
            self.flush()
        return full

    def flush(self) -> None:
        """Stage what is held."""
        truths = [read.truth.to_row() for read in self._reads if read.truth is not None]
        turns = [read.turn.to_row() for read in self._reads]
        self._addition.turns(pa.Table.from_pylist(turns, Turn.arrow_schema()))
        self._addition.truth(pa.Table.from_pylist(truths, Truth.arrow_schema()))
        self._reads, self._characters = [], 0
