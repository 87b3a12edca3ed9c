"""What earlier runs left in the folder of a bundle, and what of it must go when a person is erased.

A version of which each rewrite has three people behind it is nobody's own text. One that was learned for a household
may be: such versions go when somebody is erased. In the place of the one in use comes an empty one, with which every
request is left alone until the bundle is learned again.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.layout import CURRENT, DRAFT, MANIFEST, WORK
from sayagain.bundle.manifest import HOUSEHOLD_LIMIT, Figures, Manifest
from sayagain.bundle.pointer import emptied, used, versions
from sayagain.bundle.signals import without_phrases
from sayagain.errors import BundleError


@dataclass(frozen=True)
class Left:
    """What became of a bundle when a person was erased."""

    unfinished: int
    """Files of a run that was cut short, erased."""
    erased: tuple[str, ...]
    """Versions of a household, erased."""
    kept: tuple[str, ...]
    """Versions that stay, learned before."""
    emptied: bool
    """Whether the version in use was one of those erased, so that an empty one is in use now."""


def erase(bundle: Path, now: datetime) -> Left:
    """Erase what may hold a person's own text; not while the bundle is being learned (``lock.erasing``).

    Raises:
        BundleError: it cannot be erased.
    """
    try:
        unfinished = sum(_removed(bundle / name) for name in (WORK, DRAFT))
        households = [each for each in versions(bundle) if _household(each)]
        served = used(bundle)[:1]
        empty = any([each.name] == served for each in households)
        if empty:
            _publish_empty(bundle, now)
        for each in households:
            shutil.rmtree(each)
    except OSError as error:
        raise BundleError(f"Cannot erase from {bundle}: {error.strerror}", "Make it writable, and try again") from error
    kept = [each.name for each in versions(bundle) if not emptied(each)]
    return Left(unfinished, tuple(each.name for each in households), tuple(kept), empty)


def _removed(path: Path) -> int:
    """Remove a folder where there is one; return how many files there were."""
    files = sum(each.is_file() for each in path.rglob("*"))
    if path.exists():
        shutil.rmtree(path)
    return files


def _publish_empty(bundle: Path, now: datetime) -> None:
    """Put a version in use that holds no text; in the place of one that cannot be read, none."""
    try:
        before = Bundle.open(bundle)
        signals = without_phrases(before.signals())
    except BundleError:
        (bundle / CURRENT).unlink()
        return
    manifest = before.manifest
    publish(
        bundle,
        [],
        signals,
        created=now,
        learned_from=manifest.learned_from,
        settings=manifest.settings,
        figures=Figures(),
        emptied=True,
    )


def _household(version: Path) -> bool:
    """Return whether a version may hold texts of one household; one that cannot be read may."""
    with suppress(BundleError):
        manifest = Manifest.read(version / MANIFEST)
        return manifest.settings.min_people < HOUSEHOLD_LIMIT and not manifest.emptied
    return True
