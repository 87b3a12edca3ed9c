"""The experiment: which arms share the requests, what is drawn, and by what the arms are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Unit = Literal["request", "user"]
"""What is drawn: a request with its retries, or a person."""

Metric = Literal["defect", "said_again", "helpful"]
"""What is measured of a unit: P(defect) by the log's own judge, whether it was said again within two minutes, and
whether the person said that it was helpful."""

LOWER_IS_BETTER: Mapping[Metric, bool] = {"defect": True, "said_again": True, "helpful": False}
"""All metrics, and whether a lower value is the better one."""

MOST_ARMS = 8
"""Arms of an experiment: each is a snapshot in memory, and all share the requests."""

MOST_ARM, MOST_NAME = 200, 80
"""Characters of an arm, and of a name."""

SHARES_TOLERANCE = 1e-6
"""How far from 1 shares may sum up: three thirds, written with six digits, are as good as 1."""


class Design(BaseModel):
    """What somebody decides before an experiment starts; nothing of it changes while it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=MOST_NAME)
    arms: dict[Annotated[str, Field(max_length=MOST_ARM)], float] = Field(min_length=2, max_length=MOST_ARMS)
    """Arm (``none``, ``current``, ``policy:…``, ``bundle:…``) → its share of the units that take part; the sum is 1."""
    control: str
    """The arm that the others are compared with."""
    unit: Unit = "request"
    traffic: float = Field(1.0, gt=0, le=1)
    """Share of all units that take part."""
    metric: Metric = "defect"
    """What decides."""
    guards: list[Metric] = Field(default_factory=list)
    """Metrics by which no arm may be worse than the control."""
    horizon: int | None = Field(None, gt=0)
    """Units after which a decision is planned; None for the usual number (``experiments.analysis.HORIZON``). What is
    found holds at any number, and is told apart best at this one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(not share > 0 for share in self.arms.values()):
            raise ValueError("each arm has a share above 0")
        if not math.isclose(sum(self.arms.values()), 1.0, abs_tol=SHARES_TOLERANCE):
            raise ValueError("the shares of the arms sum to 1")
        if self.control not in self.arms:
            raise ValueError("the control is one of the arms")
        if self.metric in self.guards or len(set(self.guards)) < len(self.guards):
            raise ValueError("each metric is there once, as the one that decides or as a guard")
        return self

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Return all that is measured: the metric that decides, then the guards."""
        return self.metric, *self.guards


class Experiment(Design):
    """An experiment that was started."""

    id: str
    """Short, from its name; never given to another experiment, for the draws hang on it."""
    started: datetime
    started_by: str
    stopped: datetime | None = None
    stopped_by: str | None = None

    @property
    def running(self) -> bool:
        """Whether it was not stopped."""
        return self.stopped is None
