"""Delivery: hands what was acknowledged to the layer, in the order in which it came, and remembers that it did.

A process that is killed between the two hands the same turns on again: a layer takes in a turn that it knows without
counting it twice, or nearly so; what it must not do is miss one. One turn that cannot be taken in blocks no other: it
is set apart in the inbox.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection

from sayagain.errors import StateError, UnkeptError
from sayagain.server.layer import OnlineLayer
from sayagain.state.inbox import Inbox, Kept

TURNS_HANDED_ON = 64
"""Turns handed on before that is remembered."""

MOST_HANDED_ON = 8_192
"""The same where nothing could be remembered of those before: each time twice as many, for they may be one person's."""

PAUSE = 1.0
"""Seconds before something that failed is tried again."""

log = logging.getLogger(__name__)


class Delivery:
    """The thread that hands on."""

    def __init__(self, inbox: Inbox, layer: OnlineLayer) -> None:
        self._inbox, self._layer = inbox, layer
        self._wake, self._over = threading.Event(), threading.Event()
        self._taken: list[Kept] = []  # by the layer, which is not remembered yet
        self._most = TURNS_HANDED_ON
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.fault: str | None = None
        """Why the layer does not take in what happened; None when it does."""
        self.still = threading.Lock()
        """Held while turns are handed on; who holds it sees none on their way."""
        self.refused = 0
        """Turns that the layer failed on, and that were set apart, since the start."""

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

        Turns of a person of whom nothing can be kept are handed on one by one, after the others: what then fails is
        set apart.

        Raises:
            StateError: the database cannot be used; the turns go on waiting.
        """
        with self.still:
            kept, failing = self._inbox.next(self._most), set[str]()
            self._most = min(2 * self._most, MOST_HANDED_ON)  # where all that waits is one person's, others come after
            taken = {(each.number, each.revision) for each in self._taken}
            for each in kept:
                if each.turn.user not in failing and (each.number, each.revision) not in taken:
                    failing |= self._observe(each)
            if self._taken:
                failing |= self._flush()
                self._remember(failing)
            for each in kept:
                if each.turn.user in failing:
                    self._hand_on_alone(each)
            self._most = TURNS_HANDED_ON
            return len(kept)

    def _hand_on_alone(self, kept: Kept) -> None:
        failing = self._observe(kept) | self._flush()
        self._remember(failing)
        if kept.turn.user in failing:
            self._set_apart(kept, "that nothing can be kept of the person after it")

    def _remember(self, failing: Collection[str]) -> None:
        """Remember that turns were taken, but for those of some people."""
        taken = [each for each in self._taken if each.turn.user not in failing]
        if taken:
            self._inbox.handed(taken).result()
        self._taken = []

    def _set_apart(self, kept: Kept, why: str) -> None:
        self._inbox.set_apart([kept.number]).result()
        self.refused += 1
        log.error("an observed turn was set apart: %s", why)

    def _observe(self, kept: Kept) -> frozenset[str]:
        """Hand on one turn; return of whom nothing can be kept."""
        try:
            self._layer.observe(kept.turn)
        except UnkeptError as error:
            if kept.turn.user not in error.users:
                self._taken.append(kept)
            return error.users
        except StateError:
            raise
        except Exception as error:  # one turn that a layer fails on must not hold up all others
            self._set_apart(kept, f"the layer failed with {type(error).__name__}")
        else:
            self._taken.append(kept)
        return frozenset()

    def _flush(self) -> frozenset[str]:
        """Make what was handed on last; return of whom nothing can be kept."""
        try:
            self._layer.flush()
        except UnkeptError as error:
            return error.users
        return frozenset()

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
