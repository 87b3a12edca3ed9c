"""The learned reader: a statement → the lesson that the tagger reads in it, and how sure it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from sayagain.preferences.learned.assemble import assembled
from sayagain.preferences.learned.scheme import KINDS, NOTHING, OF_CLASSES, POLARITIES, SCOPES, WORDS, Marks
from sayagain.preferences.learned.tagger import Said, Tagger, shipped
from sayagain.preferences.learned.words import named, words_of
from sayagain.schema.preference import Lesson


class Reading(NamedTuple):
    """What is read in a statement."""

    lesson: Lesson | None
    """None where it teaches nothing, or what it says makes no record."""
    teaches: float
    """Probability that it teaches something."""
    sure: float
    """Probability of the whole record, as the tagger gives it."""


def read(text: str, names: Collection[str] = frozenset(), tagger: Tagger | None = None) -> Reading:
    """Return what a statement teaches."""
    return read_all([text], [names], tagger)[0]


def read_all(texts: Sequence[str], names: Sequence[Collection[str]], tagger: Tagger | None = None) -> list[Reading]:
    """Return what each statement teaches.

    Args:
        texts: in English, as they were said or recognised.
        names: names that the assistant knows, as ``known_names`` gives them.
        tagger: by default the one that ships.
    """
    tagger = tagger or shipped()
    words = [words_of(text) for text in texts]
    known = [named(*each) for each in zip(words, names, strict=True)]
    return [reading(*each, tagger.subjects) for each in zip(words, tagger.read(words, known), strict=True)]


def reading(words: Sequence[str], said: Said, subjects: Sequence[str]) -> Reading:
    """Return the most probable record of what the tagger says."""
    teaches = 1 - float(said.heads["kind"][0])
    kind = KINDS[1 + int(np.argmax(said.heads["kind"][1:]))]
    marks, sure = _marks(kind, said, subjects)
    best = said.tags.max(axis=1) if len(words) else np.ones(1)
    lesson = assembled(words, marks, best.tolist()) if words and kind != NOTHING else None
    return Reading(lesson, teaches, sure * float(np.prod(best)))


def _marks(kind: str, said: Said, subjects: Sequence[str]) -> tuple[Marks, float]:
    heads = said.heads
    answers = {"kind": float(heads["kind"][KINDS.index(kind)])}

    def most(head: str, options: Sequence[str]) -> str:
        place = int(np.argmax(heads[head][: len(options)]))
        answers[head] = float(heads[head][place])
        return options[place]

    scope = most("scope", SCOPES)
    subject = most("subject", subjects) if kind in OF_CLASSES else WORDS
    polarity = _polarity(kind, heads["polarity"], answers)
    evening = bool(heads["evening"][1] > heads["evening"][0])
    tags = said.tags.argmax(axis=1).tolist()
    marks = Marks(kind, scope, subject, polarity, evening, tags)  # type: ignore[arg-type]
    return marks, float(np.prod(list(answers.values())))


def _polarity(kind: str, probabilities: np.ndarray, answers: dict[str, float]) -> str | None:
    options = {"rule": POLARITIES[:4], "alias": POLARITIES[4:]}.get(kind)
    if options is None:
        return None
    best = max(options, key=lambda each: probabilities[POLARITIES.index(each)])
    answers["polarity"] = float(probabilities[POLARITIES.index(best)])
    return best
