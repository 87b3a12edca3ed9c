"""The arms of an experiment as text, and which one a unit is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sayagain.errors import ExperimentError
from sayagain.experiments.assignment import draw, unit_of_person, unit_of_request
from sayagain.schema.experiment import Experiment
from sayagain.schema.turn import Assignment

Kind = Literal["none", "current", "policy", "bundle"]

KINDS = "none (the layer leaves alone), current (as it serves now), policy:POLICY, bundle:VERSION"
"""What an arm may be, in words."""

_APART = ""
"""What the units are drawn into that take no part."""


@dataclass(frozen=True)
class Arm:
    """What serves the units of an arm."""

    kind: Kind
    name: str = ""
    """Of a policy its text, of a bundle its version; empty otherwise."""

    @classmethod
    def of(cls, text: str) -> Arm:
        """Read an arm as it is written: ``none``, ``current``, ``policy:table, ranker from 0.4``, ``bundle:000003``.

        Raises:
            ExperimentError: it is none.
        """
        kind, colon, name = text.partition(":")
        found = next((each for each in get_args(Kind) if each == kind.strip()), None)
        if found is None or bool(colon) != (found in ("policy", "bundle")):
            raise ExperimentError("There is no such arm", f"Arms: {KINDS}")
        return cls(found, name.strip())

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


def assigned(experiment: Experiment, user: str, began: datetime) -> Assignment | None:
    """Return the arm that a request is in; None where its unit takes no part.

    Args:
        experiment: the one that runs.
        user: who asks.
        began: when the first request of the unit began: this one, or the one that it retries.
    """
    return drawn(experiment, unit_of_person(user) if experiment.unit == "user" else unit_of_request(user, began))


def drawn(experiment: Experiment, unit: str) -> Assignment | None:
    """Return the arm that a unit is in; the propensity is that of the arm among units that take part."""
    shares = {arm: share * experiment.traffic for arm, share in experiment.arms.items()}
    arm, _ = draw(experiment.id, unit, shares if experiment.traffic == 1 else shares | {_APART: 1 - experiment.traffic})
    if arm == _APART:
        return None
    return Assignment(experiment=experiment.id, arm=arm, unit=unit, propensity=experiment.arms[arm])
