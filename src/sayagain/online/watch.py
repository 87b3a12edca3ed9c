"""The watch: a running layer sees what any process changed that it must act on, at most half a second later.

The state database has one small row: the switch of the whole layer, and a revision that is raised by every change that
running layers must see (the switch, the version of the bundle in use, what a person decides about a rewrite). The first
request after half a second reads it. The switch holds from that very request on. Where the revision is another one, a
thread loads anew what changed. The request that saw it waits for that a little, so that it and those after it go by
what a person decided; what takes longer, another bundle, is loaded while requests are answered with the one before.

A new kind of change joins by ``state.revision.bump`` in the transaction that makes it, and a line in
``Served._catch_up`` that loads it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from weakref import WeakMethod

from sayagain.errors import SayAgainError, StateError
from sayagain.state import Database
from sayagain.state.switch import Switch, read

LOOK_EVERY = 0.5
"""Seconds between two looks: what is switched off is off within a second, wherever. A look takes 0.1 ms on SQLite and
0.3 on PostgreSQL, a request between two looks 0.1 µs (benchmarks/switch.py)."""

PATIENCE = 0.1
"""Seconds that the request which saw a change waits for it: decisions and experiments take some milliseconds."""

NOTHING = -1
"""In place of a revision: nothing of it was loaded."""


class Watch:
    """Looks at what changed, for one layer. May be used from several threads; one of them looks at a time."""

    def __init__(
        self,
        database: Database,
        catch_up: Callable[[], object],
        now: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        """Look for the first time.

        Args:
            database: the state database.
            catch_up: a method that loads anew what may have changed, within seconds; called by a thread of the watch,
                one at a time. Whose it is may go meanwhile: the watch does not keep them.
            now: a clock, in seconds.
            patience: seconds that who looks waits for what changed.

        Raises:
            StateError: the database cannot be used.
        """
        self._database, self._catch_up, self._now = database, WeakMethod(catch_up), now
        self._patience = patience
        self._due = now() + LOOK_EVERY
        self._looking = Lock()
        self._loading: Thread | None = None
        self.switch: Switch = read(database)
        """As it was seen last."""
        self._loaded = self.switch.revision
        self.fault: str | None = None
        """Why what changed last is not loaded; None where it is."""

    def look(self) -> Switch:
        """Return the switch; look first where that is due. Where that cannot be done, what was known last holds."""
        if self._now() >= self._due and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self.switch

    def look_now(self) -> Switch:
        """Look, due or not; return the switch."""
        with self._looking:
            self._look()
        return self.switch

    def catch_up(self) -> None:
        """Look, and wait until what changed is loaded."""
        self.wait()  # what is being loaded may be older
        self.look_now()
        self.wait()

    def wait(self) -> None:
        """Wait until what is being loaded is."""
        if self._loading is not None:
            self._loading.join()

    def _look(self) -> None:
        self._due = self._now() + LOOK_EVERY
        with suppress(StateError):
            self.switch = read(self._database)
        busy = self._loading is not None and self._loading.is_alive()  # what changes meanwhile is loaded after it
        if self.switch.revision != self._loaded and not busy:
            self._loaded = self.switch.revision
            self._loading = Thread(target=self._load, name="catching-up", daemon=True)
            self._loading.start()
            self._loading.join(self._patience)

    def _load(self) -> None:
        """Load; what the database hinders is tried again at the next look, what the bundle does when it changes."""
        try:
            if (catch_up := self._catch_up()) is not None:
                catch_up()
            self.fault = None
        except StateError as error:
            self.fault, self._loaded = str(error), NOTHING
        except Exception as error:
            self.fault = str(error) if isinstance(error, SayAgainError) else type(error).__name__
