"""The learned reader: a statement → the lesson that the tagger reads in it, and whether it teaches anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sayagain.preferences.learned.align import marks_of
from sayagain.preferences.learned.assemble import assembled
from sayagain.preferences.learned.decide import log_probability, marks_said
from sayagain.preferences.learned.scheme import Marks
from sayagain.preferences.learned.tagger import Said, Tagger, shipped
from sayagain.preferences.learned.words import named, words_of
from sayagain.schema.preference import Lesson


@dataclass(frozen=True, eq=False)  # probabilities are arrays
class Reading:
    """What is read in a statement."""

    words: Sequence[str]
    said: Said
    marks: Marks
    subjects: Sequence[str]
    """The classes of subjects that the tagger knows."""
    lesson: Lesson | None
    """The record, if the statement teaches anything; None where its words make none."""

    @property
    def teaches(self) -> float:
        """Return the probability that it teaches something."""
        return 1 - float(self.said.heads["kind"][0])

    def behind(self, other: Lesson) -> float:
        """Return how much less probable the tagger finds another record than its own, in logarithms."""
        marks = marks_of(self.words, other, frozenset(self.subjects))
        mine, theirs = (log_probability(each, self.said, self.subjects) for each in (self.marks, marks))
        return mine - theirs


def read(text: str, names: Collection[str] = frozenset(), tagger: Tagger | None = None) -> Reading:
    """Return what a statement teaches, if anything."""
    return read_all([text], [names], tagger)[0]


def read_all(texts: Sequence[str], names: Sequence[Collection[str]], tagger: Tagger | None = None) -> list[Reading]:
    """Return what each statement teaches, if anything.

    Args:
        texts: in English, as they were said or recognised.
        names: names that the assistant knows, as ``known_names`` gives them.
        tagger: by default the one that ships.
    """
    tagger = tagger or shipped()
    words = [words_of(text) for text in texts]
    known = [named(*each) for each in zip(words, names, strict=True)]
    said = tagger.read(words, known)
    return [reading(*each, tagger.subjects) for each in zip(words, known, said, strict=True)]


def reading(words: Sequence[str], known: Sequence[bool], said: Said, subjects: Sequence[str]) -> Reading:
    """Return the record of what the tagger says.

    Args:
        words: of the statement.
        known: which of them are of a name that the assistant knows.
        said: the probabilities.
        subjects: the classes of subjects, in their order.
    """
    marks = marks_said(words, said, subjects)
    sure = said.tags.max(axis=1).tolist() if words else []
    return Reading(words, said, marks, subjects, assembled(words, marks, sure, known) if words else None)
