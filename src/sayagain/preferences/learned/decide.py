"""Deciding: of the probabilities of a statement, what the tagger says of it; and how probable it finds other marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sayagain.preferences.learned.scheme import (
    KINDS,
    OF_CLASSES,
    OUTSIDE,
    POLARITIES,
    SCOPES,
    SUBJECT,
    VALUE,
    WORDS,
    Marks,
)
from sayagain.preferences.learned.tagger import Floats, Said
from sayagain.preferences.learned.words import MARKS
from sayagain.preferences.tokens import ARTICLES

REACHES = 0.2
"""Probability from which a word belongs to the name that stands beside it: names of several words were read by halves.
Of 0.15 to 0.4 the best on statements of authors that were left out."""
ALIKE = 0.5
"""Share of the most probable word's probability from which its neighbours are taken with it, where no word of a name
that there must be is more probably of it than not; 0.3 and 0.7 do no worse."""
SURE_OF_EVENING = 0.8
"""Probability from which the tagger tells which half of the day is meant; else the words of the statement do."""
LEAST = 1e-6
"""Probabilities are not taken for less."""

OF_KIND = {"rule": POLARITIES[:4], "alias": POLARITIES[4:]}
"""Kind → what its value may begin with, or be."""


def marks_said(words: Sequence[str], said: Said, subjects: Sequence[str]) -> Marks:
    """Return what the tagger says of a statement, if it teaches anything.

    Args:
        words: of the statement.
        said: the probabilities.
        subjects: the classes of subjects, in their order.
    """
    heads = said.heads
    kind = KINDS[1 + int(np.argmax(heads["kind"][1:]))]
    subject = subjects[int(np.argmax(heads["subject"]))] if kind in OF_CLASSES else WORDS
    options = OF_KIND.get(kind)
    polarity = max(options, key=lambda each: heads["polarity"][POLARITIES.index(each)]) if options else None
    evening = bool(np.argmax(heads["evening"])) if heads["evening"].max() > SURE_OF_EVENING else None
    scope = SCOPES[int(np.argmax(heads["scope"]))]
    return Marks(kind, scope, subject, polarity, evening, _tags(words, said.tags, kind, subject))


def log_probability(marks: Marks, said: Said, subjects: Sequence[str]) -> float:
    """Return how probable the tagger finds marks: the logarithm of the product over its answers and its tags."""
    answers = [("kind", KINDS.index(marks.kind))]
    if marks.scope is not None:
        answers.append(("scope", SCOPES.index(marks.scope)))
    if marks.polarity in POLARITIES:
        answers.append(("polarity", POLARITIES.index(marks.polarity)))
    found = [said.heads[head][place] for head, place in answers]
    if marks.kind in OF_CLASSES:
        known = marks.subject in subjects
        found.append(said.heads["subject"][subjects.index(marks.subject or "")] if known else LEAST)
    found += [said.tags[place, tag] for place, tag in enumerate(marks.tags) if tag >= 0]
    return float(np.log(np.maximum(found, LEAST)).sum())


def _tags(words: Sequence[str], probabilities: Floats, kind: str, subject: str) -> list[int]:
    tags = [int(tag) for tag in probabilities.argmax(axis=1)]
    for tag in _needed(kind, subject):
        if tag not in tags:
            _taken(words, probabilities, tags, tag)
    for tag in (SUBJECT, VALUE):
        _reached(words, probabilities, tags, tag)
    return tags


def _needed(kind: str, subject: str) -> Iterator[int]:
    """Yield the tags without which there is no record."""
    if kind != "rule":
        yield VALUE
    if kind in ("alias", "value") or (kind == "default" and subject == WORDS):
        yield SUBJECT


def _taken(words: Sequence[str], probabilities: Floats, tags: list[int], tag: int) -> None:
    """Give a tag to the word that most probably has it, and to its neighbours that have it about as probably."""
    free = [place for place, word in enumerate(words) if tags[place] == OUTSIDE and word not in MARKS | ARTICLES]
    if not free:
        return
    best = max(free, key=lambda place: probabilities[place, tag])
    least = ALIKE * probabilities[best, tag]
    tags[best] = tag
    for places, stops in ((range(best + 1, len(words)), MARKS), (range(best - 1, -1, -1), MARKS | ARTICLES)):
        for place in places:
            if tags[place] != OUTSIDE or probabilities[place, tag] <= least or words[place] in stops:
                break
            tags[place] = tag


def _reached(words: Sequence[str], probabilities: Floats, tags: list[int], tag: int) -> None:
    """Give a tag to words beside those that have it, where they may well be of the same name."""
    for places, step, stops in (
        (range(1, len(words)), -1, MARKS),
        (range(len(words) - 2, -1, -1), 1, MARKS | ARTICLES),
    ):
        for place in places:
            beside = tags[place + step] == tag and tags[place] == OUTSIDE
            if beside and probabilities[place, tag] > REACHES and words[place] not in stops:
                tags[place] = tag
