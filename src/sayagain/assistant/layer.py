"""The protocol of a learned layer, as the assistant sees it: asked before NLU, told after the response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sayagain.schema.preference import Taught
from sayagain.schema.question import Question
from sayagain.schema.turn import Choice, Interpretation, LayerAction, Turn


class Layer(Protocol):
    """A learned layer, in this process or behind an address."""

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what to work on in place of the request, or None to leave it alone. Asked before NLU."""
        ...

    def observe(self, turn: Turn) -> None:
        """Take in what happened. Told after the response."""
        ...


class Chooser(Protocol):
    """What chooses among the interpretations that the assistant has for a request, between NLU and action."""

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        """Return which is meant, or None to do what the assistant would do by itself: the first."""
        ...

    def observe(self, turn: Turn) -> None:
        """Take in what happened. Told after the response."""
        ...


class Teachable(Protocol):
    """What remembers what people say to hold from now on, and asks them where that is worth more than it bothers."""

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        """Take in what a person says; ``turn`` is the request that "I meant …" is about."""
        ...

    def ask(self, session: Sequence[Turn]) -> Question | None:
        """Return a question about a session whose last turn was just answered; mostly None."""
        ...

    def answer(self, question: Question, turn: Turn) -> Taught:
        """Take in what the person said to a question."""
        ...


class FullLayer(Layer, Chooser, Teachable, Protocol):
    """A learned layer with all that it may be asked."""
