"""Simulated units of an experiment: people who differ, good and bad days, busy and quiet hours, and a known effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

PEOPLE = 150
DAYS = 28
HOURS = 24 * DAYS
"""Looks: at every hour of four weeks."""
WAKING = np.array([1, 1, 1, 1, 1, 2, 6, 10, 9, 7, 6, 6, 8, 7, 6, 6, 8, 11, 13, 14, 13, 10, 6, 3])
"""How busy the hours of a day are."""
USUAL_LOGIT = -1.9
"""Of the failure rate of the median person: one request in eight."""
RARE_LOGIT = -3.3
"""The same where failures are rare: one request in thirty."""
PEOPLE_DIFFER = 0.7
"""Standard deviation of people's logits: the middle two thirds fail from 1 in 14 to 1 in 4 times."""
DAYS_DIFFER = 0.7
"""Standard deviation of the logits of one person's days: what one person asks on one day fails together."""
EVENING = 0.5
"""How much the logit is higher in the evening, when it is loud."""
ACTIVITY = 1.0
"""Standard deviation of the logarithm of how much people talk: a tenth of them say four requests in ten."""
SCORE_PRECISION = 4.0
"""Of a beta distribution around the failure rate: how P(defect) scatters."""


@dataclass(frozen=True)
class Observed:
    """What an experiment knows of several runs with two arms."""

    outcomes: Floats
    """Shape (runs, units), in order of time; in [0, 1]."""
    in_arm: npt.NDArray[np.bool_]
    """Shape (runs, units): whether a unit is in the arm, not in the control arm."""
    share: float
    """Of the arm."""
    ends: Counts
    """Shape (runs, HOURS): units that were drawn before each hour ended."""
    planned: int
    """Units after which a decision is planned."""

    @property
    def weights(self) -> Floats:
        """The inverse propensities, negative in the control arm: shape (runs, units)."""
        return np.where(self.in_arm, 1 / self.share, -1 / (1 - self.share))


@dataclass(frozen=True)
class Traffic:
    """Runs with their truth, which no method receives."""

    observed: Observed
    effects: Floats
    """Shape (runs, units): how much likelier each unit fails in the arm."""


@dataclass(frozen=True)
class Case:
    """What happens in an experiment."""

    share: float = 0.5
    """Of the arm."""
    effect: float = 0.0
    """How much likelier requests fail in the arm."""
    kind: Literal["failure", "score"] = "failure"
    """``failure``: outcomes are 0 or 1; ``score``: something between, as P(defect) is."""
    fades: bool = False
    """Whether the effect begins twice as large and is gone at the end, as that of what is new."""
    logit: float = USUAL_LOGIT
    """Of the failure rate of the median person."""


def traffic(draw: np.random.Generator, case: Case, runs: int, units: int, planned: int) -> Traffic:
    """Simulate runs of an experiment whose units are requests.

    Args:
        draw: what is random.
        case: what happens in it.
        runs: how many.
        units: requests of a run.
        planned: requests after which a decision is planned.
    """
    hour, rate = (np.stack(each) for each in zip(*(_run(draw, units, case.logit) for _ in range(runs)), strict=True))
    effects = case.effect * (2 * (1 - hour / HOURS) if case.fades else np.ones_like(rate))
    in_arm = draw.random(rate.shape) < case.share
    rate = np.minimum(rate, 1 - 2 * case.effect) + effects * in_arm
    if case.kind == "score":
        outcomes = draw.beta(SCORE_PRECISION * rate, SCORE_PRECISION * (1 - rate))
    else:
        outcomes = (draw.random(rate.shape) < rate).astype(np.float64)
    ends = np.stack([np.searchsorted(each, np.arange(1, HOURS + 1)) for each in hour])
    return Traffic(Observed(outcomes, in_arm, case.share, ends, planned), effects)


def _run(draw: np.random.Generator, units: int, logit: float) -> tuple[Counts, Floats]:
    """Return the hour and the failure rate, without the arm's effect, of each request of one run."""
    busy = np.tile(WAKING, DAYS)
    hour = np.sort(draw.choice(HOURS, size=units, p=busy / busy.sum()))
    talks = np.exp(ACTIVITY * draw.standard_normal(PEOPLE))
    person = draw.choice(PEOPLE, size=units, p=talks / talks.sum())
    people = logit + PEOPLE_DIFFER * draw.standard_normal(PEOPLE)
    days = DAYS_DIFFER * draw.standard_normal((PEOPLE, DAYS))
    evening = EVENING * (hour % 24 >= 18)
    return hour, np.asarray(expit(people[person] + days[person, hour // 24] + evening))
