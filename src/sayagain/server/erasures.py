"""Erasures as jobs: each is kept in the state database before it begins, and gone on with until it is done.

One thread erases, one person at a time, and now and then clears the state database's files of all of them; what fails
is tried again. What was cut short by a kill is finished at the next start, before anything is served. Receipts are in
memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sayagain.bundle.lock import BeingLearnedError
from sayagain.errors import SayAgainError, StateError
from sayagain.log.store import Log
from sayagain.online.erasure.erase import Erasure
from sayagain.online.erasure.receipt import Receipt
from sayagain.state import Database
from sayagain.state.erasures import Asked, record, unfinished

AGAIN = 5.0
"""Seconds before an erasure that failed is tried again: another process writes to the log, mostly."""

CLEARING, LONGEST_REST = 0.01, 60.0
"""Share of the time in which files may be cleared, for nothing is written meanwhile: so one request in a hundred waits
for it. And seconds after which they are cleared again, however long that took."""

RECEIPTS_KEPT, MOST_RECEIPTS = 86_400.0, 10_000
"""Seconds for which a receipt can be asked for, and how many at the most: some hundred bytes each."""

log = logging.getLogger(__name__)


def _begun() -> Future[Receipt]:
    """Return a future that whoever waits for it cannot cancel."""
    future: Future[Receipt] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass(eq=False)
class Job:
    """One erasure that was asked for."""

    asked: Asked
    done: Future[Receipt] = field(default_factory=_begun)
    begun: Erasure | None = None
    """What is erased from the state; None until it is."""
    reached: bool = False
    """Whether the person is erased from all else, and only the state database's files are to be cleared."""
    fault: str | None = None
    """Why it is not done yet, where something failed."""


class Erasures:
    """The jobs, and the thread that does them."""

    def __init__(
        self,
        database: Database,
        turns: Log,
        begin: Callable[[Asked], Erasure],
        reach: Callable[[Erasure], None],
        clear: Callable[[list[Erasure]], list[Receipt]],
    ) -> None:
        """Take over what is unfinished in a state database.

        Args:
            database: the state database.
            turns: the log.
            begin: erases a person from the state.
            reach: erases them from all else, or says that the bundle is being learned.
            clear: clears the state database's files of what is left of those who were reached; returns their receipts.

        Raises:
            StateError: the database cannot be used.
        """
        self._database, self._log = database, turns
        self._begin, self._reach, self._clear = begin, reach, clear
        self._jobs = OrderedDict((asked.job, Job(asked)) for asked in unfinished(database, turns.path))
        self._due = deque(self._jobs.values())
        self._rests_until = 0.0
        self._wake, self._over, self._guard = threading.Event(), threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run, name="erasure", daemon=True)

    @property
    def not_begun(self) -> int:
        """Return of how many people the state is not erased yet; those who wait for learning to end are not counted."""
        return sum(job.begun is None for job in list(self._due))

    @property
    def fault(self) -> str | None:
        """Return why an erasure is not done, where one failed; None where none did."""
        return next((job.fault for job in list(self._due) if job.fault is not None), None)

    def start(self) -> None:
        """Try once what was cut short before, then do what is asked for."""
        self._round()
        try:
            self._database.purge()  # one that was killed at its very end left the name in the write-ahead log
        except StateError as error:
            log.warning("what was erased is not cleared: %s", error)
        self._thread.start()

    def close(self) -> None:
        """End after the erasure that is under way; the others are finished at the next start."""
        self._over.set()
        self._wake.set()
        self._thread.join()

    def ask(self, user: str) -> Job:
        """Have a person erased; return the job once it is kept for good.

        Raises:
            StateError: the database cannot be used; nothing will be erased.
        """
        job = Job(record(self._database, user, self._log.path))
        with self._guard:
            self._forget_old()
            self._jobs[job.asked.job] = job
            self._due.append(job)
        self._wake.set()
        return job

    def find(self, job: str) -> Job | None:
        """Return a job by its name; None where there is none, or its receipt was kept long enough."""
        with self._guard:
            self._forget_old()
            return self._jobs.get(job)

    def _forget_old(self) -> None:
        """Let go of receipts, the oldest first; of jobs that are not done, never."""
        since = time.time() - RECEIPTS_KEPT
        done = [name for name, job in self._jobs.items() if job.done.done()]
        for place, name in enumerate(done):
            if len(done) - place > MOST_RECEIPTS or self._jobs[name].asked.asked < since:
                del self._jobs[name]

    def _round(self) -> None:
        """Begin all erasures that are due, then go on with them, the oldest first; what fails waits behind the others.

        While the bundle is being learned all wait, and that is no fault.
        """
        for job in list(self._due):
            if job.begun is None:
                self._does([job], partial(self._begin_one, job))
        with suppress(BeingLearnedError):
            for job in list(self._due):
                if job.begun is not None and not job.reached and not self._over.is_set():
                    self._does([job], partial(self._reach_one, job))
        if time.monotonic() >= self._rests_until:
            self._clear_reached()

    def _clear_reached(self) -> None:
        """End the erasures of those who are reached everywhere; then rest, in proportion to how long that took."""
        if reached := [job for job in self._due if job.reached]:
            began = time.monotonic()
            self._does(reached, partial(self._end, reached))
            if reached[0].fault is None:
                took = time.monotonic() - began
                self._rests_until = began + min(took / CLEARING, LONGEST_REST)

    def _begin_one(self, job: Job) -> None:
        job.begun = self._begin(job.asked)

    def _reach_one(self, job: Job) -> None:
        assert job.begun is not None
        self._reach(job.begun)
        job.reached = True

    def _end(self, jobs: list[Job]) -> None:
        for job, receipt in zip(jobs, self._clear([job.begun for job in jobs if job.begun is not None]), strict=True):
            self._due.remove(job)
            job.done.set_result(receipt)

    def _does(self, jobs: list[Job], step: Callable[[], None]) -> None:
        """Take a step of some jobs, or keep why it failed."""
        fault = None
        try:
            step()
        except BeingLearnedError:
            raise
        except Exception as error:
            fault = str(error) if isinstance(error, SayAgainError) else type(error).__name__
            log.warning("a person is not erased yet, trying again: %s", fault)
        finally:
            for job in jobs:
                job.fault = fault

    def _run(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            self._round()
            rest = self._rests_until - time.monotonic()
            self._wake.wait((min(rest, AGAIN) if rest > 0 else AGAIN) if self._due else None)
        self._clear_reached()
