"""Examples: labelled statements as the tagger learns from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sayagain.preferences.domains import NOUNS
from sayagain.preferences.learned.align import marks_of
from sayagain.preferences.learned.augment import Example
from sayagain.preferences.learned.scheme import NOTHING, OF_CLASSES, UNKNOWN, WORDS, Marks
from sayagain.preferences.learned.words import named, words_of
from sayagain.preferences.tokens import known_names
from sayagain.schema.preference import Lesson

LEAST_OF_CLASS = 2
"""Statements that must have a subject before it is a class; one that is a class need not be said."""


class Statement(NamedTuple):
    """A statement with what it teaches, and the names that the assistant knows."""

    text: str
    lesson: Lesson | None
    names: Sequence[str] = ()


def classes_of(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the subjects that are classes: those of tastes and defaults that several statements have."""
    lessons = [each.lesson for each in statements if each.lesson is not None]
    counts = Counter(each.subject for each in lessons if each.kind in OF_CLASSES)
    often = {subject for subject, count in counts.items() if count >= LEAST_OF_CLASS}
    return (WORDS, *sorted(often | set(NOUNS) | {""}))


def example_of(statement: Statement, classes: frozenset[str]) -> Example:
    """Return a statement as the tagger learns from it."""
    words = words_of(statement.text)
    marks = marks_of(words, statement.lesson, classes)
    if statement.lesson is None:
        marks = Marks(NOTHING, tags=[UNKNOWN] * len(words))
    return Example(tuple(words), tuple(named(words, known_names(statement.names))), marks)
