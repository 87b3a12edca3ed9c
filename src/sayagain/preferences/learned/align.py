"""Aligning: which words of a statement its record is made of. So a record teaches what to say of each word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sayagain.preferences.learned.fields import condition, forms, measured, whole_words
from sayagain.preferences.learned.scheme import (
    BEHIND,
    CONDITIONS,
    NOTHING,
    OF_CLASSES,
    OUTSIDE,
    POLARITIES,
    SUBJECT,
    UNKNOWN,
    VALUE,
    WORDS,
    Marks,
)
from sayagain.preferences.learned.words import MARKS, OWNS
from sayagain.preferences.times import Clock, numbered
from sayagain.preferences.tokens import ARTICLES
from sayagain.preferences.verbs import IMPERATIVES, PARTICLES
from sayagain.schema.preference import Lesson

LONGEST_SPAN = 9
"""Words of a time, a day, a place or a number at the most."""
WIDEST_GAP = 8
"""Words between two that belong together at the most: "don't turn the light in the hall of the flat on"."""
TURNING_BACK = 3
"""What going back costs, in words of a gap: what stands in its order is preferred."""
MEASURED = ("value", "default")
"""Kinds whose value may be a time or a number."""

DEEDS = IMPERATIVES | {"resume", "repeat", "skip", "go", "tell", "ring", "book", "feed"}
"""Verbs with which a deed begins, where words mean one."""

Places = list[int]


@dataclass
class Found:
    """Where the words of a record stand."""

    chosen: list[tuple[Places, int]] = field(default_factory=list)
    others: list[Places] = field(default_factory=list)
    """Other places where the same is said."""
    lost: bool = False
    """Whether a part of the record is nowhere."""

    def take(self, options: Sequence[Sequence[tuple[Places, int]]]) -> None:
        """Take the first of some options that needs no word that is taken."""
        taken = {place for places, _ in self.chosen for place in places}
        free = [each for each in options if not any(taken & set(places) for places, _ in each)]
        self.lost = self.lost or not free
        if free:
            self.chosen += free[0]
            self.others += [places for each in free[1:] for places, _ in each]


def marks_of(words: Sequence[str], lesson: Lesson | None, classes: frozenset[str]) -> Marks:
    """Return what the tagger should say of a statement.

    Args:
        words: of the statement.
        lesson: what it teaches.
        classes: subjects that are known without being said.
    """
    if lesson is None:
        return Marks(NOTHING, tags=[OUTSIDE] * len(words))
    told = Clock.of(f" {' '.join(words)}").evening
    found = _found(words, lesson, classes, Clock(told))
    other = _found(words, lesson, classes, Clock(not told))
    evening = None
    if found.lost != other.lost:  # only one half of the day gives the times of the record
        evening = told if other.lost else not told
        found = other if found.lost else found
    is_class = lesson.subject in classes and lesson.kind in OF_CLASSES
    subject = lesson.subject if is_class or not lesson.subject else WORDS
    return Marks(lesson.kind, lesson.scope, subject, _polarity(lesson)[0], evening, _tags(words, found))


def _found(words: Sequence[str], lesson: Lesson, classes: frozenset[str], clock: Clock) -> Found:
    found = Found()
    for name, value in lesson.when.said.items():
        spans = _spans(words, lambda part, name=name: condition(name, part, clock), value)  # type: ignore[misc]
        found.take([[(span, CONDITIONS[name])] for span in spans])
    asks_first = lesson.value == "ask first" and lesson.kind == "rule"
    if asks_first:
        deed = lesson.subject.split()
        end = 2 if deed[1:2] and deed[1] in PARTICLES else 1
        found.take(_options(words, deed[:end], VALUE, VALUE))
        if deed[end:]:
            found.take(_options(words, deed[end:], SUBJECT, SUBJECT))
        return found
    rest = _polarity(lesson)[1]
    if rest:
        found.take(_values(words, lesson, rest, clock))
    if lesson.subject and not (lesson.subject in classes and lesson.kind in OF_CLASSES):
        found.take(_options(words, lesson.subject.split(), SUBJECT, SUBJECT))
    return found


def _tags(words: Sequence[str], found: Found) -> list[int]:
    tags = [UNKNOWN if found.lost else OUTSIDE] * len(words)
    for places in found.others:
        for place in places:
            tags[place] = UNKNOWN
    for places, tag in found.chosen:
        for place in range(min(places), max(places) + 1):
            if place in places:
                tags[place] = tag
            elif words[place] in ARTICLES and tags[place] == OUTSIDE:  # within a name it does not matter
                tags[place] = UNKNOWN
    return tags


def _polarity(lesson: Lesson) -> tuple[str | None, list[str]]:
    """Return what a value begins with that need not be said, and its other words."""
    words = lesson.value.split()
    if lesson.kind == "alias":
        return ("deed" if words[0] in DEEDS and len(words) > 1 else "thing"), words
    if lesson.kind != "rule":
        return None, words
    if lesson.value == "ask first":
        return "ask first", []
    return (words[0], words[1:]) if words[0] in POLARITIES else (None, words)


def _values(words: Sequence[str], lesson: Lesson, rest: list[str], clock: Clock) -> list[list[tuple[Places, int]]]:
    """Return where the value may stand."""
    if lesson.kind in MEASURED:
        spoken_of = (
            lesson.subject if lesson.kind == "value" else ("time" if lesson.subject in ("alarm", "reminders") else "")
        )
        spans = list(_spans(words, lambda part: measured(part, clock, spoken_of), lesson.value))
        if spans:
            return [[(span, VALUE)] for span in spans]
    placed = _options(words, rest, VALUE, BEHIND)
    if not placed and rest[0] == "turn" and rest[1:]:  # "the feeder is never off"
        return _options(words, rest[1:], VALUE, BEHIND)
    return placed


def _options(words: Sequence[str], target: Sequence[str], tag: int, behind: int) -> list[list[tuple[Places, int]]]:
    """Return where the words of a name may stand, each with the tags of its words."""
    split = [piece for word in target for piece in _pieces(word)]
    return [[(first, tag)] + ([(back, behind)] if back else []) for first, back in _placed(words, split)]


def _pieces(word: str) -> list[str]:
    """Return the words of a statement that a word of a record was made of."""
    for end, said in (("'s", OWNS), ("%", "percent")):
        if word.endswith(end) and word != end:
            return [word.removesuffix(end), said]
    return [word]


def _spans(words: Sequence[str], read: Callable[[Sequence[str]], str | None], meant: str) -> Iterator[Places]:
    """Yield the shortest spans that are read as they are meant, the last first: what is said again counts."""
    for length in range(1, LONGEST_SPAN + 1):
        fits = [
            list(range(start, start + length))
            for start in range(len(words) - length, -1, -1)
            if words[start] not in MARKS
            and words[start + length - 1] not in MARKS
            and whole_words(words[start : start + length])
            and read(words[start : start + length]) == meant
        ]
        if fits:
            yield from fits
            return


def _placed(words: Sequence[str], target: Sequence[str]) -> list[tuple[Places, Places]]:
    """Return where the words of a name stand, nearest together first: those in their order, those said before them.

    One turn back is allowed: "turn off lights" is said as "turn the lights off".
    """
    can = [[place for place, word in enumerate(words) if wanted in _forms(word)] for wanted in target]
    if not target or not all(can):
        return []
    paths: list[tuple[int, bool, Places, int]] = [(0, False, [place], 0) for place in can[0]]
    for places in can[1:]:
        grown: dict[tuple[int, bool, int], tuple[int, bool, Places, int]] = {}
        for cost, turned, path, at in paths:
            for place in places:
                back = place < path[-1]
                if place in path or abs(place - path[-1]) > WIDEST_GAP or (back and turned):
                    continue
                gap = _gap(words, *sorted((place, path[-1]))) + (TURNING_BACK if back else 0)
                new = (cost + gap, turned or back, [*path, place], len(path) if back else at)
                known = grown.get((place, new[1], path[0]))
                if known is None or new[0] <= known[0]:
                    grown[place, new[1], path[0]] = new
        paths = list(grown.values())
    exact = [(cost + sum(words[p] != t for p, t in zip(path, target, strict=True)), path, at)
             for cost, _, path, at in paths]  # fmt: skip
    exact.sort(key=lambda each: (each[0], -each[1][0]))
    return [(path[:at], path[at:]) if at else (path, []) for cost, path, at in exact if cost <= exact[0][0] + 1]


def _gap(words: Sequence[str], start: int, end: int) -> int:
    return sum(word not in ARTICLES for word in words[start + 1 : end])


def _forms(word: str) -> frozenset[str]:
    return forms(word) | frozenset(numbered([word]))
