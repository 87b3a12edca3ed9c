"""Is the stage that failed told? On real sets whose outcome is known, by methods that learn from it, cross-fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from sayagain.evaluation.failures import slurp
from sayagain.evaluation.failures.figures import calls, rows
from sayagain.evaluation.failures.labelled import Floats, Ints, Labelled, cross_fitted, parts
from sayagain.evaluation.report import Row

Stage = Callable[[str], None]

def measure(labelled: Labelled, seed: int) -> list[Row]:
    everything = np.arange(len(labelled.truth))
    judged = cross_fitted(labelled, everything, seed)
    called = {name: _called(labelled, probabilities, everything, seed) for name, probabilities in judged.items()}
    roles = {name: (method.role, judged[name]) for name, method in labelled.methods.items()}
    return list(rows(labelled, roles, called, everything, seed))


def _called(labelled: Labelled, probabilities: Floats, among: Ints, seed: int) -> Ints:
    part = parts(labelled.groups[among], seed)
    found = np.zeros(len(among), dtype=np.intp)
    for each in np.unique(part):
        others = part != each
        found[~others] = calls(probabilities[others], labelled.truth[among][others], probabilities[~others])
    return found
