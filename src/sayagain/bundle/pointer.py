"""The pointer of a bundle: which version is in use, and which were before.

The first line of ``BUNDLE/current`` names the version in use, each line below it the one that was in use before.
Learning and choosing a version put a line on top; going back takes it away. So who goes back twice from a version comes
to the one two before it, and never to one that was gone back from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sayagain.bundle.layout import CURRENT, MANIFEST
from sayagain.bundle.manifest import Manifest
from sayagain.errors import BundleError

ASIDE = f".{CURRENT}-next"
"""The file that takes the place of the pointer when another version is chosen. What learning writes aside has another
name: it may go on meanwhile."""


def versions(bundle: Path) -> Iterator[Path]:
    """Yield the directories of all versions, the first one first."""
    return (path for path in sorted(bundle.iterdir()) if path.name.isdigit() and path.is_dir())


def emptied(version: Path) -> bool:
    """Return whether a version was emptied when somebody was erased."""
    with suppress(BundleError):
        return Manifest.read(version / MANIFEST).emptied
    return False


def used(bundle: Path) -> list[str]:
    """Return the version in use and those before it, the latest first, as the pointer names them; they may be gone.

    A pointer with one line was written by an earlier release, with which one could not go back: versions came into use
    in the order of their numbers.
    """
    pointer = bundle / CURRENT
    names = pointer.read_text(encoding="utf8", errors="replace").split() if pointer.is_file() else []
    if len(names) == 1:
        names += sorted((each.name for each in versions(bundle) if each.name < names[0]), reverse=True)
    return names


def before(bundle: Path) -> list[str]:
    """Return what :func:`used` is once the version in use is gone back from; empty where nothing was in use before it.

    Versions that were erased or emptied since are never gone back to.
    """
    names = used(bundle)
    there = {each.name for each in versions(bundle) if not emptied(each)} - {*names[:1]}
    return next((names[at:] for at, name in enumerate(names) if name in there), [])


def written(names: Sequence[str]) -> str:
    """Return what the pointer holds where versions were used in this order, the latest first."""
    return "\n".join(names) + "\n"


def put(bundle: Path, names: Sequence[str], agree: Callable[[], None] = lambda: None) -> None:
    """Put the first of some versions in use, which the others were before it.

    ``agree`` is called when all is written that needs room: when it fails, the version in use goes on.

    Raises:
        BundleError: the bundle cannot be written; the version in use goes on.
    """
    aside = bundle / ASIDE
    try:
        aside.write_text(written(names), encoding="utf8")
        agree()
        os.replace(aside, bundle / CURRENT)
    except OSError as error:
        remedy = "Make it writable, and do it again"
        raise BundleError(f"{bundle / CURRENT} cannot be written: {error.strerror}", remedy) from error
    finally:
        aside.unlink(missing_ok=True)
