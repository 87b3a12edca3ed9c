"""Memory: what is over goes back to the system, and what stays is not looked through again and again.

Erasing somebody, moving turns into the log and loading a bundle take tens of megabytes for seconds. Arrow and the C
library keep that for the next time, each thread some of its own, so that a service grows for days.
"""

from __future__ import annotations

import ctypes
import gc
import sys

import pyarrow as pa

MAP_FROM = 1 << 20
"""Bytes from which a block is mapped by itself, and goes back when it is freed. The C library begins with an eighth of
that and raises it to what was freed last, up to 32 MB: a bundle that was loaded then leaves holes behind."""
ARENAS = 2
"""Arenas that all threads share, one a core of a small machine: each thread's own keeps what that thread ever took."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Names of these in the C library (``malloc.h``)."""


def keep_little() -> None:
    """Have the C library keep little of what is freed from now on; of C libraries only GNU's can be asked to."""
    if sys.platform == "linux" and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        set_option(_M_MMAP_THRESHOLD, MAP_FROM)
        set_option(_M_ARENA_MAX, ARENAS)


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
