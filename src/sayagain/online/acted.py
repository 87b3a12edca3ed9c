"""Record of a turn that the layer rewrote or asked about, kept while anybody may still say something about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sayagain.schema.meaning import meaning_text
from sayagain.schema.turn import REPORTED, Turn
from sayagain.text.normalise import form_of
from sayagain.text.spelling import spelling_of

MOST_ACTED = 64
"""Turns kept of one person: feedback comes within minutes, mostly."""

SAME_MOMENT = 1.0
"""Seconds between what an assistant says of the time of a request before and after it was answered."""

SHORT_LIVED = frozenset(["taught", "response"])
"""What matters for two minutes, and is not written."""


@dataclass
class Acted:
    """A turn whose request the layer rewrote, or asked about."""

    turn: str
    time: datetime
    session: str | None
    heard: list[str]
    """The request by its ``key``: its text, and the recogniser's first hypothesis where that is another."""
    target: str
    """The same of what was made of it, or asked about."""
    text: str
    """The same as it is written."""
    rewritten: bool
    """Whether it was rewritten; else it was only asked about."""
    meaning: str | None = None
    """What it was understood as, where it was rewritten."""
    intent: str | None = None
    fine: bool = True
    """Whether the assistant itself believes that it served it, as far as it says."""
    next: datetime | None = None
    """When the person's next request began, once there is one: only that one can be an answer to this."""
    over: bool = False
    """Whether the person took it back or answered, so that nothing more is to be learned of it."""
    repeated: bool = False
    """Whether all that speaks against it is that the request was said again: the person may still show otherwise."""
    respelled: bool = False
    """Whether only the spelling was changed."""
    response: str = ""
    """What the assistant answered."""
    taught: bool = False
    """Whether the person said themselves that it means this: who then says it again does not take that back."""

    @classmethod
    def of(cls, turn: Turn) -> Self | None:
        """Read a turn; None where the layer left it alone."""
        text = turn.layer and (turn.layer.rewrite or turn.layer.offer)
        if turn.layer is None or not text:
            return None
        rewritten = bool(turn.layer.rewrite)
        respelled = form_of(text) == form_of(turn.text)
        key = spelling_of if respelled else form_of
        return cls(
            turn.turn,
            turn.time,
            turn.session,
            heard_as(turn, key),
            key(text),
            text,
            rewritten,
            meaning_text(turn.interpretation) if rewritten else None,
            turn.interpretation.intent if turn.interpretation else None,
            turn.status not in REPORTED and turn.status != "cancelled",
            respelled=respelled,
            response=turn.response or "",
            taught=turn.layer.source == "taught",
        )

    @property
    def key(self) -> Callable[[str], str]:
        """Return what requests are compared by: their normal forms; where only the spelling was changed, that."""
        return spelling_of if self.respelled else form_of

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them shared with this."""
        then = self.next and self.next.isoformat()
        kept = {name: value for name, value in self.__dict__.items() if name not in SHORT_LIVED}
        return {**kept, "time": self.time.isoformat(), "next": then, "heard": list(self.heard)}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` gave."""
        then = plain["next"] and datetime.fromisoformat(plain["next"])
        return cls(**{**plain, "time": datetime.fromisoformat(plain["time"]), "next": then})

    def awaits(self, after: Turn) -> bool:
        """Return whether a request can be an answer to this: it is the next one, asked about or observed."""
        if self.over or after.turn == self.turn:
            return False
        self.next = self.next or after.time
        return (after.time - self.next).total_seconds() <= SAME_MOMENT


def heard_as(turn: Turn, key: Callable[[str], str] = form_of) -> list[str]:
    """Return what a turn was heard as, its text and the first hypothesis, by their normal forms or another ``key``."""
    first = [turn.asr[0].text] if turn.asr else []
    return [each for each in dict.fromkeys(map(key, [turn.text, *first])) if each]
