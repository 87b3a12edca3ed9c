"""Put simulated days on disk: the log as a deployment would have it, the sound it kept, and the truth, each apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import LogError
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.truth import Truth

SOUND_FILE = "sound.parquet"
"""How the audio that the log refers to sounds: the key ``audio``, and features in place of the sound itself."""


def write(
    homes: Iterable[list[tuple[Turn, Truth]]],
    out: Path,
    features: Callable[[Mapping[str, int]], pa.Table | None] = lambda _clips: None,
) -> int:
    """Write the homes to ``out/log``, ``out/sound.parquet`` and ``out/truth``; return the number of turns.

    Args:
        homes: turns with their truth.
        out: a new or empty directory.
        features: for references to audio with the clips behind them, how these sound.

    Raises:
        LogError: ``out`` already holds a log or a truth.
    """
    log = Log.create(out / "log")
    if log.files() or log.truth_files():
        raise LogError(f"{out} already holds a log or truth", "Name another directory, or remove it first")
    clips: dict[str, int] = {}
    with log.adding() as addition:
        for home in homes:
            addition.turns(pa.Table.from_pylist([turn.to_row() for turn, _ in home], Turn.arrow_schema()))
            addition.truth(pa.Table.from_pylist([truth.to_row() for _, truth in home], Truth.arrow_schema()))
            clips |= {turn.audio: truth.clip for turn, truth in home if turn.audio and truth.clip is not None}
        if (sound := features(clips)) is not None:
            pq.write_table(sound, out / SOUND_FILE, compression="zstd")
        return addition.settle(log.path, log.days(), log.truth_path)


def opened(directory: Path) -> Log:
    """Open the log of a simulation.

    Raises:
        LogError: there is none in ``directory``.
    """
    if not (directory / "log").is_dir():
        raise LogError(f"{directory} holds no simulation", "Make one: sayagain assistant simulate --out DIR")
    return Log.open(directory / "log")
