"""The state database as the inbox uses it: one thread writes, and what waits is committed together.

One transaction for all that came in while the one before was committed (group commit) costs a little more than one for
a single turn. With one writer nobody waits for a lock inside the service.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from sayagain.state.database import state_error

T = TypeVar("T")

MOST_TOGETHER = 256
"""Jobs of one transaction, so that the first does not wait long for the last."""


@dataclass
class _Job:
    """Something to do to the database, and what to do when it is certain."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], None]
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """The thread that writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()
        self.fault: str | None = None
        """Why the last transaction failed; None when it did not."""

    def submit(self, work: Callable[[Connection], T], then: Callable[[T], None] = lambda _: None) -> Future[T]:
        """Have ``work`` done and committed; the future is done when it is, and brings what ``work`` returned.

        ``work`` must not fail but for the database's sake: what it shares a transaction with fails too. ``then`` is
        called by the writing thread after the commit. The future raises StateError, FullError where there is no room.
        """
        job = _Job(work, then)
        self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Finish what was submitted, and end."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            jobs = [self._jobs.get()]
            while len(jobs) < MOST_TOGETHER and not self._jobs.empty():
                jobs.append(self._jobs.get())
            going_on = None not in jobs
            self._do([job for job in jobs if job is not None and job.future.set_running_or_notify_cancel()])

    def _do(self, jobs: list[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                results = [job.work(connection) for job in jobs]
        except Exception as error:
            failed = state_error(error)
            self.fault = str(failed)
            for job in jobs:
                job.future.set_exception(failed)
            return
        self.fault = None
        for job, result in zip(jobs, results, strict=True):
            job.then(result)
            job.future.set_result(result)
