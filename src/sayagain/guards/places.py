"""Neighbouring words of requests that work: words that stand beside each other, or at an end.

A word that working requests have in the same place ("hall" before "light") is meant where it is heard.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from sayagain.bundle.damage import damaged
from sayagain.bundle.layout import PLACES_FILE
from sayagain.guards.difference import Change, words_of

Keys = npt.NDArray[np.uint64]


MOST_PENDING = 1 << 18
"""Pairs that are hashed before equal ones are dropped: bounds the memory."""


class Places:
    """Pairs of neighbours in requests that work, as sorted hashes: eight bytes a pair."""

    def __init__(self, keys: Keys) -> None:
        """Take sorted, distinct keys."""
        self._keys = keys

    @classmethod
    def of(cls, forms: Iterable[str]) -> Self:
        """Read the normal forms of requests that work."""
        found = np.empty(0, dtype=np.uint64)
        pending: list[int] = []
        for form in forms:
            pending += [_key(a, b) for a, b in pairwise(("", *words_of(form), ""))]
            if len(pending) > MOST_PENDING:
                found, pending = np.union1d(found, np.array(pending, dtype=np.uint64)), []
        return cls(np.union1d(found, np.array(pending, dtype=np.uint64)))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what :meth:`write` wrote.

        Raises:
            BundleError: it is something else.
        """
        path = folder / PLACES_FILE
        found = np.load(path, mmap_mode="r", allow_pickle=False)  # memory for so many keys as there are, not as it says
        if not isinstance(found, np.ndarray) or found.dtype != np.uint64 or found.ndim != 1:
            raise damaged(path, "it holds no keys")
        if not (found[1:] > found[:-1]).all():
            raise damaged(path, "its keys are not in order")
        return cls(np.array(found))

    def write(self, folder: Path) -> None:
        """Write the keys."""
        np.save(folder / PLACES_FILE, self._keys, allow_pickle=False)

    def has(self, change: Change) -> bool:
        """Return whether working requests have what is lost between such words as stand beside it here."""
        words = (change.before, *change.lost, change.after)
        return bool(change.lost) and all(self._said(a, b) for a, b in pairwise(words))

    def _said(self, a: str, b: str) -> bool:
        key = np.uint64(_key(a, b))
        at = int(np.searchsorted(self._keys, key))
        return at < len(self._keys) and bool(self._keys[at] == key)


def _key(a: str, b: str) -> int:
    return int.from_bytes(blake2b(f"{a}\0{b}".encode(), digest_size=8).digest())
