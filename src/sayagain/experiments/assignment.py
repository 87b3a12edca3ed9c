"""Assignment of units to arms: a hash decides, so that every process draws the same, and draws need not be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate

from sayagain.schema.person import person_of

RETRY_WINDOW = 120.0
"""Seconds between the beginnings of two requests of one person up to which the later one may be a retry."""


def unit_of_person(user: str) -> str:
    """Return the unit that a person is, for experiments that draw people."""
    return _digest(person_of(user), 8)


def unit_of_request(user: str, began: datetime) -> str:
    """Return the unit of a request and its retries; ``began`` is the time of the first of them."""
    return _digest(f"{person_of(user)}\n{began.timestamp():.6f}", 8)


def draw(experiment: str, unit: str, shares: Mapping[str, float]) -> tuple[str, float]:
    """Return the arm that a unit is in, and the probability of that arm.

    Args:
        experiment: its identifier; draws of two experiments are independent.
        unit: what is drawn.
        shares: arm → its probability; they sum to 1.

    >>> draw("e1", "u1", {"none": 0.5, "all": 0.5})
    ('all', 0.5)
    """
    place = int(_digest(f"{experiment}\n{unit}", 8), 16) / 2**64
    arms = list(shares)
    ends = accumulate(shares.values())
    arm = next((arm for arm, end in zip(arms, ends, strict=True) if place < end), arms[-1])
    return arm, shares[arm]


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=size).hexdigest()
