"""Import: files in any known format → turns of a log, truth beside it, rejected lines in a third place."""

from __future__ import annotations

import gc
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from sayagain.errors import FormatError, LogError
from sayagain.log.addition import Addition
from sayagain.log.columns import MAPPED, names_of, sample_of
from sayagain.log.fruitless import fruitless
from sayagain.log.months import roll_up
from sayagain.log.reactions import Reactions
from sayagain.log.readers import READERS, Hints, Read, Rejected
from sayagain.log.readers.opened import beginning
from sayagain.log.sources import OPENING, Taking
from sayagain.log.store import Log, reject_path
from sayagain.log.tidy import Tidy
from sayagain.log.unmet import unmet
from sayagain.schema import Turn
from sayagain.schema.truth import Truth

TURNS_A_BATCH = 2_000
"""Turns held as Python objects at a time: few, for memory, but enough that what each conversion to Arrow costs
anew is little a turn."""
BATCH_CHARACTERS = 20_000_000
"""Characters of request text held at a time, for logs with very long requests."""
REACTION = "reactions, kept as feedback"
TURNS_KEPT = 100
"""Turns of a batch that wait for the next one: what comes next may be a reaction to them."""
REASONS = 1_000
"""Different reasons of rejections that are counted; a file in which each row has one of its own is read wrongly."""


@dataclass(frozen=True)
class Ingested:
    """The result of one import: the turns added, those known before, and the lines rejected."""

    added: int
    """Turns that are now in the log and were not before."""
    known: int
    """Turns whose id was in the log already, or came twice."""
    taken_out: int
    """Turns that gave way to them."""
    rejected: int
    """Lines that are not turns."""
    reject_file: Path | None
    """Where each rejected line is named with its reason; None when there was none."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why lines were rejected, the commonest first."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows that are no requests and nothing is wrong with, by the reason."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Turns that are in the log and that learning passes over, by the reason."""
    unknown_statuses: Mapping[str, int] = field(default_factory=dict)
    """Statuses that nobody here knows; responses to these turns are read as if there were none."""
    redacted: Mapping[str, int] = field(default_factory=dict)
    """Values that were redacted, by kind."""
    identifiers: Mapping[str, int] = field(default_factory=dict)
    """Turns with an identifier that is personal itself, and stays, by field and kind."""
    found: Mapping[str, str] = field(default_factory=dict)
    """How the files were read, where it was not told: who speaks, how times are written."""


def ingest(
    paths: Sequence[Path],
    format: str,
    log_path: Path,
    hints: Hints | None = None,
    progress: Callable[[int], None] = lambda _: None,
    tidy: Tidy | None = None,
    *,
    replace: bool = False,
) -> Ingested:
    """Import files into a log, all of them or none.

    Importing the same turns twice changes nothing. The reject file names the rejections of the latest import.
    A process that is killed meanwhile leaves the log as it was, or with all of the change.

    Args:
        paths: files to read.
        format: name of a reader.
        log_path: directory of the log, made when there is none.
        hints: what is known about the files, such as their own names of our fields.
        progress: called with the number of lines read so far, once a batch.
        tidy: what is done to each turn.
        replace: what the files brought before, read in whatever way, gives way.

    Raises:
        FormatError: no such format, a file is something else, or hardly anything in the files is a turn.
        LogError: the log cannot be written; it is as it was.
    """
    read, hints, tidy = reader(format), hints or Hints(), tidy or Tidy()
    log = Log.create(log_path)
    reject_file = reject_path(log_path)
    with log.adding() as addition:
        change = addition.change
        begun = [(path, beginning(path, OPENING)) for path in paths]
        taking = Taking(log.path, begun, _options(format, hints, tidy), replace=replace)
        with (change.staging / "rejected").open("w", encoding="utf8") as rejects, _collector_off():
            staged = _Staged(addition, rejects, progress, tidy)
            for path in paths:
                staged.take(read(path, hints))
            _settled(staged, paths, format, hints)
        if staged.rejected:
            change.put("rejected", reject_file)
        else:
            change.remove(reject_file)
        added = addition.settle(log.path, log.days(), log.truth_path, taking.origins, taking.giving_way)
        taking.put(change, addition.brought)
    with suppress(LogError):  # what was added is there; the next one who adds something rolls up
        roll_up(log, datetime.now(UTC).date())
    return _result(staged, hints, tidy, added, addition.taken_out, reject_file)


def counted(
    paths: Sequence[Path], format: str, hints: Hints, tidy: Tidy, progress: Callable[[int], None] = lambda _: None
) -> Ingested:
    """Read files as an import would, and add nothing; all that are turns count as added.

    Raises:
        FormatError: as an import would.
    """
    read = reader(format)
    with Path(os.devnull).open("w", encoding="utf8") as nowhere, _collector_off():
        staged = _Staged(None, nowhere, progress, tidy)
        for path in paths:
            staged.take(read(path, hints))
        _settled(staged, paths, format, hints)
    return _result(staged, hints, tidy, staged.turns, 0, None)


