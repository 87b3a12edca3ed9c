"""Is the stage that failed told? On real sets whose outcome is known, by methods that learn from it, cross-fitted.

Baselines are a regression over words (TF-IDF) and boosted trees over numbers made by hand; ablations are ours without a
block of what it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from sayagain.assistant.recordings import Recogniser
from sayagain.evaluation.failures import dstc2, ha_eval, homes, slurp
from sayagain.evaluation.failures.figures import rows
from sayagain.evaluation.failures.labelled import Floats, Labelled, ZeroShot, judge
from sayagain.evaluation.report import Row
from sayagain.labels.reader import read_turns
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES

Read = Callable[[Path, Path | None], list[Labelled]]
Measure = Callable[[Path, Path | None, int, ZeroShot | None], list[Row]]
Simulated = Callable[[int], list[Row]]


def measure(read: Read, data: Path, train: Path | None, seed: int, zero_shot: ZeroShot | None) -> list[Row]:
    """Return the figures of one labelled file.

    Args:
        read: reads the file, and one that is only learned from, as labelled sets.
        data: the file.
        train: a file of the same format that is learned from instead of the other parts of ``data``.
        seed: of splits, models and the bootstrap.
        zero_shot: a reader that has learned from none of it, to be reported beside.

    Raises:
        FormatError: a file is missing or not one of the set.
    """
    found: list[Row] = []
    for labelled in read(data, train):
        judged = judge(labelled, seed)
        read_elsewhere = labelled.log.judged(zero_shot, labelled.outcomes) if zero_shot else None
        found.extend(rows(labelled, judged, read_elsewhere, seed))
    return found


FAILURE_SETS: dict[str, Measure] = {
    slurp.NAME: partial(measure, slurp.read),
    dstc2.NAME: partial(measure, dstc2.read),
    ha_eval.NAME: partial(measure, ha_eval.read),
}
"""The sets of ``evaluate failures`` that are files, by name."""


def in_homes(recogniser: Recogniser, seed: int) -> list[Row]:
    """Return the figures on simulated homes, as one recogniser heard them."""
    labelled = homes.read(seed, recogniser)
    return list(rows(labelled, judge(labelled, seed), None, seed))


SIMULATED_SETS: dict[str, Simulated] = {
    "homes": partial(in_homes, "moonshine"),
    "homes_whisper": partial(in_homes, "whisper"),
}
"""Those that are simulated."""


def reader_that_ships(turns: Sequence[Turn]) -> Floats:
    """Return what the reader that ships, which learned from simulated homes alone, makes of turns."""
    table = read_turns(turns)
    return np.stack([table[f"p_{outcome}"].to_numpy() for outcome in OUTCOMES], axis=1).astype(np.float64)
