"""Memory: what the allocators keep of work that is over goes back to the system.

Erasing somebody, moving turns into the log and loading a bundle take tens of megabytes for seconds. Arrow and the C
library keep that for the next time, each thread some of its own, so that a service grows for days.
"""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def give_back() -> None:
    """Give back what is free; takes some milliseconds. Of C libraries only GNU's can be asked to."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
