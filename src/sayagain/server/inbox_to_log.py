"""Moves turns that are old enough from the inbox into the log, each exactly once.

1. The turns are closed: no feedback about them is taken any more.
2. They are appended to the log, all or none; those whose identifiers it has are passed over.
3. They are let go of in the inbox; those that no log can hold are set apart there.

A process that is killed after 1 or 2 finds the closed turns at the next start and appends them again, which for what
is in the log changes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from sayagain.errors import SayAgainError
from sayagain.log.months import roll_up
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.server.memory import give_back, settle
from sayagain.state.inbox import Inbox, Kept

ANEW_EVERY = 3_600.0
"""Seconds after which memory is looked through as a whole: what was let go of meanwhile in circles is garbage."""

MOST_MOVED = 20_000
"""Turns moved at a time: about 100 MB as Python objects."""

MOST_MONTHS = 12
"""Old months of the log rolled up at a time: some seconds, while nobody is forgotten and nothing moved."""

UNFIT = (ValueError, TypeError, OverflowError, RecursionError)
"""What a turn raises that no log can hold (errors of Arrow are ValueErrors or TypeErrors)."""

logger = logging.getLogger(__name__)


def compact(inbox: Inbox, log: Log, before: float) -> int:
    """Move the turns that came ``before`` (Unix time) into the log; return how many of them it did not have.

    Raises:
        LogError: another process is writing to the log, or its disk is full; the turns stay in the inbox.
        StateError: the database cannot be used.
    """
    added = 0
    while kept := inbox.close_turns(before, MOST_MOVED):
        try:
            table = _table(kept)
        except UNFIT:
            fit = [each for each in kept if _fits(each)]
            inbox.set_apart([each.number for each in kept if each not in fit]).result()
            logger.error("the log cannot take %d observed turns; they were set apart", len(kept) - len(fit))
            kept, table = fit, _table(fit)
        added += log.append([table])
        inbox.logged(kept)
    if added:
        roll_up(log, datetime.now(UTC).date(), MOST_MONTHS)
    return added


def _table(kept: Sequence[Kept]) -> pa.Table:
    return pa.Table.from_pylist([each.turn.to_row() for each in kept], Turn.arrow_schema())


def _fits(kept: Kept) -> bool:
    try:
        _table([kept])
    except UNFIT:
        return False
    return True


class Compaction:
    """The thread that moves turns into the log again and again."""

    def __init__(self, inbox: Inbox, log: Log, window: float, every: float) -> None:
        """Move turns ``window`` seconds after they came, looking ``every`` so many seconds."""
        self._inbox, self._log, self._window, self._every = inbox, log, window, every
        self._over = threading.Event()
        self._anew_at = time.monotonic() + ANEW_EVERY
        self._thread = threading.Thread(target=self._run, name="compaction", daemon=True)
        self.still = threading.Lock()
        """Held while turns are moved; who holds it sees none on their way."""
        self.fault: str | None = None
        """Why turns do not move into the log; None when they do."""

    def start(self) -> None:
        """Begin with what was cut short before."""
        self._thread.start()

    def close(self) -> None:
        """End after the turns that are being moved."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with self.still:
                    compact(self._inbox, self._log, time.time() - self._window)
                self.fault = None
            except Exception as error:
                self.fault = str(error) if isinstance(error, SayAgainError) else type(error).__name__
                logger.warning("cannot move turns into the log, trying again: %s", self.fault)
            anew = time.monotonic() >= self._anew_at
            settle(anew=anew)  # of this, and of whatever else the service did since
            give_back()
            self._anew_at += ANEW_EVERY if anew else 0.0
            self._over.wait(self._every)
