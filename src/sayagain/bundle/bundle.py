"""The bundle: what one run of learning publishes, immutable and versioned.

``BUNDLE/000001/`` holds one version: ``manifest.json``, ``rewrites.parquet`` (proposals with their evidence),
``refused.parquet`` (what the guards held back, and why) and ``signals.json`` (what the label model learned); where it
was signed also ``manifest.sig``.
``BUNDLE/current`` names the version in use (``pointer``). A version is written aside; when all that needs room on the
disk is written and the state database has agreed, it is renamed into place and ``current`` replaced. A run that is
killed or fails before leaves the version before in use.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.bundle.damage import LEARN_AGAIN, told
from sayagain.bundle.layout import CURRENT, DIGITS, DRAFT, FORMAT, MANIFEST, ONLINE, REFUSED, REWRITES, SIGNALS
from sayagain.bundle.manifest import Backtested, Failures, Figures, Gain, LearnedFrom, Manifest, RecordedSettings
from sayagain.bundle.pointer import used, versions, written
from sayagain.bundle.signals import read_signals
from sayagain.bundle.tables import read_table
from sayagain.bundle.version import Version, current, sha256
from sayagain.schema.rewrite import Rewrite

if TYPE_CHECKING:
    from sayagain.bundle.signature import PrivateKey, PublicKey


@dataclass(frozen=True)
class Bundle(Version):
    """One version of a bundle, verified and opened."""

    rewrites: list[Rewrite]

    @classmethod
    def published(cls, bundle: Path) -> bool:
        """Return whether anything was published at ``bundle``."""
        return (bundle / CURRENT).is_file()

    @classmethod
    def open(
        cls,
        bundle: Path,
        version: str | None = None,
        *,
        signed_by: PublicKey | None = None,
        trial: Callable[[Version], None] = lambda version: None,
    ) -> Self:
        """Open a version by its name; without one, the version in use.

        Args:
            bundle: the bundle.
            version: name of the version.
            signed_by: the key that must have signed it; None where it need not be signed.
            trial: called when all files are verified and before any is read; fails where they must not be.

        Raises:
            BundleError: there is no bundle, it is damaged, of a version this release does not know, or not signed so.
        """
        found = Version.verified(current(bundle) if version is None else bundle / version, signed_by)
        trial(found)
        with told(found.path):
            return cls(found.path, found.manifest, found.digest, read_rewrites(found.path / REWRITES))

    @property
    def outdated(self) -> str | None:
        """Return why the bundle must be learned again: it is of an earlier format; None where it need not be."""
        if self.manifest.format == FORMAT:
            return None
        shadow = "It is served in shadow: what it decides is shown, not done"
        return f"{self.path} was learned by an earlier release. {shadow}. {LEARN_AGAIN}"

    def refused(self) -> list[Rewrite]:
        """Return the rewrites that were better on the figures and held back by a guard."""
        with told(self.path):
            return read_rewrites(self.path / REFUSED)

    def signals(self) -> dict[str, Any]:
        """Return what the label model learned of each signal."""
        with told(self.path):
            return read_signals(self.path / SIGNALS)


def publish(
    bundle: Path,
    rewrites: Sequence[Rewrite],
    signals: dict[str, Any],
    *,
    created: datetime,
    learned_from: LearnedFrom,
    settings: RecordedSettings,
    figures: Figures,
    backtest: Backtested | None = None,
    failures: Failures | None = None,
    gate: Callable[[Bundle], Gain | None] = lambda draft: None,
    online: Callable[[Path], None] | None = None,
    agree: Callable[[], None] = lambda: None,
    sign: PrivateKey | None = None,
    emptied: bool = False,
) -> Path:
    """Write a new version of the bundle and put it in use; return its directory.

    ``gate`` judges the version once its files are written; where that does not pass, the version is published, and the
    one in use goes on. ``online`` writes what rewriting at request time needs into a directory; without it there is
    none. ``agree`` is called when all is written and nothing is in use yet: when it fails, the bundle is as it was.
    ``sign`` is the key to sign with; None leaves it unsigned. ``emptied`` is as in the manifest.
    """
    bundle.mkdir(parents=True, exist_ok=True)
    draft, pointer = bundle / DRAFT, bundle / f".{CURRENT}"
    shutil.rmtree(draft, ignore_errors=True)
    version = bundle / f"{_last_version(bundle) + 1:0{DIGITS}d}"
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
        judged = gate(Bundle(draft, manifest, "", [each for each in rewrites if each.refused is None]))
        more = {"backtest": backtest, "failures": failures, "gate": judged, "emptied": emptied}
        manifest = manifest.model_copy(update={name: value for name, value in more.items() if value})
        manifest.write(draft / MANIFEST)
        if sign is not None:
            sign.sign(draft, (draft / MANIFEST).read_bytes())
        pointer.write_text(written([version.name, *used(bundle)]), encoding="utf8")
        agree()
        draft.rename(version)
        if judged is None or judged.passes:
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
    files = (file for file in sorted(draft.rglob("*")) if file.is_file())
    return {str(file.relative_to(draft)): sha256(file) for file in files}


def read_rewrites(path: Path) -> list[Rewrite]:
    """Read rewrites back from their Parquet file."""
    schema = Rewrite.arrow_schema()
    table = read_table(path, schema, optional=schema.names)
    return [Rewrite.from_row(row) for row in table.to_pylist()]


def _write(path: Path, rewrites: Iterable[Rewrite]) -> None:
    rows = [rewrite.to_row() for rewrite in rewrites]
    pq.write_table(pa.Table.from_pylist(rows, schema=Rewrite.arrow_schema()), path)


def _last_version(bundle: Path) -> int:
    """Return the highest number of a version that there is, or was: no other one is ever called like one erased."""
    names = (*(path.name for path in versions(bundle)), *used(bundle))
    return max((int(name) for name in names if name.isdigit()), default=0)
