"""A label: what a turn's request said and meant, how sure that is, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sayagain.labels.meant import Filled
from sayagain.labels.ranker import Pick
from sayagain.labels.told import Told
from sayagain.schema.meaning import Meaning


@dataclass(frozen=True)
class Label:
    """One label; its JSON form is a line of the native export."""

    turn: str
    heard: str
    """The request as the log has it."""
    transcript: str
    """What was probably said."""
    domain: str | None
    intent: str
    slots: tuple[Filled, ...]
    action: str | None
    """What serves the request, with targets as the catalogue has them; None where the log shows none."""
    confidence: float
    """Probability that intent, slots and values are what was meant."""
    transcript_errors: float
    """Word error rate that the transcript is expected to have."""
    source: str
    """Where the meaning comes from: one of ``candidates.SOURCES``."""
    transcript_source: str
    said_again_by: str | None
    """The later turn that the meaning is from, where it is."""
    failed: float
    """Probability that the turn did not do what was wanted."""

    @property
    def meaning(self) -> Meaning:
        """The meaning as other capabilities write it."""
        domain = f"{self.domain}." if self.domain else ""
        return Meaning(
            domain + self.intent, tuple(sorted((each.name.lower(), each.value.lower()) for each in self.slots))
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values; numbers to four digits after the point."""
        return {
            "turn": self.turn,
            "heard": self.heard,
            "transcript": self.transcript,
            "domain": self.domain,
            "intent": self.intent,
            "slots": [each._asdict() for each in self.slots],
            "action": self.action,
            "confidence": round(self.confidence, 4),
            "transcript_errors": round(self.transcript_errors, 4),
            "source": self.source,
            "transcript_source": self.transcript_source,
            "said_again_by": self.said_again_by,
            "failed": round(self.failed, 4),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Label:
        """Read back what ``to_json`` wrote.

        Raises:
            KeyError, TypeError: it is something else.
        """
        return cls(**{**record, "slots": tuple(Filled(**each) for each in record["slots"])})


def label(told: Told, place: int, pick: Pick, confidence: float) -> Label:
    """Return the label of a turn from what was picked."""
    means = pick.meant.meant
    assert means is not None  # a pick means something
    later = pick.meant.later
    return Label(
        turn=told.said[place].turn,
        heard=told.said[place].text,
        transcript=pick.said.text,
        domain=means.domain,
        intent=means.intent,
        slots=means.slots,
        action=means.action,
        confidence=confidence,
        transcript_errors=pick.errors,
        source=pick.meant.source,
        transcript_source=pick.said.source,
        said_again_by=None if later is None else told.said[later].turn,
        failed=1 - told.worked(place),
    )
