"""Evidence: named observations, each declared with the outcomes that it speaks for (docs/failures.md).

An observation is a function of a scene: a sentence where it holds, else None. It explains a reading and decides
nothing: the probabilities are the reader's. Those that there are stand in ``observations.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sayagain.failures.scenes import Scene
from sayagain.schema.reading import OUTCOMES

UNSUPPORTED = "unsupported"
"""Beside the outcomes: that no assistant here serves the request."""

Sees = Callable[[Scene], str | None]


@dataclass(frozen=True)
class Observation:
    """One kind of evidence."""

    name: str
    speaks_for: tuple[str, ...]
    """Outcomes of a turn: some of ``OUTCOMES``, or ``UNSUPPORTED``."""
    sees: Sees


@dataclass(frozen=True)
class Evidence:
    """What one observation says of one turn."""

    name: str
    speaks_for: tuple[str, ...]
    sentence: str


ALL_OBSERVATIONS: dict[str, Observation] = {}
"""Every observation by name, in the order of declaration."""


def observation(*speaks_for: str) -> Callable[[Sees], Sees]:
    """Declare an observation: the decorated function is one, under its own name.

    Raises:
        ValueError: there is no such outcome, or an observation of this name is there.
    """

    def register(sees: Sees) -> Sees:
        if unknown := [each for each in speaks_for if each not in (*OUTCOMES, UNSUPPORTED)]:
            raise ValueError(f"There is no outcome {unknown[0]}")
        if sees.__name__ in ALL_OBSERVATIONS:
            raise ValueError(f"There is an observation {sees.__name__} already")
        ALL_OBSERVATIONS[sees.__name__] = Observation(sees.__name__, speaks_for, sees)
        return sees

    return register
