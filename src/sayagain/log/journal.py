"""Several files changed as one: staged first, then a journal says what to do, then it is done.

A process killed before the journal is written leaves staged files that the next one discards; killed after
it, the next one does what the journal says. Either way readers find all of a change or none of it. A redo
journal in the sense of Gray & Reuter, *Transaction Processing* (1993), ch. 9, with the file as the unit.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from sayagain.errors import LogError
from sayagain.log.disk import disk_errors

WAIT = 10.0
"""Seconds to wait for another process that is just finishing a change before giving up."""


@dataclass
class Change:
    """A pending change to a directory: files staged in ``staging`` move into place, others are removed."""

    staging: Path
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    removals: list[Path] = field(default_factory=list)

    def put(self, name: str, target: Path) -> Path:
        """Return where to write the file that will become ``target``, replacing what is there."""
        staged = self.staging / name
        self.moves.append((staged, target))
        return staged

    def remove(self, target: Path) -> None:
        """Let ``target`` go."""
        self.removals.append(target)


class Journal:
    """The changes to one directory, one writer at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / "_staging"
        self._record = self.staging / "journal.json"
        self._lock = FileLock(root / "_lock")

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Collect a change and carry it out when the block ends well; when it fails, nothing happened.

        Raises:
            LogError: another process is writing, or the disk is full or not writable.
        """
        with self._writing(0), disk_errors(self.root):
            self._settle()
            self.staging.mkdir()
            try:
                change = Change(self.staging)
                yield change
                self._commit(change)
                self._settle()
            finally:
                if not self._record.exists():
                    shutil.rmtree(self.staging, ignore_errors=True)

    def recover(self) -> None:
        """Finish or discard what a killed process left; nothing to do while a live one is at work."""
        if not self.staging.exists():
            return
        try:
            with self._writing(0), disk_errors(self.root):
                self._settle()
        except _BusyError:
            if self._record.exists():  # asked after the lock: a change may have become certain in between
                with self._writing(WAIT), disk_errors(self.root):
                    self._settle()

    def _commit(self, change: Change) -> None:
        """Make the change certain: everything staged is on disk, then the journal appears at once."""
        for staged, target in change.moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync(staged)
        draft = self.staging / "journal.draft"
        moves = [[str(staged.relative_to(self.staging)), self._name(to)] for staged, to in change.moves]
        removals = [self._name(target) for target in change.removals]
        draft.write_text(json.dumps({"moves": moves, "removals": removals}), encoding="utf8")
        _sync(draft)
        draft.replace(self._record)
        _sync(self.staging)

    def _settle(self) -> None:
        """Do what the journal says, as often as it takes, and clear the staging directory."""
        if self._record.exists():
            todo = json.loads(self._record.read_text(encoding="utf8"))
            for name, target in todo["moves"]:
                if (self.staging / name).exists():
                    (self.staging / name).replace(self.root / target)
            for target in todo["removals"]:
                (self.root / target).unlink(missing_ok=True)
            targets = [*dict(todo["moves"]).values(), *todo["removals"]]
            for folder in {self.root, *((self.root / target).parent for target in targets)}:
                _tidy(folder)
            self._record.unlink()
        if self.staging.exists():
            shutil.rmtree(self.staging)

    def _name(self, target: Path) -> str:
        return os.path.relpath(target, self.root)

    @contextmanager
    def _writing(self, wait: float) -> Iterator[None]:
        try:
            with self._lock.acquire(timeout=wait):
                yield
        except Timeout:
            raise _BusyError(f"Another process is writing to {self.root}", "Try again when it is done") from None


class _BusyError(LogError):
    """Another process holds the lock."""


def _tidy(folder: Path) -> None:
    """Make what happened in a folder last; let it go when it is an emptied day."""
    if folder.is_dir() and folder.name.startswith("day=") and not any(folder.iterdir()):
        folder.rmdir()
    elif folder.is_dir():
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
