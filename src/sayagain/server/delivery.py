"""Delivery: hands what was acknowledged to the layer, in the order in which it came, and remembers that it did.

The layer takes a turn in at once, for the person's next request; what came of several turns is written down together,
a little later: a whole profile is written each time. A process that is killed between the two hands the same turns on
again: a layer takes in a turn that it knows without counting it twice, or nearly so; what it must not do is miss one.
One turn that cannot be taken in blocks no other: it is set apart in the inbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sayagain.errors import StateError, UnkeptError
from sayagain.server.layer import OnlineLayer
from sayagain.state.inbox import Inbox, Kept

TURNS_HANDED_ON = 64
"""Turns handed on at a time, and so many before that is remembered."""

MOST_HANDED_ON = 8_192
"""The same where nothing could be remembered of those before: they may be one person's, and others come after."""

REMEMBER_EVERY = 0.5
"""Seconds after which it is remembered at the latest: a person who speaks often is written down twice a second."""

PAUSE = 1.0
"""Seconds before something that failed is tried again."""

log = logging.getLogger(__name__)


class Delivery:
    """The thread that hands on."""

    def __init__(self, inbox: Inbox, layer: OnlineLayer, remember_every: float = REMEMBER_EVERY) -> None:
        """Hand on from ``inbox`` to ``layer``; remember it after ``remember_every`` seconds at the latest."""
        self._inbox, self._layer, self._remember_every = inbox, layer, remember_every
        self._wake, self._over = threading.Event(), threading.Event()
        self._taken: list[Kept] = []
        """By the layer, which is not remembered yet; the first of them, since ``_since``."""
        self._since = 0.0
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.fault: str | None = None
        """Why the layer does not take in what happened; None when it does."""
        self._handing_on = threading.Lock()
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
        with self.still():
            pass

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep turns from being handed on; none is on its way: what was taken is remembered, or is handed on again."""
        with self._handing_on:
            try:
                self._make_last([], set())
            except StateError as error:
                log.warning("some turns are handed to the layer again: %s", error)
                self._taken = []
            yield

    def hand_on(self) -> int:
        """Hand on the next turns, and remember that where it is due; return how many there were.

        Raises:
            StateError: the database cannot be used; the turns go on waiting.
        """
        with self._handing_on:
            most = min(TURNS_HANDED_ON, MOST_HANDED_ON - len(self._taken))
            kept, failing = self._inbox.next(most, self._taken), set[str]()
            for each in kept:
                if each.turn.user not in failing:
                    failing |= self._observe(each)
            if failing or self._due_in() <= 0.0:
                self._make_last(kept, failing)
            return len(kept)

    def _due_in(self) -> float:
        """Return in how many seconds it is to be remembered what was taken, where anything was."""
        return 0.0 if len(self._taken) >= TURNS_HANDED_ON else self._since + self._remember_every - time.monotonic()

    def _make_last(self, kept: Sequence[Kept], failing: set[str]) -> None:
        """Have the layer write down what came of the turns that it took, and remember that it took them.

        Those of a person of whom nothing can be kept are handed on one by one, after the others: what then fails is
        set apart. So are those of ``kept`` whose people are ``failing``.
        """
        taken = self._taken
        if taken:
            failing |= self._flush()
            self._remember(failing)
        for each in {each.number: each for each in (*taken, *kept)}.values():
            if each.turn.user in failing:
                self._hand_on_alone(each)

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
                self._take(kept)
            return error.users
        except StateError:
            raise
        except Exception as error:  # one turn that a layer fails on must not hold up all others
            self._set_apart(kept, f"the layer failed with {type(error).__name__}")
        else:
            self._take(kept)
        return frozenset()

    def _take(self, kept: Kept) -> None:
        self._since = self._since if self._taken else time.monotonic()
        self._taken.append(kept)
        self._inbox.taken([kept])

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
            self._wake.wait(max(self._due_in(), 0.0) if self._taken else None)
