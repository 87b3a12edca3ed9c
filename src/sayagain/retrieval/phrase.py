"""A phrase: one request of one person, in whatever spelling, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from sayagain.text.spelling import spelling_of

MOST_SPELLINGS = 8
"""Spellings kept of a phrase; beyond them the one longest unsaid is forgotten."""


@dataclass
class Spelling:
    """One spelling of a request, and how often the assistant itself said that it served it, or that it did not."""

    text: str
    """As it was last heard."""
    served: int = 0
    refused: int = 0

    @property
    def works(self) -> bool:
        """Return whether it was mostly served."""
        return self.served > self.refused

    @property
    def fails(self) -> bool:
        """Return whether it was refused, and never served."""
        return self.refused > 0 and not self.served


@dataclass
class Phrase:
    """One request of one person, by its normal form."""

    text: str
    """As it was last heard."""
    meaning: str | None = None
    """What it was last understood as."""
    good: float = 0.0
    """Expected number of times that it went well; turns that the layer rewrote are not counted."""
    bad: float = 0.0
    lost: int = 0
    """How often the assistant understood nothing in it."""
    again: int = 0
    """How often it was said again within minutes though it had gone well: "next" is, by nature."""
    spellings: dict[str, Spelling] = field(default_factory=dict)
    """By ``text.spelling.spelling_of``, the last said last."""

    @property
    def success(self) -> float:
        """Share that went well, with one failure and one success besides."""
        return (self.good + 1) / (self.good + self.bad + 2)

    def spelled(self, text: str, *, served: bool) -> None:
        """Take in whether the assistant served the request as it was spelled."""
        spelling = spelling_of(text)
        kept = dict(self.spellings)
        known = kept.pop(spelling, Spelling(text))
        kept[spelling] = Spelling(text, known.served + served, known.refused + (not served))
        if len(kept) > MOST_SPELLINGS:
            del kept[next(iter(kept))]
        self.spellings = kept

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them shared with this; ``dataclasses.asdict`` takes ten times as long."""
        return {**vars(self), "spellings": {spelling: {**vars(one)} for spelling, one in self.spellings.items()}}

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> Self:
        """Return what :meth:`to_json` gave; an earlier release kept no spellings."""
        spellings = {spelling: Spelling(**one) for spelling, one in plain.get("spellings", {}).items()}
        return cls(**{**plain, "spellings": spellings})
