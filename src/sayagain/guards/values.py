"""Values: numbers, units, times and parts that a request names, read alike in every spelling that is known.

No parser of whole expressions stands here: parsers of times and quantities know one language each, take up to tens of
milliseconds, and guess where they do not know. Two requests are held against each other word by word, with the
locale's own words (CLDR): whatever value one has and the other has not is a change, whether or not it could be parsed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from sayagain.guards.difference import SAME_FRAME, SAME_LOOKS, Change, Difference
from sayagain.guards.lexicon import Words, lexicon
from sayagain.guards.side import MOST_PHRASE_WORDS
from sayagain.text.language import languages_of

Value = tuple[str, str | float]
"""A kind (number, unit, time, part) and what it is there."""

SELECTORS = frozenset(["this", "next", "last", "before", "after", "now"])
"""Times (as the lexicon names them) that choose among others: "this weekend"; "this song" is none."""

JOINTS = frozenset(["to", "past", "of", "point", "plus", "third", "thirds", "couple", "below"])
"""Parts that are such only beside a number: "ten to six"."""

BETWEEN = frozenset(["to"])
"""Of these, those that a number must stand before: "set it to six" has none."""

UNSAID: Mapping[Value, str] = {("unit", "percent"): "unit", ("time", "today"): "time", ("time", "now"): "time"}
"""Values that are meant where none of their kind is named: "50 %" is "50" in a normal form, and now is when."""

LONGEST_GARBLED = 4
"""Digits of a number at most that is taken for one number heard in pieces ("12 2" for 12): longer ones are dialled."""


def values_of(words: Sequence[str], known: Words) -> Counter[Value]:
    """Return the values that words name, each as often as it is named; the longest phrases first.

    >>> from sayagain.guards.lexicon import lexicon
    >>> sorted(values_of("in fünf minuten".split(), lexicon().of(["de"])))
    [('number', 5.0), ('unit', 'minute')]
    """
    read: list[Value | None] = []
    table, at = _table(known), 0
    while at < len(words):
        length, value = _value_at(words, at, table)
        read.append(value)
        at += length
    return Counter(value for at, value in enumerate(read) if value is not None and _counts(read, at, value))


def _counts(read: Sequence[Value | None], at: int, value: Value) -> bool:
    """Return whether a value is one there: "to" only beside a number, "this" only before a time, a unit only after one.

    An article counts as a number ("for an hour"), and so it is read.
    """
    before, after = read[at - 1] if at else None, read[at + 1] if at + 1 < len(read) else None
    kind, name = value
    if kind == "unit":
        return before is not None and before[0] in ("number", "part", "time", "article", "ordinal")
    if name in SELECTORS:
        return after is not None and after[0] in ("unit", "time")
    if name in BETWEEN:
        return before is not None and before[0] in ("number", "part")
    if name in JOINTS:
        return any(each is not None and each[0] in ("number", "part") for each in (before, after))
    return kind != "article"


def _value_at(words: Sequence[str], at: int, table: Mapping[str, Value]) -> tuple[int, Value | None]:
    """Return how many words the value at a place takes, and it; one word and None where there is none."""
    for length in range(min(MOST_PHRASE_WORDS, len(words) - at), 0, -1):
        value = table.get(" ".join(words[at : at + length]) if length > 1 else words[at])
        if value is not None:
            return length, value
    return 1, _digits(words[at])


def _digits(word: str) -> Value | None:
    try:
        return ("number", float(word)) if word[0].isdecimal() else None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _table(known: Words) -> dict[str, Value]:
    """Return all words and phrases that name a value, or count for one."""
    kinds: dict[str, Mapping[str, str | float]] = {
        "article": {word: word for word in known.weak if " " not in word},
        "part": {word: word for word in known.parts},
        "time": known.times,
        "unit": known.units,
        "ordinal": known.ordinals,
        "number": known.numbers,
    }
    return {phrase: (kind, name) for kind, names in kinds.items() for phrase, name in names.items()}


def changes_a_value(change: Difference, known: Words) -> str | None:
    """Refuse what names other values than were said.

    A number word that is no value there ("turn one the light") may give way to the word that it was taken for, a number
    word to its digits, and a number that was heard in pieces to the number. Of a request in other words altogether the
    recogniser may have lost a value; what else is the same request has none to put back.
    """
    if "".join(change.source) == "".join(change.target):
        return None
    source, target = values_of(change.source, known), values_of(change.target, known)
    if source == target:
        return None
    kept = [each for each in change.changes if _no_value(each, known) or same_number(each, change)]
    if kept:
        source -= sum((values_of(each.lost, known) for each in kept), Counter[Value]())
        target -= sum((values_of(each.found, known) for each in kept), Counter[Value]())
    if source == target or heard_in_pieces(change):
        return None
    gone, come = source - target, target - source
    if all(_goes_without_saying(value, source + target) for value in (*gone, *come)):
        return None
    if not gone and change.frame < SAME_FRAME:
        return None
    (kind, _), *_ = (gone or come).keys()
    return f"changes a {kind}"


def _goes_without_saying(value: Value, named: Counter[Value]) -> bool:
    """Return whether a value is meant anyhow, and no other of its kind is named."""
    return value in UNSAID and sum(kind == UNSAID[value] for kind, _ in named.elements()) == 1


def _no_value(change: Change, known: Words) -> bool:
    """Return whether words that name no value were heard for some that do, or a number word for one that is none."""
    lost, found = (values_of(words, known) for words in (change.lost, change.found))
    number = len(change.lost) == 1 and not found and all(kind == "number" for kind, _ in lost)
    return change.alike_in(known.languages) and (number or not lost)


def same_number(change: Change, within: Difference) -> bool:
    """Return whether a number word gives way to its digits, or the other way round: "eins" and "1".

    The word must be of a language that one of the requests is likely in; where they tell none, of any that is known.
    """
    lost, found = " ".join(change.lost), " ".join(change.found)
    if lost.isdecimal() == found.isdecimal():
        return False
    word, digits = (found, lost) if lost.isdecimal() else (lost, found)
    told = languages_of(" ".join(within.source)) | languages_of(" ".join(within.target))
    languages = told & lexicon().languages or lexicon().languages
    return any(lexicon().tables[code].numbers.get(word) == float(digits) for code in languages)


def heard_in_pieces(change: Difference) -> bool:
    """Return whether a number follows another where one was said, and the target has its digits: "12 2" for 12."""
    if not any(a.isdecimal() and b.isdecimal() for a, b in pairwise(change.source)):
        return False
    source, target = ("".join(word for word in side if word.isdecimal()) for side in (change.source, change.target))
    only_digits = all(word.isdecimal() for each in change.changes for word in (*each.lost, *each.found))
    return only_digits and len(source) <= LONGEST_GARBLED and fuzz.ratio(source, target) >= 100 * SAME_LOOKS
