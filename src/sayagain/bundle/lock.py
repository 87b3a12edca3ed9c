"""The lock on what a run of learning makes of a bundle: one run has it at a time, or an erasure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sayagain.bundle.layout import LOCK, WORK
from sayagain.errors import BundleError


class BeingLearnedError(BundleError):
    """A bundle is being learned."""


@contextmanager
def alone(bundle: Path) -> Iterator[None]:
    """Let nobody else learn a bundle in the block, or erase somebody from it: they share the folder of their work.

    Raises:
        BeingLearnedError: somebody does.
        BundleError: the bundle cannot be written.
    """
    work = bundle / WORK
    with ExitStack() as held:
        try:
            work.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(work / LOCK).acquire(timeout=0))
        except Timeout:
            remedy = "Wait until it is done; then run the same command again, or name another bundle"
            raise BeingLearnedError(f"{bundle} is being learned by another process", remedy) from None
        except OSError as error:
            remedy = "Make it writable, or name another bundle"
            raise BundleError(f"Cannot write to {bundle}: {error.strerror}", remedy) from error
        try:
            yield
        finally:
            (work / LOCK).unlink(missing_ok=True)
            with suppress(OSError):  # stages that are not finished, for the next run
                work.rmdir()
