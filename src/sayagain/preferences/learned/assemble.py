"""Assembling: what the tagger says of a statement → its lesson, in the form that the templates give it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import cast

from sayagain.preferences import nothing
from sayagain.preferences.learned.fields import (
    FILLERS,
    condition,
    measured,
    sort_of,
    tidy,
    verb,
)
from sayagain.preferences.learned.scheme import BEHIND, CONDITIONS, NOTHING, OUTSIDE, SUBJECT, VALUE, WORDS, Marks
from sayagain.preferences.learned.words import MARKS, spoken
from sayagain.preferences.statement import LONGEST_NAME
from sayagain.preferences.times import Clock, numbered
from sayagain.preferences.tokens import ARTICLES
from sayagain.preferences.verbs import PARTICLES, merged
from sayagain.schema.preference import Condition, Kind, Lesson

JOINS = ARTICLES | MARKS | FILLERS
"""Words that may stand within a name, and are not kept."""


def assembled(words: Sequence[str], marks: Marks, sure: Sequence[float], known: Sequence[bool] = ()) -> Lesson | None:
    """Return the lesson that tags make; None where they make none.

    Args:
        words: of the statement.
        marks: what the tagger says.
        sure: how sure it is of the tag of each word: of what stands twice, the surer place counts.
        known: which words are of a name that the assistant knows: of such a name all words are kept.
    """
    if known:
        marks = replace(marks, tags=_completed(marks.tags, known))
    if marks.kind == NOTHING:
        return None
    clock = Clock.of(f" {' '.join(words)}") if marks.evening is None else Clock(marks.evening)
    said = {name: _run(words, marks.tags, sure, tag) for name, tag in CONDITIONS.items()}
    when = Condition(**{name: condition(name, run, clock) for name, run in said.items() if run})
    subject = _subject(words, marks, sure)
    value = _value(words, marks, sure, clock, subject)
    if not value or not (subject or marks.kind in ("like", "dislike", "rule")) or subject == value:
        return None
    if _points(value) or (marks.kind != "rule" and _points(subject)):
        return None
    if max(len(subject.split()), len(value.split())) > LONGEST_NAME:
        return None
    return Lesson(kind=cast(Kind, marks.kind), subject=subject, value=value, scope=marks.scope or "person", when=when)


def _completed(tags: Sequence[int], known: Sequence[bool]) -> list[int]:
    """Return tags of which those of one known name are all the same, where most of its words have one."""
    found, start = list(tags), 0
    for same, group in groupby(known):
        end = start + len(list(group))
        told = [tag for tag in tags[start:end] if tag != OUTSIDE] if same else []
        if told and 2 * len(told) >= end - start:
            tag = max(set(told), key=told.count)
            found[start:end] = [tag] * (end - start)
        start = end
    return found


def _points(said: str) -> bool:
    """Return whether words name nothing: each only points at something."""
    return bool(said) and all(
        word in nothing.POINTS or word in ("this", "that", "these", "those") for word in said.split()
    )


def _subject(words: Sequence[str], marks: Marks, sure: Sequence[float]) -> str:
    if marks.kind == "rule":
        said = [word for word in _all(words, marks.tags, SUBJECT) if word not in JOINS]
        deed = verb([word for word in _all(words, marks.tags, VALUE) if word not in JOINS])
        return spoken([*deed, *said]) if marks.polarity == "ask first" else spoken(said)
    if marks.subject != WORDS:
        return marks.subject or ""
    subject = tidy(_run(words, marks.tags, sure, SUBJECT))
    if marks.kind in ("like", "dislike", "default"):
        subject = sort_of(subject, marks.kind)
    return subject


def _value(words: Sequence[str], marks: Marks, sure: Sequence[float], clock: Clock, subject: str) -> str | None:
    if marks.kind == "rule":
        return _rule(words, marks, subject)
    if marks.kind == "alias" and marks.polarity == "deed":
        said = [word for word in _all(words, marks.tags, VALUE, BEHIND) if word not in ARTICLES | MARKS]
        return tidy(verb(said))
    said = _run(words, marks.tags, sure, VALUE)
    if marks.kind in ("value", "default"):
        spoken_of = subject if marks.kind == "value" else "time" if subject in ("alarm", "reminders") else ""
        found = measured(said, clock, spoken_of)
        if found is not None:
            return found
    return tidy(said)


def _rule(words: Sequence[str], marks: Marks, subject: str) -> str | None:
    if marks.polarity == "ask first":
        return "ask first"
    first = [word for word in _all(words, marks.tags, VALUE) if word not in JOINS]
    behind = [word for word in _all(words, marks.tags, BEHIND) if word not in JOINS]
    if first[1:2] and first[1] in PARTICLES and not behind:
        done = merged(" ".join(verb(first[:2])), subject).split() + first[2:]
    else:
        done = verb(first)
    polarity = [marks.polarity] if marks.polarity in ("never", "always", "only") else []
    return spoken([*polarity, *numbered([*done, *behind])])


def _all(words: Sequence[str], tags: Sequence[int], *wanted: int) -> list[str]:
    """Return all words that have a tag, those of the first tag first."""
    return [word for each in wanted for word, tag in zip(words, tags, strict=True) if tag == each]


def _run(words: Sequence[str], tags: Sequence[int], sure: Sequence[float], wanted: int) -> list[str]:
    """Return the run of words with a tag of which the tagger is surest; within it what joins may stand."""
    runs: list[list[int]] = []
    for place, tag in enumerate(tags):
        if tag != wanted:
            continue
        if runs and all(words[each] in JOINS for each in range(runs[-1][-1] + 1, place)):
            runs[-1].append(place)
        else:
            runs.append([place])
    best = max(runs, key=lambda run: sum(sure[place] for place in run), default=[])
    return [words[place] for place in best]
