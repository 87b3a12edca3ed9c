"""A version of a bundle before anything of it is read: each file is what the manifest vouches for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self

from sayagain.bundle.damage import LEARN_AGAIN, LEARN_ONE
from sayagain.bundle.layout import (
    CURRENT,
    LATER_ONLINE_FILES,
    MANIFEST,
    MOST_BYTES,
    MOST_BYTES_OF_OTHERS,
    ONLINE,
    ONLINE_FILES,
    VERSION_FILES,
)
from sayagain.bundle.manifest import Manifest, written
from sayagain.bundle.pointer import used
from sayagain.errors import BundleError

if TYPE_CHECKING:
    from sayagain.bundle.signature import PublicKey


@dataclass(frozen=True)
class Version:
    """One version, with all of its files whole."""

    path: Path
    manifest: Manifest
    digest: str
    """SHA-256 of the manifest, and so of all that it vouches for."""

    @classmethod
    def verified(cls, path: Path, signed_by: PublicKey | None = None) -> Self:
        """Verify the files in a directory, where they are to be signed by a key that first.

        Raises:
            BundleError: a file is missing or damaged, the format is not known to this release, or the signature is not
                of that key.
        """
        text = written(path / MANIFEST)
        if signed_by is not None:
            signed_by.verify(path, text)
        manifest = Manifest.parse(text, path / MANIFEST)
        for name in dict.fromkeys([*_expected(path), *manifest.checksums]):
            if not _is_whole(path, name, manifest.checksums.get(name)):
                raise BundleError(f"{path / name} is missing or damaged", LEARN_AGAIN)
        return cls(path, manifest, hashlib.sha256(text).hexdigest())

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum((self.path / name).stat().st_size for name in self.manifest.checksums)


def current(bundle: Path) -> Path:
    """Return the directory of the version in use.

    Raises:
        BundleError: there is no bundle, or it names no version.
    """
    pointer = bundle / CURRENT
    if not pointer.is_file():
        raise no_bundle(bundle)
    name = next(iter(used(bundle)), "")
    if not name.isdigit() or not (bundle / name).is_dir():
        raise BundleError(f"{pointer} names no version of the bundle", LEARN_AGAIN)
    return bundle / name


def no_bundle(path: Path) -> BundleError:
    """Return what a place is that is no bundle, and what to name in its stead."""
    return _something_else(path) or BundleError(f"There is no bundle at {path}", LEARN_ONE)


def may_come(bundle: Path) -> None:
    """Check that a bundle is at a place, or may be published there yet.

    Raises:
        BundleError: something else is there.
    """
    if not (bundle / CURRENT).is_file() and (found := _something_else(bundle)) is not None:
        raise found


def _something_else(path: Path) -> BundleError | None:
    if (path.parent / CURRENT).is_file():
        return BundleError(f"{path} is a version of a bundle", f"Name the bundle: {path.parent}")
    if any(path.glob("day=*")):
        return BundleError(f"{path} is a log", f"Learn from it with: sayagain learn {path} --out BUNDLE")
    if path.is_file():
        return BundleError(f"{path} is a file, and a bundle is a folder", LEARN_ONE)
    return None


def _expected(version: Path) -> list[str]:
    """Return the files of a version that the manifest must vouch for: all that it must have, and later ones it has."""
    if not (version / ONLINE).is_dir():
        return [*VERSION_FILES]
    later = (name for name in LATER_ONLINE_FILES if (version / ONLINE / name).exists())
    return [*VERSION_FILES, *(f"{ONLINE}/{name}" for name in (*ONLINE_FILES, *later))]


def _is_whole(version: Path, name: str, checksum: str | None) -> bool:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:  # a manifest speaks of its own version
        return False
    path = version / place
    try:
        return (
            path.is_file()
            and path.stat().st_size <= MOST_BYTES.get(path.suffix, MOST_BYTES_OF_OTHERS)
            and sha256(path) == checksum
        )
    except (OSError, ValueError):  # a manifest may name what no file can be called
        return False


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
