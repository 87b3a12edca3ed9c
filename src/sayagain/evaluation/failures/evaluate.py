"""Is the stage that failed told? On real sets whose outcome is known, by methods that learn from it, cross-fitted.

Baselines are a regression over words (TF-IDF) and boosted trees over numbers made by hand; ablations are ours without a
block of what it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from sayagain.evaluation.failures import dstc2, ha_eval, slurp
from sayagain.evaluation.failures.figures import rows
from sayagain.evaluation.failures.labelled import Labelled, ZeroShot, judge
from sayagain.evaluation.report import Row

Read = Callable[[Path, Path | None], list[Labelled]]
Measure = Callable[[Path, Path | None, int, ZeroShot | None], list[Row]]


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


FAILURE_SETS: Mapping[str, Measure] = {
    slurp.NAME: partial(measure, slurp.read),
    dstc2.NAME: partial(measure, dstc2.read),
    ha_eval.NAME: partial(measure, ha_eval.read),
}
"""The sets of ``evaluate failures``, by name."""
