"""Damage: whatever is wrong with the files of a bundle is told in one way, with the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sayagain.errors import BundleError, SayAgainError

LEARN_AGAIN = "Learn it again with: sayagain learn LOG --out BUNDLE"
LEARN_ONE = "Learn one with: sayagain learn LOG --out BUNDLE"
"""Where there was none yet."""


def damaged(path: Path, why: str) -> BundleError:
    """Return the error about a file, or a version; ``why`` holds nothing of what people said."""
    return BundleError(f"{path} is damaged: {why}", LEARN_AGAIN)


@contextmanager
def told(version: Path) -> Iterator[None]:
    """Tell of all that goes wrong while files of a version are read that they are damaged.

    The libraries that read them raise errors of every kind, and what tantivy raises in a panic is no ``Exception``.

    Raises:
        BundleError: something went wrong.
    """
    try:
        yield
    except (SayAgainError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        if isinstance(error, OSError) and error.errno is not None:  # Arrow's own about contents have none
            raise BundleError(f"{version} cannot be read: {error.strerror}", "Check its disk and its rights") from error
        raise damaged(version, type(error).__name__) from error
