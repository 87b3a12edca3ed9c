"""Processes that tests run to be killed, or to run out of something: they need not load every library anew.

A server loads the libraries once and has a child of its own for each script: what takes a second in an interpreter that
begins takes nothing there. The child is a process like any other. Where the point is what a process loads, prints or
leaves as it begins and ends, a test runs the interpreter.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import TextIO

CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload([
    "pytest",
    "pyarrow.parquet",
    "sayagain.bundle.bundle",
    "sayagain.learning.checkpoint",
    "sayagain.learning.global_tables",
    "sayagain.log.ingest",
    "sayagain.log.months",
    "sayagain.online.erasure.offline",
    "sayagain.online.layer",
    "sayagain.server.run",
    "starlette.testclient",
])  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit status, or minus the signal that killed it; and what it said."""

    returncode: int
    said: str


@dataclass(frozen=True)
class Child:
    """A script that runs, and what it says."""

    process: ForkServerProcess
    said: TextIO

    def send_signal(self, number: int) -> None:
        """Send a signal; one that has ended takes none, and the server may know of that before we do."""
        assert self.process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def wait(self, seconds: float | None = None) -> int:
        """Return its exit status, or minus the signal that killed it."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, "it has not ended"
        return self.process.exitcode


def run(script: str, *arguments: object) -> Ended:
    """Run a script, which has the arguments in ``sys.argv``, until it ends or is killed; errors are said too."""
    with _begun(script, arguments, [1, 2]) as child:
        said = child.said.read()
        return Ended(child.wait(), said)


@contextmanager
def running(script: str, *arguments: object) -> Iterator[Child]:
    """Let a script run, which has the arguments in ``sys.argv``, and kill it at the end."""
    with _begun(script, arguments, [1]) as child:
        try:
            yield child
        finally:
            child.process.kill()
            child.wait()


@contextmanager
def _begun(script: str, arguments: Sequence[object], streams: Sequence[int]) -> Iterator[Child]:
    ours, theirs = CHILDREN.Pipe(duplex=False)
    given = (theirs, streams, textwrap.dedent(script), list(map(str, arguments)))
    process = CHILDREN.Process(target=_run, args=given)
    process.start()
    theirs.close()
    with ours, os.fdopen(os.dup(ours.fileno()), encoding="utf8", errors="replace") as said:
        yield Child(process, said)


def _run(told: Connection, streams: Sequence[int], script: str, arguments: list[str]) -> None:
    for stream in streams:
        os.dup2(told.fileno(), stream)
    told.close()
    sys.argv = ["script", *arguments]
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})
