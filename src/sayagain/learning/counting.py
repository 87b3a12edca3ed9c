"""The counts of a log: requests, outcomes, transitions and reformulations, small beside the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sayagain.bundle.manifest import LearnedFrom
from sayagain.log.requests import Requests


@dataclass(frozen=True)
class Counts:
    """The counts that rewrites are mined from; each table is the stage of its name (``learning.stages``)."""

    requests: pa.Table
    public: pa.Table
    outcomes: pa.Table
    transitions: pa.Table
    ways: pa.Table
    meanings: pa.Table
    signals: dict[str, Any]
    learned_from: LearnedFrom


def meanings_of(requests: Requests) -> pa.Table:
    """Return (target, meaning): the number of the meaning of each request."""
    numbers = requests.meanings
    return pa.table({"target": np.arange(len(numbers), dtype=np.int32), "meaning": numbers})
