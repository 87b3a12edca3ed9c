"""Annoyance: what a question costs a person, learned from how they took the ones before; and when none is asked.

A question is asked where P(defect) × gain is more than the share of questions that this person ignores. It starts at a
half, as if one had been answered and one ignored, so that nobody is asked about what hardly matters on the first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Outcome = Literal["open", "answered", "ignored", "stop"]

MOST_A_DAY = 2
MOST_A_SESSION = 1
QUIET = (22, 7)
"""Hours of the night in which nobody is asked anything."""
BACK_OFF = timedelta(days=7)
"""How long nobody is asked after they ignored two questions in a row; twice as long after each further one."""
PATIENCE = 2
"""Questions in a row that a person may ignore before the layer backs off."""


@dataclass(frozen=True)
class Asked:
    """A question that was asked before."""

    time: datetime
    session: str
    outcome: Outcome


def cost(before: Sequence[Asked]) -> float:
    """Return the share of questions that a person is expected to ignore, between 0 and 1."""
    ignored = sum(each.outcome == "ignored" for each in before)
    answered = sum(each.outcome == "answered" for each in before)
    return (ignored + 1) / (ignored + answered + 2)


def may_ask(before: Sequence[Asked], session: str, time: datetime, hour: int) -> bool:
    """Return whether a person may be asked anything now.

    Args:
        before: what they were asked, the oldest first.
        session: the session that goes on.
        time: now.
        hour: of the day, where the person is.
    """
    if any(each.outcome == "stop" for each in before) or hour >= QUIET[0] or hour < QUIET[1]:
        return False
    if sum(each.session == session for each in before) >= MOST_A_SESSION:
        return False
    if sum(time - each.time < timedelta(days=1) for each in before) >= MOST_A_DAY:
        return False
    row = ignored_in_a_row(before)
    return row < PATIENCE or time - before[-1].time >= BACK_OFF * 2 ** (row - PATIENCE)


def ignored_in_a_row(before: Sequence[Asked]) -> int:
    """Return how many of the last questions were ignored, one after the other."""
    row = 0
    for each in reversed(before):
        if each.outcome not in ("ignored", "open"):
            break
        row += 1
    return row
