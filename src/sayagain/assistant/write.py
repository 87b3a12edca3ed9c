"""Put simulated days on disk: the log as a deployment would have it, and the truth in a directory beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from sayagain.errors import LogError
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.truth import Truth


def write(homes: Iterable[list[tuple[Turn, Truth]]], out: Path) -> int:
    """Write the homes to ``out/log`` and ``out/truth``; return the number of turns.

    Raises:
        LogError: ``out`` already holds a log or a truth.
    """
    log = Log.create(out / "log")
    if log.files() or log.truth_files():
        raise LogError(f"{out} already holds a log or truth", "Name another directory, or remove it first")
    with log.adding() as addition:
        for home in homes:
            addition.turns(pa.Table.from_pylist([turn.to_row() for turn, _ in home], Turn.arrow_schema()))
            addition.truth(pa.Table.from_pylist([truth.to_row() for _, truth in home], Truth.arrow_schema()))
        return addition.settle(log.path, log.days(), log.truth_path)
