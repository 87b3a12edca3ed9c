"""Memory: what is over goes back to the system, and what stays is not looked through again and again.

Erasing somebody, moving turns into the log and loading a bundle take tens of megabytes for seconds. Arrow and the C
library keep that for the next time, each thread some of its own, so that a service grows for days.
"""

from __future__ import annotations

import ctypes
import gc
import sys

import pyarrow as pa


def settle(*, anew: bool = False) -> None:
    """Collect what is garbage, and have Python's collector look past all else from now on.

    A full collection looks at every object of everybody in memory while all requests wait: a third of a second with 60
    homes, and longer every day. After this, it looks at what came since.

    Args:
        anew: look at all there is once more, which is worth its while where much of it was let go of.
    """
    if anew:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Give back what is free; takes some milliseconds. Of C libraries only GNU's can be asked to."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
