"""Failure points: of single turns the stage that failed first, with probabilities and the evidence in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sayagain.failures.evidence import UNSUPPORTED, Evidence
from sayagain.failures.observations import observed
from sayagain.failures.scenes import Scene, scenes
from sayagain.failures.turns import FAILED, likeliest
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.schema.reading import CORRECT, OUTCOMES
from sayagain.schema.turn import Turn

DIGITS = 4
"""Of probabilities, where they are written: those after are not the same on every machine."""


@dataclass(frozen=True)
class FailurePoint:
    """What became of one turn."""

    turn: Turn
    outcome: str
    """The stage that most probably failed first, where the turn failed by more than even chance; else ``unsupported``
    where no assistant here serves it, else ``correct``."""
    probabilities: dict[str, float]
    """Of each of ``OUTCOMES``, which sum to 1, and ``unsupported`` beside them."""
    evidence: list[Evidence]
    """What the log shows, first of all what speaks for the outcome."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values; of the turn its identifier and text."""
        return {
            "turn": self.turn.turn,
            "text": self.turn.text,
            "outcome": self.outcome,
            "probabilities": {name: round(value, DIGITS) for name, value in self.probabilities.items()},
            "evidence": [asdict(each) for each in self.evidence],
        }


def failed(readings: pa.Table) -> list[str]:
    """Return the turns that failed, by more than even chance."""
    turns: list[str] = readings.filter(pc.less(readings["p_correct"], 1 - FAILED))["turn"].to_pylist()
    return turns


def failure_points(log: Log, readings: pa.Table, turns: Collection[str]) -> Iterator[FailurePoint]:
    """Yield the failure points of some turns, person by person and in order of time.

    Raises:
        LogError: the log is empty.
    """
    with TemporaryDirectory() as spill:
        yield from map(failure_point, scenes(log.turns(connect(Path(spill))), readings, turns))


def failure_point(scene: Scene) -> FailurePoint:
    """Return what became of the turn of a scene."""
    reading = scene.reading
    probabilities = {name: float(reading[f"p_{name}"]) for name in (*OUTCOMES, UNSUPPORTED)}
    if 1 - probabilities[CORRECT] > FAILED:
        outcome = likeliest(reading)
    else:
        outcome = UNSUPPORTED if probabilities[UNSUPPORTED] > FAILED else CORRECT
    return FailurePoint(scene.turn, outcome, probabilities, observed(scene, outcome))
