"""What earlier runs left in the folder of a bundle, and what of it must go when a person is erased.

A version of which each rewrite has three people behind it is nobody's own text. One that was learned for a household
may be: such a version goes when somebody is erased, unless it is in use. That one goes when the bundle was learned
again; until then ``BUNDLE/.erased`` says since when it must.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sayagain.bundle.layout import CURRENT, DRAFT, MANIFEST, WORK
from sayagain.bundle.manifest import HOUSEHOLD_LIMIT, Manifest
from sayagain.errors import BundleError

ERASED = ".erased"
"""The file of a bundle that holds the time of the last erasure, while a version from before is in use."""


@dataclass(frozen=True)
class Left:
    """What became of a bundle when a person was erased."""

    unfinished: int
    """Files of a run that was cut short, erased."""
    erased: tuple[str, ...]
    """Versions of a household that were not in use, erased."""
    kept: tuple[str, ...]
    """Versions that stay, learned before."""
    in_use: str | None
    """The version in use where it is one household's; None where it is not, or there is none."""


def erase(bundle: Path, now: datetime) -> Left:
    """Erase what may hold a person's own text and is not in use.

    Raises:
        BundleError: it cannot be erased.
    """
    try:
        unfinished = sum(path.is_file() for name in (WORK, DRAFT) for path in (bundle / name).rglob("*"))
        for name in (WORK, DRAFT):
            if (bundle / name).exists():
                shutil.rmtree(bundle / name)
        erased, in_use = _drop(bundle, now), _in_use(bundle)
        kept = sorted(path.name for path in _versions(bundle))
        owned = in_use if in_use is not None and _household(bundle / in_use, now) else None
        if owned is not None:
            with suppress(OSError):  # on a disk that is read only nothing is learned again
                (bundle / ERASED).write_text(now.isoformat(), encoding="ascii")
    except OSError as error:
        raise BundleError(f"Cannot erase from {bundle}: {error.strerror}", "Make it writable, and try again") from error
    return Left(unfinished, tuple(erased), tuple(kept), owned)


def drop_erased(bundle: Path) -> None:
    """Let go of versions from before an erasure, once one that was learned after it is in use."""
    mark = bundle / ERASED
    if mark.exists():
        _drop(bundle, datetime.fromisoformat(mark.read_text(encoding="ascii")))
        mark.unlink()


def _drop(bundle: Path, before: datetime) -> list[str]:
    """Erase the versions of a household that are not in use and were learned ``before`` a time; return their names."""
    dropped = [each for each in _versions(bundle) if each.name != _in_use(bundle) and _household(each, before)]
    for each in dropped:
        shutil.rmtree(each)
    return [each.name for each in dropped]


def _household(version: Path, before: datetime) -> bool:
    """Return whether a version is one household's, learned ``before`` a time; one that cannot be read may be."""
    try:
        manifest = Manifest.read(version / MANIFEST)
    except BundleError:
        return True
    return manifest.settings.min_people < HOUSEHOLD_LIMIT and manifest.created <= before


def _versions(bundle: Path) -> Iterator[Path]:
    return (path for path in sorted(bundle.iterdir()) if path.name.isdigit() and path.is_dir())


def _in_use(bundle: Path) -> str | None:
    pointer = bundle / CURRENT
    return pointer.read_text(encoding="utf8", errors="replace").strip() if pointer.is_file() else None
