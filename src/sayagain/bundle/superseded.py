"""What earlier runs left in the folder of a bundle, and what of it must go when a person is erased.

A version of which each rewrite has three people behind it is nobody's own text. One that was learned for a household
may be: such versions go when somebody is erased, unless they were surely learned without this person. In the place of
the one in use comes an empty one, with which every request is left alone until the bundle is learned again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
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
    before: Manifest | None = None
    """Of the version that was in use, where that could be read."""


def erase(bundle: Path, now: datetime, without: Callable[[Manifest], bool] = lambda manifest: False) -> Left:
    """Erase what may hold a person's own text; not while the bundle is being learned (``lock.erasing``).

    ``without`` says whether a version was surely learned without the person.

    Raises:
        BundleError: it cannot be erased.
    """
    try:
        unfinished = sum(_removed(bundle / name) for name in (WORK, DRAFT))
        households = [each for each in versions(bundle) if _household(each, without)]
        served = used(bundle)[:1]
        empty = any([each.name] == served for each in households)
        before = _publish_empty(bundle, now) if empty else None
        for each in households:
            shutil.rmtree(each)
    except OSError as error:
        raise BundleError(f"Cannot erase from {bundle}: {error.strerror}", "Make it writable, and try again") from error
    kept = [each.name for each in versions(bundle) if not emptied(each)]
    return Left(unfinished, tuple(each.name for each in households), tuple(kept), empty, before)


def _removed(path: Path) -> int:
    """Remove a folder where there is one; return how many files there were."""
    files = sum(each.is_file() for each in path.rglob("*"))
    if path.exists():
        shutil.rmtree(path)
    return files


def _publish_empty(bundle: Path, now: datetime) -> Manifest | None:
    """Put a version in use that holds no text, and return the manifest of the one before; none for one unreadable."""
    try:
        before = Bundle.open(bundle)
        signals = without_phrases(before.signals())
    except BundleError:
        (bundle / CURRENT).unlink()
        return None
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
    return manifest


def _household(version: Path, without: Callable[[Manifest], bool]) -> bool:
    """Return whether a version may hold texts of a person of one household; one that cannot be read may."""
    with suppress(BundleError):
        manifest = Manifest.read(version / MANIFEST)
        household = manifest.settings.min_people < HOUSEHOLD_LIMIT and not manifest.emptied
        return household and not without(manifest)
    return True
