"""Teach what ranks labels: simulated homes, whose truth is known; nothing of it is of any real log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from rapidfuzz.distance import Levenshtein

from sayagain.evaluation.labels.home_truth import goal_of_label, goal_of_truth
from sayagain.evaluation.readings.build import Part, logs
from sayagain.labels.candidates import LATER, LATER_AND_OWN, Candidate
from sayagain.labels.ranker import MODELS, described
from sayagain.labels.told import Told
from sayagain.learning.labelling import Labelling
from sayagain.log import truth as truth_table
from sayagain.log.store import Log
from sayagain.text.normalise import normalise

Floats = npt.NDArray[np.float32]

PARTS: Sequence[Part] = (
    ("full", 24, 13001, "default", False),
    ("harsh", 10, 13101, "harsh", False),
    ("poor", 10, 13201, "default", True),
)
"""Seeds that no evaluation uses."""

WEEKS = 3

ROUNDS = 150
PARAMETERS = {
    "max_depth": 5, "eta": 0.08, "subsample": 0.8, "colsample_bytree": 0.6, "min_child_weight": 10,
    "tree_method": "hist", "max_bin": 64, "seed": 1,
}  # fmt: skip
"""Customary values; a leaf holds ten candidates, as homes say the same things again and again."""

MOST_ERRORS = 1.5
"""Word error rate beyond which a text is as wrong as can be."""


@dataclass(frozen=True)
class Taught:
    """Candidates of some homes' turns, described, with what is true of them; one entry a candidate."""

    numbers: Floats
    right: npt.NDArray[np.bool_]
    """Whether it means what was meant."""
    errors: Floats
    """Word error rate of its text."""


def build(to: Path, stage: Callable[[str], None] = lambda name: None) -> int:
    """Simulate homes, fit the two models and write them into a folder; return how many candidates taught them."""
    taught = []
    for _, log in logs(PARTS, WEEKS, stage):
        taught += list(taught_by_truth(log))
    stage("fitting")
    numbers = np.concatenate([each.numbers for each in taught])
    right = np.concatenate([each.right for each in taught])
    errors = np.concatenate([each.errors for each in taught])
    to.mkdir(parents=True, exist_ok=True)
    aims = (("binary:logistic", right.astype(np.float32)), ("reg:squarederror", errors))
    for file, (objective, aim) in zip(MODELS, aims, strict=True):
        trees = xgb.train(PARAMETERS | {"objective": objective}, xgb.DMatrix(numbers, aim), ROUNDS)
        trees.save_model(to / file)
    return len(numbers)


def taught_by_truth(log: Path) -> Iterator[Taught]:
    """Yield the candidates of a simulated log, whole and with what is said later hidden."""
    truth = {row["turn"]: row for row in truth_table.read(log).to_pylist()}
    with TemporaryDirectory() as spill:
        labelling = Labelling(Log.open(log), Path(spill))
        for told in labelling.told():
            every = range(len(told.said))
            failed = [place for place in every if told.worked(place) < 0.5]
            after = {later for place in failed for later in range(place + 1, place + 1 + LATER)}
            for places, known, without in (
                (every, told.known(), ()),
                (failed, told.known(hidden=after), LATER_AND_OWN),
            ):
                found, numbers = described(told, known, places, without)
                yield labelled(told, places, found, numbers, truth)


def labelled(
    told: Told, places: Any, found: list[list[Candidate]], numbers: Floats, truth: dict[str, dict[str, Any]]
) -> Taught:
    """Return candidates with what is true of them."""
    right, errors = [], []
    for place, each in zip(places, found, strict=True):
        row = truth[told.said[place].turn]
        goal, said = goal_of_truth(row["meaning"]), normalise(row["said"]).split()
        for one in each:
            means = one.meant
            right.append(means is not None and goal_of_label(means.intent, means.slots, means.action) == goal)
            errors.append(min(MOST_ERRORS, Levenshtein.distance(said, one.form.split()) / max(1, len(said))))
    return Taught(numbers, np.array(right, dtype=bool), np.array(errors, dtype=np.float32))