def _settled(staged: _Staged, paths: Sequence[Path], format: str, hints: Hints) -> None:
    """Count the reactions that all files had.

    Raises:
        FormatError: hardly anything in them is a turn.
    """
    if staged.reactions:
        hints.left_out[REACTION] += staged.reactions
    names = partial(names_of, paths[0], format, hints.encoding) if format in MAPPED else None
    sample = partial(sample_of, paths[0], format, hints.encoding)
    time = hints.mapping.get("time", "time")
    error = fruitless(paths, staged.turns, staged.reasons, hints.left_out, names, sample, time)
    if error is not None:
        raise error


def _result(
    staged: _Staged, hints: Hints, tidy: Tidy, added: int, taken_out: int, reject_file: Path | None
) -> Ingested:
    return Ingested(
        added,
        staged.turns - added,
        taken_out,
        staged.rejected,
        reject_file if staged.rejected else None,
        dict(staged.reasons.most_common()),
        dict(hints.left_out.most_common()),
        dict(tidy.passed_over.most_common()),
        dict(tidy.unknown.most_common()),
        {} if tidy.redaction is None else dict(tidy.redaction.counts.most_common()),
        {} if tidy.redaction is None else dict(tidy.redaction.kept.most_common()),
        hints.found | unmet(hints, tidy),
    )


def _options(format: str, hints: Hints, tidy: Tidy) -> dict[str, Any]:
    """Return what decides how a file is read, by the option that says it."""
    return {
        "format": format,
        "map": sorted((ours, theirs) for ours, theirs in hints.mapping.items() if ours != theirs),
        "role": (hints.no_roles, sorted(hints.roles.items())),
        "status": sorted(tidy.statuses.items()),
        "time-format": hints.time_format,
        "timezone": str(hints.timezone or UTC),
        "encoding": hints.encoding,
        "wake-word": sorted(tidy.wake_words),
        "redact": None if tidy.redaction is None else tidy.redaction.described,
    }


def reader(format: str) -> Callable[[Path, Hints], Iterator[Read | Rejected]]:
    """Return the reader of a format.

    Raises:
        FormatError: there is none.
    """
    if format not in READERS:
        raise FormatError(f"There is no format {format}", f"Known formats: {', '.join(sorted(READERS))}")
    return READERS[format]


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


class _Staged:
    """Turns read, batch by batch, and the rejections among them."""

    def __init__(
        self, addition: Addition | None, rejects: IO[str], progress: Callable[[int], None], tidy: Tidy
    ) -> None:
        self._addition, self._rejects, self._progress, self._tidy = addition, rejects, progress, tidy
        self.turns = self.rejected = 0
        self.reasons: Counter[str] = Counter()
        self._held = Reactions()
        self._characters = 0

    @property
    def reactions(self) -> int:
        """Reactions that became feedback on a turn."""
        return self._held.taken

    def take(self, found: Iterator[Read | Rejected]) -> None:
        """Stage what a reader finds in one file."""
        last: datetime | None = None
        later = earlier = 0
        for each in found:
            if isinstance(each, Rejected):
                self._reject(self._tidy.rejected(each))
                continue
            time = each.turn.time
            if last is not None:
                later += time > last
                earlier += time < last
            last = time
            self._add(self._tidy(each), earlier > later)
        self._flush(0)
        if self._addition is not None:
            self._addition.source_ends(backward=earlier > later)

    def _reject(self, line: Rejected) -> None:
        self._rejects.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
        self.rejected += 1
        self.reasons[line.reason if line.reason in self.reasons or len(self.reasons) < REASONS else "other"] += 1

    def _add(self, read: Read, backward: bool) -> None:
        self._held.add(read, backward=backward)
        self._characters += len(read.turn.text)
        if len(self._held) >= TURNS_A_BATCH or self._characters >= BATCH_CHARACTERS:
            self._flush(TURNS_KEPT)

    def _flush(self, keep: int) -> None:
        reads = self._held.give(keep)
        self.turns += len(reads)
        for read in reads:
            self._tidy.count(read.turn.text)
        if self._addition is not None:
            _put(self._addition, reads)
        self._characters = 0
        self._progress(self.turns + self.rejected)


def _put(addition: Addition, reads: Sequence[Read]) -> None:
    truths = [read.truth.to_row() for read in reads if read.truth is not None]
    turns = [read.turn.to_row() for read in reads]
    unnamed = pa.array([read.turn.unnamed for read in reads], pa.bool_())
    addition.turns(pa.Table.from_pylist(turns, Turn.arrow_schema()), unnamed)
    addition.truth(pa.Table.from_pylist(truths, Truth.arrow_schema()))
