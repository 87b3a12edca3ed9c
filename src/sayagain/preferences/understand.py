"""Understanding: a statement → the lesson it teaches, or none."""

from __future__ import annotations

from collections.abc import Collection

from sayagain.preferences.by_templates import by_templates
from sayagain.preferences.learned.reader import read
from sayagain.schema.preference import Lesson


def understand(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what a statement teaches, or None where it teaches nothing."""
    return by_templates(text, names)


def by_tagger(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what the tagger alone reads in a statement."""
    found = read(text, names)
    return found.lesson if found.teaches > 0.5 else None
