"""The words of the twenty kinds, and how the assistant takes them by itself."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import cast

from sayagain.assistant.catalogues import lines
from sayagain.assistant.corpus import GoalKey, Style, Utterance, active_texts, goal_key, grouped
from sayagain.text.normalise import normalise

ITEMS = ("batteries", "tickets", "chargers")
"""What is put down on lists: things that may belong on any of them."""

NOT_UNDERSTOOD: frozenset[Style] = frozenset({"other_words"})
"""Styles of words of which the assistant makes nothing by itself."""


@cache
def utterances() -> tuple[Utterance, ...]:
    """Return all that is said, in the order of the file."""
    found: list[Utterance] = []
    for line in lines("contexts2.txt"):
        kind, style, text = line.split(" / ")
        for item in ITEMS if "{item}" in text else ("",):
            goal = goal_key(kind, item=item) if item else GoalKey(kind)
            found.append(Utterance(text.format(item=item), goal, cast(Style, style), True))
    return tuple(found)


FIRST_CLIP = 100_000
"""Number of the first clip that was recorded of them: those of the first preset have lower ones."""
RECORDED = (0, 2)
"""Takes of the plan of recordings that are made of them: one in quiet, one in noise."""


@cache
def own_texts() -> tuple[str, ...]:
    """Return the texts that are to be recorded beside those of the first preset."""
    known = set(active_texts())
    return tuple(dict.fromkeys(each.text for each in utterances() if each.text not in known))


@cache
def by_goal() -> dict[GoalKey, tuple[Utterance, ...]]:
    """Return the phrasings of every goal, the commonest first."""
    return grouped(utterances())


def goals(kind: str) -> tuple[GoalKey, ...]:
    """Return the goals of a kind: one, or one for each item."""
    return tuple(goal for goal in by_goal() if goal.kind == kind)


@cache
def _by_form() -> dict[str, Utterance]:
    return {normalise(each.text): each for each in utterances()}


@lru_cache(maxsize=1 << 16)  # the same clips are heard again and again
def said(text: str) -> Utterance | None:
    """Return which of the twenty kinds' words a text is, however it is spelt; None for others."""
    return _by_form().get(normalise(text))
