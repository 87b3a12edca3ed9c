"""The log on disk: a Parquet data set, one directory a day, that DuckDB and Spark read in place.

``LOG/day=2026-01-31/part-*.parquet``, each file sorted by time. Truth, where there is any, lies in ``truth``
beside the log. ``LOG/_staging``, ``LOG/_lock``, ``LOG/_sources`` and ``LOG/_brought`` belong to writers; engines pass
over such names.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import LogError
from sayagain.log.addition import Addition
from sayagain.log.journal import Journal

if TYPE_CHECKING:  # who only adds turns needs no Ibis
    import ibis
    from ibis.expr import types as ir


class ChangedError(LogError):
    """A log was changed while it was read: what was made of it is of no log that there was."""

    def __init__(self, log: Path) -> None:
        remedy = "Run the same command again; a log that a service adds to changes every few minutes"
        super().__init__(f"{log} was changed while it was read", remedy)


OWN_NAMES = ("_", ".")
"""What the names of files begin with that a log has besides its days."""


class Log:
    """A log opened for reading or appending."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal(path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the log at ``path``, making an empty one where there is none.

        Raises:
            LogError: the directory cannot be made.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogError(f"Cannot make a log at {path} ({error.strerror})", "Name another directory") from error
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an existing log, first finishing or discarding what a killed writer left.

        Raises:
            LogError: there is no log at ``path``, or something else.
        """
        if not path.is_dir():
            raise LogError(f"There is no log at {path}", f"Make one with: sayagain import FILE --into {path}")
        if not any(path.glob("day=*")):
            others = (each.name for each in path.iterdir() if not each.name.startswith(OWN_NAMES))
            if other := next(others, None):
                raise LogError(f"{path} is no log: it holds {other}", "Name the folder that import made")
        log = cls(path)
        log.journal.recover()
        return log

    @property
    def truth_path(self) -> Path:
        """Where the truth about this log's turns lies, if there is any; learning code never looks there."""
        return self.path.parent / "truth"

    @property
    def erased_path(self) -> Path:
        """Where it says which erasure was the last; there is no file where nobody was ever erased."""
        return self.path / "_erased"

    def last_erased(self) -> str:
        """Return a name of the last erasure, empty where there was none: who read before it may hold what is gone."""
        return self.erased_path.read_text(encoding="ascii") if self.erased_path.exists() else ""

    def append(self, batches: Iterable[pa.Table]) -> int:
        """Append turns (tables in the schema of Turn); return how many were new by their ids.

        Raises:
            LogError: another process is writing, or the disk is full; the log is as it was.
        """
        with self.adding() as addition:
            for batch in batches:
                addition.turns(batch)
            return addition.settle(self.path, self.days(), self.truth_path)

    @contextmanager
    def adding(self) -> Iterator[Addition]:
        """Stage turns and truth, committed at the end of the block: all of it or, when it fails, none."""
        with self.journal.change() as change:
            yield Addition(change)

    def files(self) -> list[Path]:
        """Return the Parquet files of the log, oldest day first."""
        return sorted(self.path.glob("day=*/*.parquet"))

    def truth_files(self) -> list[Path]:
        """Return the Parquet files of the truth about this log's turns."""
        return sorted(self.truth_path.glob("*.parquet"))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Name the damaged file, where that is why an engine fails in the block.

        Raises:
            ChangedError: files of the log were replaced meanwhile, as a move of turns into it or an erasure does.
            LogError: a file of the log cannot be read.
        """
        files = self.files()
        try:
            yield
        except (duckdb.Error, OSError) as error:
            if not all(file.exists() for file in files):
                raise ChangedError(self.path) from error
            damaged = next(self.damaged(), None)
            if damaged is None:
                raise
            raise LogError(f"{damaged} is damaged", "Restore it, or remove it and import its turns again") from error

    def linked_into(self, folder: Path) -> Self:
        """Return the log as it is now, its files linked into a folder, where later changes do not reach.

        Where the folder is on another disk, the log itself is returned.

        Raises:
            ChangedError: a file was replaced meanwhile.
        """
        shutil.rmtree(folder, ignore_errors=True)
        try:
            for file in self.files():
                link = folder / file.relative_to(self.path)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.hardlink_to(file)
        except FileNotFoundError as error:
            raise ChangedError(self.path) from error
        except OSError:  # files are not linked from one disk to another, nor on every kind of disk
            return self
        return type(self)(folder)

    def damaged(self) -> Iterator[Path]:
        """Yield the Parquet files of the log that cannot be read; reads all of them."""
        return (file for file in self.files() if not _is_whole(file))

    def days(self) -> dict[str, list[Path]]:
        """Return the files by the name of their directory (``day=2026-01-31``)."""
        return {day: list(files) for day, files in groupby(self.files(), lambda file: file.parent.name)}

    def turns(self, engine: ibis.BaseBackend) -> ir.Table:
        """Return all turns as an Ibis table in the schema of Turn; only the columns then selected are read.

        Raises:
            LogError: the log is empty.
        """
        from sayagain.log.engine import read_turns  # noqa: PLC0415, as above

        return read_turns(engine, self.filled())

    def filled(self) -> list[Path]:
        """Return the Parquet files of a log that must not be empty.

        Raises:
            LogError: the log is empty.
        """
        if files := self.files():
            return files
        raise LogError(f"The log at {self.path} holds no turns", "Import some with: sayagain import")


def reject_path(log_path: Path) -> Path:
    """Return where an import names the lines it rejected: ``DIR/log-rejected.jsonl`` beside ``DIR/log``."""
    return log_path.with_name(f"{log_path.name}-rejected.jsonl")


def _is_whole(file: Path) -> bool:
    try:
        with pq.ParquetFile(file) as opened:
            for _ in opened.iter_batches():
                pass
    except (OSError, pa.ArrowException):
        return False
    return True
