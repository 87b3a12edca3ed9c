"""Which people's turns were acknowledged, and are not taken in by the layer yet: the next request waits for these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from threading import Lock

Whose = tuple[str, bytes, int]
"""A person, the digest of a turn's identifier, and a revision of that turn."""


class Untaken:
    """What the layer has not taken in. The thread that writes the inbox adds; the one that hands on takes away.

    A turn may be taken in before it is added, since whoever hands on reads the database: what was taken is known until
    that is kept for good, which the thread that adds does itself, later.
    """

    def __init__(self) -> None:
        self._of: defaultdict[str, dict[bytes, int]] = defaultdict(dict)
        """Of each person, the turns, each in its latest revision."""
        self._taken: dict[bytes, int] = {}
        """The latest revision that the layer took in, of turns of which that is not kept yet."""
        self._lock = Lock()

    def waits(self, user: str) -> bool:
        """Return whether something of a person waits."""
        return user in self._of

    def add(self, turns: Iterable[Whose]) -> None:
        """Have turns wait, but for those that were taken in by now."""
        with self._lock:
            for user, turn, revision in turns:
                if self._taken.get(turn, -1) < revision:
                    self._of[user][turn] = revision

    def take(self, turns: Iterable[Whose]) -> None:
        """Have turns wait no longer, where no later revision came."""
        with self._lock:
            for user, turn, revision in turns:
                self._taken[turn] = max(revision, self._taken.get(turn, -1))
                self._drop(user, turn, revision)

    def kept(self, turns: Iterable[Whose]) -> None:
        """Let go of turns: that they were taken in, set apart or erased is kept for good."""
        with self._lock:
            for user, turn, revision in turns:
                if self._taken.get(turn, revision + 1) <= revision:
                    del self._taken[turn]
                self._drop(user, turn, revision)

    def _drop(self, user: str, turn: bytes, revision: int) -> None:
        waiting = self._of.get(user, {})
        if waiting.get(turn, revision + 1) <= revision:
            del waiting[turn]
            if not waiting:
                del self._of[user]
