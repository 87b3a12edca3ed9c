"""The log of simulated homes beside the truth of each turn, for evaluations that need no more of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.log import truth
from sayagain.log.store import Log


@contextmanager
def logged(clips: Recordings, homes: int, weeks: int, seed: int) -> Iterator[tuple[Log, dict[str, dict[str, Any]]]]:
    """Let homes live for some weeks with voices and texts of ``clips``.

    Yields the log and, by turn, its row of the table of truth; the log is gone after the block.
    """
    with TemporaryDirectory() as folder:
        write(live(Means(clips, understanding()), homes, weeks, seed), Path(folder), clips.features)
        log = Log.open(Path(folder) / "log")
        yield log, {row["turn"]: row for row in truth.read(log.path).to_pylist()}
