"""Talk about what a person means: what they teach, what they are asked, and what they answer.

The assistant knows what remembers it by a protocol alone (``layer.Teachable``), in this process or behind an address.
What it understands as a request is one: only other words are taken as a statement, or as the answer to a question.
"""

from __future__ import annotations

from datetime import timedelta

from sayagain.assistant.chain import Chain
from sayagain.assistant.layer import Teachable
from sayagain.assistant.stages import Heard, Situation
from sayagain.schema.preference import Taught
from sayagain.schema.question import Question
from sayagain.schema.turn import Turn

SESSION = timedelta(minutes=5)
"""Silence after which another session begins: "I meant …" and "did that work?" are about what was just said."""

MOST_TURNS = 10
"""Turns of a session that are kept: a question is about the last of them."""


BESIDE = frozenset({"correct", "yes", "no", "cancel", "thanks"})
"""Intents of words that are about what was said before: "I meant the other one", "no"."""


def is_request(chain: Chain, text: str, situation: Situation) -> bool:
    """Return whether the assistant would do something for these words alone."""
    done = chain.candidates([Heard(text, 0.0)], situation)[0].action
    parses = chain.understanding.understand(text)
    return done is not None and done.intent not in BESIDE and not (parses and parses[0].intent == "correct")


class Dialogue:
    """One person's talk with the assistant: their session, and the question that is open."""

    def __init__(self, teachable: Teachable) -> None:
        """Begin with nothing said."""
        self._teachable = teachable
        self._session: list[Turn] = []
        self.question: Question | None = None
        """What was asked and not answered yet."""

    def teach(self, said: Turn) -> Taught | None:
        """Take in a statement; None where the words were none."""
        taught = self._teachable.teach(said.user, said.text, self._last(said), device=said.device)
        return self._going_on(taught) if taught.understood else None

    def answer(self, said: Turn) -> Taught | None:
        """Take in the answer to the question that is open; None where there is none."""
        question, self.question = self.question, None
        if question is None:
            return None
        return self._going_on(self._teachable.answer(question, said))

    def ask(self, answered: Turn) -> Question | None:
        """Return what to ask after a request that was just answered; what was asked before it is no longer open."""
        self._session = [*(self._session if self._last(answered) else []), answered][-MOST_TURNS:]
        self.question = self._teachable.ask(self._session)
        return self.question

    def _going_on(self, taught: Taught) -> Taught:
        self.question = taught.question
        return taught

    def _last(self, said: Turn) -> Turn | None:
        """Return the request before, if it belongs to the same session."""
        last = self._session[-1] if self._session else None
        return last if last is not None and said.time - last.time <= SESSION else None
