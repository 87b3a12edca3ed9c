"""The stages of a pair: how many of its uses are rewritten, and where what its trial showed takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sayagain.experiments.assignment import draw
from sayagain.experiments.trial import Trial
from sayagain.schema.rewrite import Rewrite, Status

STAGES = "stages"
"""The experiment that all pairs are drawn in: the retry of a request that was left alone is left alone, too, though it
be another pair."""

MADE, LEFT = "rewrite", "none"
"""Its arms."""

SHARES: Mapping[Status, float] = MappingProxyType(
    {Status.CONTESTED: 0.5, Status.CANARY: 0.5, Status.LIVE: 0.9, Status.FULL: 0.98}
)
"""Stage → share of the uses that are rewritten."""


DOUBTED = (Status.CONTESTED, Status.CANARY)


def is_made(unit: str, share: float) -> tuple[bool, float]:
    """Return whether a use is rewritten where a share of them is, and the probability of what was drawn."""
    arm, propensity = draw(STAGES, unit, {MADE: share, LEFT: round(1 - share, 6)})
    return arm == MADE, propensity


def first_stage(*, helps: bool | None, reversible: bool) -> Status:
    """Return the stage in which a pair begins.

    Args:
        helps: what the backtest of its policy showed; None where the log is too small for one, and the evidence of the
            pair itself must do.
        reversible: whether a mistake costs nothing but to say it again.
    """
    return Status.CANARY if helps is False or not reversible else Status.LIVE


def first_stages(*, household: bool, helps: bool | None) -> Callable[[Rewrite], Status]:
    """Return what tells in which stage a rewrite of a bundle begins; in a ``household`` nothing is drawn."""

    def first(rewrite: Rewrite) -> Status:
        return Status.LIVE if household else first_stage(helps=helps, reversible=rewrite.reversible)

    return first


def after_use(status: Status, trial: Trial) -> Status:
    """Return the stage of a pair once its trial has seen another use.

    What lost is withdrawn, each pair by itself: one that does no harm is so with a probability of 1/20 at the most.
    What was in doubt and won is live. (``full`` asks for more.)
    """
    if status in SHARES and trial.lost:
        return Status.WITHDRAWN
    return Status.LIVE if status in DOUBTED and trial.won else status
