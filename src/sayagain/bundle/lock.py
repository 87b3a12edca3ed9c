"""The locks on the folder of a bundle: one run learns it at a time, and nobody is erased from it meanwhile.

Both files stay: who removes a lock that somebody holds, or waits for, lets two in.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sayagain.bundle.layout import ERASURE_LOCK, LEARNING_LOCK
from sayagain.errors import BundleError

PATIENCE = 600.0
"""Seconds that learning waits while somebody is erased: an erasure reads the log once, and others may be due."""

NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""Why a lock cannot be made where nobody on this machine can be learning."""


class BeingLearnedError(BundleError):
    """A bundle is being learned, and somebody is to be erased from it."""

    def __init__(self, bundle: Path) -> None:
        remedy = "Run the same command again when it is done; what the state database held is erased"
        super().__init__(f"{bundle} is being learned, or somebody is being erased from it, by another process", remedy)


@contextmanager
def learning(bundle: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Let nobody else learn a bundle in the block, or erase somebody from it; who is being erased is waited for.

    Raises:
        BundleError: another process learns it, or erases for longer than ``patience``; or it cannot be written.
    """
    with ExitStack() as held:
        try:
            bundle.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(bundle / LEARNING_LOCK).acquire(timeout=0))
        except Timeout:
            remedy = "Wait until it is done, or name another bundle"
            raise BundleError(f"{bundle} is being learned by another process", remedy) from None
        except OSError as error:
            raise BundleError(
                f"Cannot write to {bundle}: {error.strerror}", "Make room there, or name another place"
            ) from error
        try:
            held.enter_context(FileLock(bundle / ERASURE_LOCK).acquire(timeout=patience))
        except Timeout:
            raise BundleError(f"People are being erased from {bundle}", "Try again when that is done") from None
        yield


@contextmanager
def erasing(bundle: Path) -> Iterator[None]:
    """Let nobody learn a bundle in the block. Where nobody may write there, nobody learns.

    Raises:
        BeingLearnedError: somebody learns it.
        BundleError: the lock cannot be had, for another reason.
    """
    with ExitStack() as held:
        try:
            held.enter_context(FileLock(bundle / ERASURE_LOCK).acquire(timeout=0))
        except Timeout:
            raise BeingLearnedError(bundle) from None
        except OSError as error:
            if error.errno not in NOT_WRITABLE:
                raise BundleError(f"Cannot write to {bundle}: {error.strerror}", "Make room, and try again") from error
        yield
