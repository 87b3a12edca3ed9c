"""Trains the rankers that ship, from a log of simulated homes: ``python scripts/train_rankers.py LOG``.

The log comes from ``sayagain assistant simulate --homes 40 --weeks 8 --seed 31``; of its truth nothing is read.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from sayagain.learning.global_tables import scale_of
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.learning.training_examples import examples_from_log
from sayagain.log.store import Log
from sayagain.retrieval.fit import fit
from sayagain.retrieval.rank import HOUSEHOLD_RANKER, SHARED_RANKER


def ship(log: Path, to: Path) -> None:
    """Learn both rankers from ``log`` and write them into directories of ``to``."""
    with TemporaryDirectory() as spill:
        log_tables = LogTables(Log.open(log), Path(spill), Settings(), print)
        scale = scale_of(log_tables.turns, log_tables.settings.min_people)
        for name in (SHARED_RANKER, HOUSEHOLD_RANKER):
            ranker = fit(examples_from_log(log_tables, scale, alone=name == HOUSEHOLD_RANKER), scale)
            (to / name).mkdir(parents=True, exist_ok=True)
            replace(ranker, thresholds=replace(ranker.thresholds, cautious=True)).write(to / name)
            print(name, ranker.thresholds)


if __name__ == "__main__":
    with resources.as_file(resources.files("sayagain.retrieval").joinpath("model")) as place:
        ship(Path(sys.argv[1]), place)
