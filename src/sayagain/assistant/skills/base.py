"""The type of a skill, and the outcomes that all skills return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.reply import say

if TYPE_CHECKING:
    from sayagain.assistant.world import World

Skill = Callable[["World", Action, str], Outcome]


def done(what: str) -> Outcome:
    """Return the outcome of something done."""
    return Outcome("ok", say("done", what=what))


def answer(what: str) -> Outcome:
    """Return the outcome of a question answered."""
    return Outcome("ok", say("answer", what=what))


def failed(kind: str, **values: str) -> Outcome:
    """Return the outcome of something that could not be done."""
    return Outcome("error", say(kind, **values))
