"""When to ask: the layer's own way, and simpler ones. All take what is taught, and answers, as the layer does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from sayagain.online.layer import Layer
from sayagain.preferences.said_back import NOT_ASKED
from sayagain.schema.preference import Taught
from sayagain.schema.question import Question
from sayagain.schema.turn import Turn

LEAST_SURE = 0.8
"""Confidence of the assistant's own understanding below which the threshold asks."""

When = Callable[[Sequence[Turn]], bool]
"""Whether to ask about the last turn of a session."""


def after_every_failure(session: Sequence[Turn]) -> bool:
    """Ask whenever the assistant itself says that it failed."""
    return session[-1].outcome == "error"


def after_two_failures(session: Sequence[Turn]) -> bool:
    """Ask when it failed twice in a row."""
    return len(session) > 1 and all(each.outcome == "error" for each in session[-2:])


def below_confidence(session: Sequence[Turn]) -> bool:
    """Ask whenever nothing was understood, or not surely enough."""
    understood = session[-1].interpretation
    return understood is None or (understood.confidence or 0.0) < LEAST_SURE


def never(session: Sequence[Turn]) -> bool:
    """Do not ask: people may teach by themselves."""
    return False


@dataclass(frozen=True)
class Asker:
    """A layer that asks by a simple rule. Who wants no more questions is asked none; that is all its tact."""

    layer: Layer
    when: When
    silent: set[str] = field(default_factory=set)

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        """Take in what a person says."""
        return self.layer.teach(user, text, turn, device=device)

    def ask(self, session: Sequence[Turn]) -> Question | None:
        """Ask what was meant, where the rule says so."""
        last = session[-1]
        if last.user in self.silent or not self.when(session):
            return None
        return Question(id=uuid4().hex, user=last.user, kind="teach_me", say="What did you mean?", about=last)

    def answer(self, question: Question, turn: Turn) -> Taught:
        """Take in an answer."""
        taught = self.layer.answer(question, turn)
        if taught.say == NOT_ASKED:
            self.silent.add(turn.user)
        return taught


ASKERS: dict[str, When] = {
    "ask_every_failure": after_every_failure,
    "ask_after_two": after_two_failures,
    "ask_below_confidence": below_confidence,
    "ask_never": never,
}
"""The baselines by name."""
