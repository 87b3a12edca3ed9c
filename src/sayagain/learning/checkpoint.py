"""The working directory of a run that can be killed and run again: finished stages are kept and read back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import JsonValue

GONE = ".gone"
"""How the name of a folder ends that is being removed."""


class Checkpoint:
    """Finished stages of one run, kept as Parquet and JSON under a name that its inputs and settings determine."""

    def __init__(self, folder: Path, inputs: JsonValue) -> None:
        """Keep the stages of ``inputs`` in ``folder``; those of other inputs are thrown away."""
        name = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
        self.folder = folder
        self.path = folder / name
        for left in folder.glob(f"*{GONE}"):
            shutil.rmtree(left, ignore_errors=True)
        for other in folder.glob("*"):
            if other.is_dir() and other != self.path:
                _discard(other)
        shutil.rmtree(self.spill, ignore_errors=True)
        self.path.mkdir(parents=True, exist_ok=True)

    @property
    def spill(self) -> Path:
        """Where the engine may spill; of no worth to a later run."""
        return self.path / "spill"

    def table(self, name: str, make: Callable[[], pa.Table]) -> pa.Table:
        """Return the table of a stage, computing it unless an earlier run finished it."""
        path = self.path / f"{name}.parquet"
        if not path.exists():
            draft = path.with_suffix(".draft")
            pq.write_table(make(), draft)
            os.replace(draft, path)
        return pq.read_table(path)

    def facts(self, name: str, make: Callable[[], dict[str, JsonValue]]) -> dict[str, JsonValue]:
        """Return the JSON facts of a stage, computing them unless an earlier run did."""
        path = self.path / f"{name}.json"
        if not path.exists():
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps(make()), encoding="utf8")
            os.replace(draft, path)
        facts: dict[str, JsonValue] = json.loads(path.read_text(encoding="utf8"))
        return facts

    def directory(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the directory that a stage fills, filling it unless an earlier run did."""
        path = self.path / name
        if not path.exists():
            draft = path.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            os.replace(draft, path)
        return path

    def done(self) -> None:
        """Throw the stages away: their result is published."""
        _discard(self.path)
        shutil.rmtree(self.folder, ignore_errors=True)


def _discard(path: Path) -> None:
    """Remove a folder, first its name: what is left when that is cut short must not be taken for finished stages."""
    gone = path.with_suffix(GONE)
    os.replace(path, gone)
    shutil.rmtree(gone, ignore_errors=True)
