"""Delivery: hands what was acknowledged to the layer, in the order in which it came, and remembers that it did.

A process that is killed between the two hands the same turns on again: a layer takes in a turn that it knows without
counting it twice, or nearly so; what it must not do is miss one.
"""

from __future__ import annotations

import logging
import threading

from sayagain.errors import StateError
from sayagain.server.layer import OnlineLayer
from sayagain.state.inbox import Inbox, Kept

TURNS_HANDED_ON = 64
"""Turns handed on before that is remembered."""

PAUSE = 1.0
"""Seconds before something that failed is tried again."""

log = logging.getLogger(__name__)


class Delivery:
    """The thread that hands on."""

    def __init__(self, inbox: Inbox, layer: OnlineLayer) -> None:
        self._inbox, self._layer = inbox, layer
        self._wake, self._over = threading.Event(), threading.Event()
        self._taken: list[Kept] = []  # by the layer, which is not remembered yet
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.fault: str | None = None
        """Why the layer does not take in what happened; None when it does."""
        self.still = threading.Lock()
        """Held while turns are handed on; who holds it sees none on their way."""
        self.refused = 0
        """Turns that the layer failed on, and that were passed over."""

    def start(self) -> None:
        """Begin with what waits from before."""
        self._inbox.arrived = self._wake.set
        self._wake.set()
        self._thread.start()

    def close(self) -> None:
        """End after the turns that are being handed on; the others wait for the next start."""
        self._over.set()
        self._wake.set()
        self._thread.join()

    def hand_on(self) -> int:
        """Hand on the next turns; return how many there were.

        Raises:
            StateError: the database or a person's profile cannot be used; the turns go on waiting.
        """
        with self.still:
            count = len(self._taken)
            if not self._taken:
                kept = self._inbox.next(TURNS_HANDED_ON)
                count = len(kept)
                for each in kept:
                    self._observe(each)
                    self._taken.append(each)
            if self._taken:
                self._layer.flush()
                self._inbox.handed(self._taken).result()
                self._taken = []
            return count

    def _observe(self, kept: Kept) -> None:
        try:
            self._layer.observe(kept.turn)
        except StateError:
            raise
        except Exception as error:  # one turn that a layer fails on must not hold up all others
            self.refused += 1
            log.error("the layer failed on an observed turn with %s; it was passed over", type(error).__name__)

    def _run(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            try:
                while not self._over.is_set() and self.hand_on():
                    pass
                self.fault = None
            except Exception as error:
                self.fault = str(error) if isinstance(error, StateError) else type(error).__name__
                log.warning("cannot hand observed turns to the layer, trying again: %s", self.fault)
                self._over.wait(PAUSE)
                continue
            self._wake.wait()
