"""What is forgotten of one person, where there is more than is kept: the least used of what was met with long ago."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

OLDEST = 100
"""How many are looked at, those met with longest ago, half of all at the most: so many that are used much stay, however
long ago that was."""


def to_forget(kept: Mapping[str, T], use: Callable[[T], float]) -> str:
    """Return which of the names to forget.

    Args:
        kept: the one met with longest ago first.
        use: how much one was used.

    >>> to_forget({"often": 9, "once": 1, "last": 0, "now": 0}, lambda times: times)
    'once'
    """
    return min(islice(kept, min(OLDEST, len(kept) // 2)), key=lambda name: use(kept[name]))
