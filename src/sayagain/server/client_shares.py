"""Shares: how many of the service's places one client may hold at a time, so that none holds them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from sayagain.server.refused import Refused


class Shares:
    """Places of one kind, counted by client. Used from the event loop only."""

    def __init__(self, what: str, most: int, retry_after: int) -> None:
        """Let one client have ``most`` places for ``what``; beyond it is to come again after so many seconds."""
        self._what, self._most, self._retry_after = what, most, retry_after
        self._held: Counter[Hashable] = Counter()

    @contextmanager
    def held(self, client: Hashable) -> Iterator[None]:
        """Hold a place.

        Raises:
            Refused: 429, the client has its share.
        """
        if self._held[client] >= self._most:
            remedy = "Come again after Retry-After seconds"
            raise Refused(429, f"One client may have {self._most:,} {self._what}", remedy, self._retry_after)
        self._held[client] += 1
        try:
            yield
        finally:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]
