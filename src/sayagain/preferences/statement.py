"""A statement on its way to a lesson: what is left of it, what restricts it, and what is known of the whole."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from sayagain.preferences import nothing
from sayagain.preferences.conditions import restricted
from sayagain.preferences.grammar import Grammar, Template, Templates
from sayagain.preferences.times import DURATION, NUMBER, Clock, bare
from sayagain.preferences.tokens import kept
from sayagain.schema.preference import Condition, Kind, Lesson, Scope

LONGEST_NAME = 9
"""Words of a subject or a value at the most."""

EVERYTHING = frozenset(["time", "day", "place", "device"])
"""What may restrict a statement."""

RECURS = re.compile(
    r" (?:every|each|weekdays?|weekends?|holidays|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|"
    r"sundays|mornings|"
    r"afternoons|evenings|nights|at night|at night time|overnight|at sunset|at sunrise|after dark|"
    r"after sunset|during|at bedtime|at dinner|at lunch|at breakfast)(?= |$)"
    r"|(?: after| before)[^,]* (?:at night|in the evening|in the morning|pm|am)(?= |$)"
)
"""Times that come again."""
ALWAYS = re.compile(r" (?:always|only ever|every time|each time)(?= |$)")

_LANGUAGES = (
    "english|german|french|spanish|italian|portuguese|dutch|swedish|danish|norwegian|finnish|polish|czech|"
    "russian|turkish|hindi|"
    "japanese|chinese|mandarin|korean|arabic|greek|hebrew|welsh|irish|catalan|ukrainian|hungarian|romanian|"
    "british english|"
    "american english"
)
_UNITS = (
    "celsius|fahrenheit|centigrade|kelvin|metric|imperial|kilometres|kilometers|miles|metres|"
    "meters|feet|kilos|kilograms|grams|ounces|pounds|litres|liters|gallons"
)
LISTS = {
    "quantity": rf"(?:{DURATION}(?: long| each)?|(?: about| around| level)?{NUMBER}(?: percent)?(?: degrees?)?"
    r"(?: celsius| fahrenheit)?(?: out of ten)?)(?= |$)",
    "language": rf"(?: (?:{_LANGUAGES}))",
    "unit": rf"(?: (?:{_UNITS}))",
}  # fmt: skip
"""Slots of the templates that take known phrases only."""


@dataclass(frozen=True)
class Whole:
    """What is known of a whole statement, whichever part of it is read."""

    scope: Scope
    standing: bool
    """Whether it was said to last."""
    clock: Clock
    names: Collection[str]
    """Names that the assistant knows, as they are kept."""
    said: str
    """Its tokens."""
    hint: str | None
    """The domain of which a condition says that nothing is named in it."""


@dataclass(frozen=True)
class Statement:
    """A statement without what restricts it."""

    text: str
    """Tokens."""
    when: Condition
    whole: Whole

    @property
    def clock(self) -> Clock:
        """Return what reads its times."""
        return self.whole.clock

    @property
    def names(self) -> Collection[str]:
        """Return the names that the assistant knows, as they are kept."""
        return self.whole.names

    @property
    def recurs(self) -> bool:
        """Return whether it holds at times that come again: "at night" does, "at seven" may be meant once."""
        day, time = self.when.day, self.when.time
        return day is not None or (time is not None and re.fullmatch(r"\d\d:\d\d", time) is None)

    @property
    def stands(self) -> bool:
        """Return whether it says that it lasts, or holds for all who live here."""
        return self.whole.standing or bool(ALWAYS.search(self.text)) or self.whole.scope == "household"

    @property
    def surely_recurs(self) -> bool:
        """Return whether it says that its times come again: "every evening", "at night"; "on monday" is one day."""
        return self.recurs and RECURS.search(self.whole.said) is not None

    @property
    def lasts(self) -> bool:
        """Return whether it says that it lasts, holds at times that recur, or for all who live here."""
        return self.stands or self.recurs

    def also(self, when: Condition) -> Statement:
        """Return the same, restricted further."""
        return replace(self, when=Condition(**{**self.when.said, **when.said}))

    def split(self, subject: str) -> tuple[str, Statement]:
        """Return a subject without what restricts it, and the statement restricted by that: "warm at night"."""
        left, when = restricted(f" {subject}", self.clock, EVERYTHING)
        return (left.strip(" ,"), self.also(when)) if left.strip(" ,") and when.said else (subject, self)

    def matching(self, *kinds: str) -> Iterator[tuple[Template, dict[str, str]]]:
        """Yield the templates of some kinds that it fits, whether or not it says "always"."""
        return templates().matching(ALWAYS.sub("", self.text), frozenset(kinds))

    def lesson(self, kind: Kind, subject: str, value: str) -> Lesson | None:
        """Return a lesson where both of its ends name something, and are no longer than names are."""
        subject, value = trimmed(kept(subject)), trimmed(kept(value))
        may_be_empty = kind in ("like", "dislike", "rule")
        if nothing.names_nothing(value) or not (subject or may_be_empty) or subject == value:
            return None
        if subject and kind != "rule" and nothing.names_nothing(subject):
            return None
        if max(len(subject.split()), len(value.split())) > LONGEST_NAME:
            return None
        return Lesson(kind=kind, subject=subject, value=value, scope=self.whole.scope, when=self.when)

    def measured(self, value: str, subject: str = "time") -> str | None:
        """Return a time, number, duration or day as it is kept; None where words are none.

        A bare number is a time of day where the ``subject`` speaks of one.
        """
        words = value.replace(" ,", "").strip()
        later = words.endswith(" or later")
        words = re.sub(r" (?:or later|or so|sharp|exactly|each|long)$", "", words)
        for _ in range(MOST_HEDGES):
            said = f" after {words}" if later else f" {words}"
            if (number := bare(said)) is not None and not TIMELY.search(subject):
                return number
            if (found := self.clock.value(said)) is not None:
                return found
            if (shorter := _HEDGE.sub("", words)) == words:
                break
            words = shorter
        return None


_LEADING = re.compile(
    r"^(?:(?:like|basically|actually|really|just|simply|well|so|then|ok|okay|yeah|right|anyway|please|"
    r"obviously|literally|honestly|kind of|"
    r"sort of|kinda|sorta|maybe|also|as in|i mean|you know|let us say|say) )+(?=[^ ])"
)
_TRAILING = re.compile(
    r"(?: (?:please|too|also|though|thanks|ok|okay|right|yeah|then|anyway|basically|actually|really|as well|i "
    r"guess|i think|i suppose|i mean|"
    r"you know|and stuff|or whatever|or something|obviously|of course|if you like|when i say (?:it|that|so)|"
    r"from me|every time|each time|so there|"
    r"got it|understood|alright|remember|always))+$"
)


def trimmed(words: str) -> str:
    """Return words without fillers at their ends.

    >>> trimmed("like robot vacuum basically")
    'robot vacuum'
    """
    return _TRAILING.sub("", _LEADING.sub("", words))


MOST_HEDGES = 3
TIMELY = re.compile(
    r"\b(?:time|wake|woken|bed|bedtime|late|later|early|morning|night|lunch|dinner|breakfast|noon|alarm|up|"
    r"evening|afternoon|"
    r"supper|school|work|sleep|start|end|day|hours?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|\d+)\b"
)
"""Words of a subject of which a bare number is a time of day."""
_HEDGE = re.compile(
    r"^(?:about|around|any time|anytime|anything|any hour|the|a|an|on|set (?:it|the [^ ]+|them) to|turn (?:it|"
    r"the [^ ]+|them) to|"
    r"exactly|only|just|always|level|at|every|when it is|once it is)(?= ) "
)


@cache
def templates() -> Templates:
    """Return the templates of statements."""
    file = resources.files("sayagain.preferences").joinpath("data", "statements.toml")
    content = tomllib.loads(file.read_text(encoding="utf8"))
    return Templates(Grammar(content["rules"], LISTS), content["statements"])
