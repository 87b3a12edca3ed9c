"""Understanding: a statement → the lesson it teaches, or none.

The tagger decides whether a statement teaches, and reads it. What templates read counts where the tagger finds that
nearly as probable: they keep to the form of what they know, and the tagger to what was said.
"""

from __future__ import annotations

from collections.abc import Collection

from sayagain.preferences.by_templates import MOST_TOKENS, by_templates
from sayagain.preferences.learned.reader import Reading, read
from sayagain.preferences.tokens import tokens
from sayagain.schema.preference import Lesson

TEACHES = 0.9
"""Probability of teaching from which a statement is learned."""
NEARLY = 3.0
"""How much less probable, in logarithms, the templates' record may be than the tagger's own."""


def understand(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what a statement teaches, or None where it teaches nothing.

    Args:
        text: in English, as it was said or recognised.
        names: names that the assistant knows, as ``known_names`` gives them.

    >>> lesson = understand("by my light I mean the desk lamp")
    >>> lesson.kind, lesson.subject, lesson.value
    ('alias', 'light', 'desk lamp')
    >>> understand("turn on the light") is None
    True
    """
    found = _read(text, names)
    if found is None or found.teaches <= TEACHES:
        return None
    other = by_templates(text, names)
    if found.lesson is None or (other is not None and other != found.lesson and found.behind(other) < NEARLY):
        return other
    return found.lesson


def by_tagger(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what the tagger alone reads in a statement."""
    found = _read(text, names)
    return None if found is None or found.teaches <= TEACHES else found.lesson


def _read(text: str, names: Collection[str]) -> Reading | None:
    return read(text, names) if 0 < len(tokens(text).split()) <= MOST_TOKENS else None
