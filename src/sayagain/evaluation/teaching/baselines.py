"""Baselines of understanding statements: key words, and the most similar statement that is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from sayagain.evaluation.teaching.statements import Labelled
from sayagain.schema.preference import Kind, Lesson
from sayagain.text.encoder import shipped as encoder

Reader = Callable[[Sequence[Labelled]], list[Lesson | None]]

KEY_WORDS: tuple[tuple[Kind, str], ...] = (
    ("alias", r"(?:by|when i say) (?P<subject>.+?),? i mean (?P<value>.+)"),
    ("alias", r"(?P<subject>.+?) means (?P<value>.+)"),
    ("default", r"call me (?P<value>.+)"),
    ("default", r"(?:always )?use (?P<value>.+) for (?P<subject>.+)"),
    ("default", r"my default (?P<subject>.+) is (?P<value>.+)"),
    ("like", r".*\bi (?:really )?(?:like|love|enjoy|prefer) (?P<value>.+)"),
    ("like", r".*\bi'm an? (?P<value>.+) fan"),
    ("dislike", r".*\bi (?:hate|dislike|don't like|can't stand) (?P<value>.+)"),
    ("rule", r"(?P<value>never \w+|always \w+) (?P<subject>.+)"),
)
"""What one would write in ten minutes."""
_DROPPED = re.compile(r"\b(?:a|an|the|my|our|your|please|really)\b|[^\w' ]")


def key_words(statements: Sequence[Labelled]) -> list[Lesson | None]:
    """Read each statement by the first of ``KEY_WORDS`` that fits it."""
    return [_by_key_words(each.text) for each in statements]


def _by_key_words(text: str) -> Lesson | None:
    said = re.sub(r"[.!]", "", text.lower()).strip()
    for kind, pattern in KEY_WORDS:
        if found := re.fullmatch(pattern, said):
            slots = {name: " ".join(_DROPPED.sub(" ", words).split()) for name, words in found.groupdict().items()}
            subject = slots.get("subject", "name" if kind == "default" else "")
            return Lesson(kind=kind, subject=subject, value=slots["value"]) if slots["value"] else None
    return None


def nearest(known: Sequence[Labelled]) -> Reader:
    """Return what reads each statement as the known one that the sentence encoder finds most similar."""

    def read(statements: Sequence[Labelled]) -> list[Lesson | None]:
        vectors, others = (encoder().encode([each.text for each in group]) for group in (statements, known))
        return [known[place].expected for place in np.argmax(vectors @ others.T, axis=1).tolist()]

    return read
