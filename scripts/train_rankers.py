"""Makes the rankers that ship, from a log of simulated homes: ``python -m sayagain.ship LOG``.

The log comes from ``sayagain assistant simulate --homes 40 --weeks 8 --seed 31``; of its truth nothing is read.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from sayagain.learning import training_examples as rehearse
from sayagain.learning.pipeline import Reading, Settings, rehearsed
from sayagain.log.store import Log
from sayagain.retrieval.fit import fit
from sayagain.retrieval.rank import ALONE, SHARED


def ship(log: Path, to: Path) -> None:
    """Learn both rankers from ``log`` and write them into directories of ``to``."""
    with TemporaryDirectory() as spill:
        reading = Reading(Log.open(log), Path(spill), Settings(), print)
        scale = rehearse.scale(reading.turns)
        for name in (SHARED, ALONE):
            ranker = fit(rehearsed(reading, scale, alone=name == ALONE), scale)
            (to / name).mkdir(parents=True, exist_ok=True)
            replace(ranker, thresholds=replace(ranker.thresholds, cautious=True)).write(to / name)
            print(name, ranker.thresholds)


if __name__ == "__main__":
    with resources.as_file(resources.files("sayagain.retrieval").joinpath("model")) as place:
        ship(Path(sys.argv[1]), place)
