"""The data of choosing: a moment with its context, the candidates that it offers, and what turned out to be meant.

Nothing here names a device, a sensor or an intent: a context is names with values, and a candidate is described by
facets, from what exactly it does to its kind of device. What was never seen under one facet may be known under another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Value = str | float
"""What a context says of a name: a word, or a number (a sensor's)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the things that may be meant."""

    facets: Mapping[str, str]
    """What it is known by, each counted apart: for example ``{"action": "oven.temperature", "device": "oven"}``."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Numbers that speak of it at this moment, read as they are: its rank, how long ago it was last meant."""
    prior: float = 0.0
    """Log-odds, beside another's, that it is what is meant, before anything is learned."""

    def apart(self, own: tuple[str, str]) -> tuple[str, str]:
        """Return what tells it from what has the facet ``own``: its kind, or else what exactly it does."""
        kind = "kind", self.facets["kind"]
        return kind if kind != own else ("exact", self.facets["exact"])


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment at which one of several things may be meant."""

    context: Mapping[str, Value]
    """What is known of it. A name that is missing is not known."""
    candidates: Sequence[Candidate]
    people: Mapping[str, str] = field(default_factory=dict)
    """Who chooses, by level: for example ``{"household": "h1", "person": "h1/anna"}``."""


@dataclass(frozen=True, slots=True)
class Example:
    """A moment and what is known of what was meant."""

    moment: Moment
    possible: Sequence[int]
    """Places of the candidates that may be what was meant: one where it is known, all but one where only that one was
    refused, none where it was something else."""
    fold: str
    """What it is kept together with in cross-fitting: a household, a call, a day."""
    weight: float = 1.0
    """Moments that it stands for."""
    taught: bool = True
    """Whether the trees learn from it; what is not taught is only counted."""
    open: bool = False
    """Whether anything could have been meant, not the candidates alone."""

    @property
    def meant(self) -> Candidate | None:
        """Return what was meant; None where it is not known."""
        return self.moment.candidates[self.possible[0]] if len(self.possible) == 1 else None

    @property
    def judged(self) -> Sequence[Candidate]:
        """Return the candidates that it says something of: all where what was meant is known, else the refused."""
        if len(self.possible) == 1:
            return self.moment.candidates
        return [each for place, each in enumerate(self.moment.candidates) if place not in self.possible]
