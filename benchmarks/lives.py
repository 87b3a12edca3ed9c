"""Processes to be killed: children of a server that has loaded everything, so that a life begins in milliseconds."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

SPAWNING = multiprocessing.get_context("forkserver")
SPAWNING.set_forkserver_preload([
    "__main__", "sayagain.cli.app", "sayagain.learning.pipeline", "sayagain.log.ingest", "sayagain.online.erasure",
    "sayagain.online.layer", "sayagain.server.run",
])  # fmt: skip
"""Without threads, connections or sessions of models: these each life makes for itself."""

PATIENCE = 60.0
"""Seconds after which a life that neither tells nor ends is taken for stuck."""

CHANGES = frozenset({"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"})
"""Audit events of a process that changes the disk, besides opening a file to write."""

Tell = Callable[[str], None]


class Life:
    """One process that does some work, until it has done it or is killed."""

    def __init__(self, errors: Path, work: Callable[..., None], *given: object, change: int | None = None) -> None:
        """Begin; what the process writes goes to the file ``errors``. ``work`` is called with a ``Tell`` first.

        With ``change`` the process kills itself just before it changes the disk for that many times.
        """
        self._errors, self._stuck = errors, False
        self._ours, theirs = SPAWNING.Pipe()
        self.process = SPAWNING.Process(target=_live, args=(theirs, errors, change, work, *given), daemon=True)
        self.process.start()
        theirs.close()
        self._ours.recv()
        self.began = time.monotonic()

    def told(self, within: float) -> str | None:
        """Return what the process tells; None where it tells nothing so soon, or ends."""
        try:
            return str(self._ours.recv()) if self._ours.poll(within) else None
        except EOFError:
            return None

    def kill(self, after: float = 0.0) -> bool:
        """Kill it so many seconds later; return whether it was still at work."""
        self.process.join(after)
        self.process.kill()
        self.process.join()
        return self.process.exitcode == -signal.SIGKILL

    def end(self, within: float = PATIENCE) -> tuple[float, int]:
        """Let it finish; return the seconds that it took, and how often it changed the disk."""
        changes = self.told(within)
        took = time.monotonic() - self.began
        self._stuck = self.kill(PATIENCE)
        return took, int(changes or 0)

    @property
    def failure(self) -> str | None:
        """What it said as it failed; None where it did not, or was killed."""
        if self._stuck:
            return "it did not end"
        if self.process.exitcode in (0, -signal.SIGKILL):
            return None
        return self._errors.read_text(encoding="utf8").strip() or f"exit status {self.process.exitcode}"


def _live(tell: Connection, errors: Path, change: int | None, work: Callable[..., None], *given: object) -> None:
    with errors.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    tell.send("begun")
    changes = 0

    def watch(event: str, about: tuple[object, ...]) -> None:
        nonlocal changes
        if event in CHANGES or (event == "open" and isinstance(about[2], int) and about[2] & (os.O_WRONLY | os.O_RDWR)):
            changes += 1
            if changes == change:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    try:
        work(tell.send, *given)
    finally:
        tell.send(changes)


def command(_: Tell, *arguments: str) -> None:
    """Run a command of the command line."""
    from sayagain.cli.app import main  # noqa: PLC0415 - the one who kills needs none of it

    sys.argv = ["sayagain", *arguments]
    main()


def service(tell: Tell, bundle: Path, state: str, log: Path, window: float, every: float) -> None:
    """Serve a learned layer at a free port, which is told; turns move into the log as soon as they may."""
    from sayagain.cli.app import OBJECTS_A_COLLECTION  # noqa: PLC0415, as above
    from sayagain.online.layer import Layer  # noqa: PLC0415
    from sayagain.server.run import serve  # noqa: PLC0415
    from sayagain.server.settings import Settings  # noqa: PLC0415

    gc.set_threshold(OBJECTS_A_COLLECTION)  # as the command line has it
    settings = Settings(port=0, feedback_window=window, compact_every=every, bundle=bundle)
    serve(lambda: Layer.open(bundle, state), state, log, settings, tell)


def moved(_: Tell, state: str, log: Path, together: int) -> None:
    """Move all turns of an inbox into the log, so many at a time."""
    from sayagain.log.store import Log  # noqa: PLC0415, as above
    from sayagain.server import inbox_to_log  # noqa: PLC0415
    from sayagain.state.inbox import Inbox  # noqa: PLC0415

    inbox_to_log.MOST_MOVED = together
    inbox_to_log.compact(Inbox(state), Log.open(log), float("inf"))
