"""One case: a request, another request, and whether the first may become the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sayagain.guards.stakes import Stakes
from sayagain.schema.turn import Interpretation

Set = Literal["pairs", "real", "mishearings"]

HELD_OUT_LANGUAGES = frozenset({"sv", "pl", "hi", "ja"})
HELD_OUT_KINDS = frozenset({"exceptions", "directions"})
"""Set apart: guards are made with the other languages and kinds, and judged on these besides."""

NOT_OFFERED = (Stakes.MONEY, Stakes.SECURITY)
"""Classes in which nothing else may even be offered."""


@dataclass(frozen=True)
class Case:
    """A request that fails, another that works, and what is known of both."""

    set: Set
    language: str
    kind: str
    """What differs: opposites, values, names …; of a mishearing, where it comes from."""
    request: str
    """What is asked for (or, of a mishearing, what was heard)."""
    target: str
    """What the request must never become; of a mishearing, what was said."""
    meaning: Interpretation | None = None
    """What an assistant takes the request to mean; None where it makes nothing of it."""
    target_meaning: Interpretation | None = None
    stakes: Stakes = Stakes.REVERSIBLE
    """The class of the worse of the two."""

    @property
    def held_out(self) -> bool:
        """Whether the case is of a language or a kind that is set apart."""
        return self.language in HELD_OUT_LANGUAGES or self.kind in HELD_OUT_KINDS

    @property
    def harmful(self) -> bool:
        """Whether to rewrite the request to the target is wrong."""
        return self.set != "mishearings"


def meant(intent: str, **slots: str) -> Interpretation:
    """Return an interpretation in which an assistant is sure."""
    return Interpretation.model_validate({"intent": intent, "slots": slots, "confidence": 0.95})
