"""The bundle: what one run of learning publishes, immutable and versioned.

``BUNDLE/000001/`` holds one version: ``manifest.json``, ``rewrites.parquet`` (proposals with their evidence),
``refused.parquet`` (what the guards held back, and why) and ``signals.json`` (what the label model learned).
``BUNDLE/current`` names the version in use. A version is written aside; when all that needs room on the disk is written
and the state database has agreed, it is renamed into place and ``current`` replaced. A run that is killed or fails
before leaves the version before in use.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.bundle.layout import CURRENT, DRAFT, FORMAT, MANIFEST, ONLINE, REFUSED, REWRITES, SIGNALS, VERSION_FILES
from sayagain.bundle.manifest import LEARN_AGAIN, Figures, LearnedFrom, Manifest, RecordedSettings
from sayagain.bundle.tables import read_table
from sayagain.errors import BundleError
from sayagain.schema.rewrite import Rewrite


@dataclass(frozen=True)
class Bundle:
    """One version of a bundle, opened and verified."""

    path: Path
    manifest: Manifest
    rewrites: list[Rewrite]

    @classmethod
    def published(cls, bundle: Path) -> bool:
        """Return whether anything was published at ``bundle``."""
        return (bundle / CURRENT).is_file()

    @classmethod
    def open(cls, bundle: Path, version: str | None = None) -> Self:
        """Open a version by its name; without one, the version in use.

        Raises:
            BundleError: there is no bundle, it is damaged, or of a version this release does not know.
        """
        path = _current(bundle) if version is None else bundle / version
        manifest = Manifest.read(path / MANIFEST)
        for name in dict.fromkeys([*VERSION_FILES, *manifest.checksums]):
            if not _is_whole(path / name, manifest.checksums.get(name)):
                raise BundleError(f"{path / name} is missing or damaged", LEARN_AGAIN)
        return cls(path, manifest, read_rewrites(path / REWRITES))

    @property
    def outdated(self) -> str | None:
        """Return why the bundle must be learned again: it is of an earlier format; None where it need not be."""
        if self.manifest.format == FORMAT:
            return None
        shadow = "It is served in shadow: what it decides is shown, not done"
        return f"{self.path} was learned by an earlier release. {shadow}. {LEARN_AGAIN}"

    def refused(self) -> list[Rewrite]:
        """Return the rewrites that were better on the figures and held back by a guard."""
        return read_rewrites(self.path / REFUSED)

    def signals(self) -> dict[str, Any]:
        """Return what the label model learned of each signal."""
        learned: dict[str, Any] = json.loads((self.path / SIGNALS).read_text(encoding="utf8"))
        return learned


def publish(
    bundle: Path,
    rewrites: Sequence[Rewrite],
    signals: dict[str, Any],
    *,
    created: datetime,
    learned_from: LearnedFrom,
    settings: RecordedSettings,
    figures: Figures,
    online: Callable[[Path], None] | None = None,
    agree: Callable[[], None] = lambda: None,
) -> Path:
    """Write a new version of the bundle and put it in use; return its directory.

    ``online`` writes what rewriting at request time needs into a directory; without it there is none. ``agree`` is
    called when all is written and nothing is in use yet: when it fails, the bundle is as it was.
    """
    bundle.mkdir(parents=True, exist_ok=True)
    draft, pointer = bundle / DRAFT, bundle / f".{CURRENT}"
    shutil.rmtree(draft, ignore_errors=True)
    version = bundle / f"{_last_version(bundle) + 1:06d}"
    try:
        draft.mkdir()
        if online is not None:
            (draft / ONLINE).mkdir()
            online(draft / ONLINE)
        manifest = Manifest(
            format=FORMAT,
            created=created,
            learned_from=learned_from,
            settings=settings,
            figures=figures,
            checksums=_write_files(draft, rewrites, signals),
        )
        manifest.write(draft / MANIFEST)
        pointer.write_text(version.name, encoding="utf8")
        agree()
        draft.rename(version)
        os.replace(pointer, bundle / CURRENT)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        pointer.unlink(missing_ok=True)
    return version


def _write_files(draft: Path, rewrites: Sequence[Rewrite], signals: dict[str, Any]) -> dict[str, str]:
    """Write what the manifest vouches for; return the checksums."""
    _write(draft / REWRITES, (rewrite for rewrite in rewrites if rewrite.refused is None))
    _write(draft / REFUSED, (rewrite for rewrite in rewrites if rewrite.refused is not None))
    (draft / SIGNALS).write_text(json.dumps(signals, indent=1), encoding="utf8")
    files = (file for file in sorted(draft.rglob("*")) if file.is_file() and not file.name.endswith(".lock"))
    return {str(file.relative_to(draft)): _sha256(file) for file in files}


def read_rewrites(path: Path) -> list[Rewrite]:
    """Read rewrites back from their Parquet file."""
    return [Rewrite.from_row(row) for row in read_table(path).to_pylist()]


def _write(path: Path, rewrites: Iterable[Rewrite]) -> None:
    rows = [rewrite.to_row() for rewrite in rewrites]
    pq.write_table(pa.Table.from_pylist(rows, schema=Rewrite.arrow_schema()), path)


def _current(bundle: Path) -> Path:
    pointer = bundle / CURRENT
    if not pointer.is_file():
        raise BundleError(f"There is no bundle at {bundle}", LEARN_AGAIN)
    name = pointer.read_text(encoding="utf8", errors="replace").strip()
    if not name.isdigit() or not (bundle / name).is_dir():
        raise BundleError(f"{pointer} names no version of the bundle", LEARN_AGAIN)
    return bundle / name


def _last_version(bundle: Path) -> int:
    return max((int(path.name) for path in bundle.iterdir() if path.name.isdigit()), default=0)


def _is_whole(path: Path, checksum: str | None) -> bool:
    try:
        return path.is_file() and _sha256(path) == checksum
    except (OSError, ValueError):  # a manifest may name what no file can be called
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
