"""The protocol of a method: it reads excerpts and scores how likely each following turn says the request again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sayagain.evaluation.defects.discrimination import Floats
from sayagain.rephrases.excerpt import Excerpt, Marked


@dataclass(frozen=True)
class Reading:
    """A method's reading of one excerpt; one entry for each following turn inside the window (``within``)."""

    scores: Floats
    """Shape (turns - 1,); the higher, the likelier that the turn says the first request again."""
    spans: list[tuple[int, int]]
    """Characters of each turn's text, start and end (exclusive), that say it."""
    kind: Floats | None = None
    """Shape (turns - 1,); the higher, the likelier that it was said again because it had been misheard
    (``asr_correction``). None where the method tells no kinds."""


class Method(Protocol):
    """Reads excerpts without their answers."""

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        ...


Learner = Callable[[Sequence[Marked], Sequence[Marked]], Method]
"""Makes a method of a set's training and validation excerpts; either may be empty."""
