"""The rewrite: source request → replacement, with its evidence."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Literal

from pydantic import Field

from sayagain.schema.record import Record


class Status(StrEnum):
    """The lifecycle of a rewrite: proposed → approved → shadow → live → full, or blocked by a person for good.

    What is in doubt is in canary; what is no longer proposed is retired; what lost, or people complained of, withdrawn.
    """

    PROPOSED = "proposed"
    APPROVED = "approved"
    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"
    FULL = "full"
    RETIRED = "retired"
    BLOCKED = "blocked"
    CONTESTED = "contested"
    WITHDRAWN = "withdrawn"


IN_USE = (Status.CONTESTED, Status.CANARY, Status.LIVE, Status.FULL)
"""Standings of pairs that are in use; how many of the uses are rewritten, each says (``experiments.stages``)."""

Mined = Literal["chain", "spans"]


class Rewrite(Record):
    """A proposal that a bundle carries: what to say instead, and why."""

    id: str
    """Stable name of the pair: a hash of source and target."""
    source: str
    """Normal form of the requests it applies to."""
    target: str
    """The text to work on instead, as people say it."""
    target_state: str
    """Normal form of the target."""
    scope: str = "everyone"
    path: list[str] = Field(default_factory=list)
    """The likeliest way people went from source to target (normal forms)."""
    people: int
    """Distinct people behind the weakest step of the path."""
    days: int = 0
    """Distinct days behind the weakest step; 0 in bundles of earlier releases."""
    visits: int
    """Organic turns that said the source."""
    target_visits: int
    """Turns that show how the target ends: organic ones, and those that the layer made of other requests."""
    own: float
    """Share of the source's turns that ended well (absorbed in success at once)."""
    success: float
    """Share of the target's turns that ended well."""
    score: float
    """N_ij r_j: probability that a person who starts at the source ends well with the target."""
    lift: float
    """``success`` − ``own``."""
    lift_low: float
    """Lower end of the 95 % interval of the lift."""
    lift_high: float
    """Upper end of the 95 % interval of the lift."""
    mined: Mined = "chain"
    """What found it: the Markov chain, or the ways that people say a request again, put together by meaning."""
    refused: str | None = None
    """The guard's reason, where it was not to be published."""
    reversible: bool = True
    """Whether a mistake costs nothing but to say it again; so it was taken to be in bundles of earlier releases."""
    held: str | None = None
    """Why it waits for a person to approve it, whatever the policy."""


def rewrite_id(source: str, target_state: str) -> str:
    """Return the stable name of a pair of normal forms.

    >>> rewrite_id("play pinc", "play pink")
    'e5433967'
    """
    return hashlib.blake2b(f"{source}\n{target_state}".encode(), digest_size=4).hexdigest()
