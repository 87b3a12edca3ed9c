"""Naming: "X is Y", where that gives a word a value, or a thing another name, and does not tell how something is."""

from __future__ import annotations

import re

from sayagain.preferences import domains
from sayagain.preferences.defaults import used
from sayagain.preferences.meanings import alias, apart, turned, valued
from sayagain.preferences.statement import Statement
from sayagain.preferences.times import DAYS
from sayagain.preferences.tokens import kept
from sayagain.preferences.verbs import IMPERATIVES
from sayagain.preferences.words import words as listed
from sayagain.schema.preference import Lesson

OWN = frozenset(["the", "my", "our"])
KIN = listed("kin")
"""Words for people that everybody has others of."""
_COPULA = re.compile(
    r"^(?P<subject>(?: [^ ]+)+?)(?P<is> is always| is just| is| are| runs| run| lasts| goes| would "
    r"be)(?P<value>(?: [^ ]+)+)$"
)
NO_WORDS = listed("no_words")
_TELLS = re.compile(
    r" (?:on|in|off|of|at|for|with|to|from|not|too|so|very|up|down|out|than|favourite|because|when|again)(?= |$)"
    r"|^ (?:the|my|our|a) (?:one|best|worst|same|problem|first|last|only|other|reason|thing)(?= |$)"
)
"""Words after "is" that tell something of a thing, and give it no other name."""
_TITLES = frozenset(
    ["dr", "doctor", "mr", "mrs", "ms", "miss", "professor", "prof", "aunt", "uncle", "grandma", "grandpa"]
)
MOST_NAME_WORDS = 4
_FOR_ME = re.compile(r" (?:for|to|with) (?:me|us)(?= |$)")
_AT = re.compile(r"(?:always |usually )?at ")
_CHOICES = re.compile(r" (?:default|usual|standard|normal|preferred|favourite|favourites|name)(?= |$)")
_NAMED_AFTER = re.compile(r"^(?: the [^,]*) (?:is|are) (?:our |the .*(?: to (?:me|us)| for us)$)|(?: in my language)")
"""A thing that stands before what somebody calls it: "the aquarium light is our fishies"."""


def named_otherwise(statement: Statement) -> Lesson | None:
    """Return what "X is Y" teaches: a word for a value ("late is after ten"), or one name for another."""
    found = _COPULA.match(statement.text.replace(" ,", ""))
    if found is None or _is_choice(statement.text):
        return None
    subject, value = apart(found["subject"].strip()), apart(found["value"].strip())
    subject, statement = statement.split(subject)
    if _NAMED_AFTER.search(found[0]) or (kept(subject) in statement.names and kept(value) not in statement.names):
        subject, value = value, subject
    if _names_nothing(subject) or domains.named(f" {value}") is not None:
        return None
    if turned(statement, subject, value) and statement.measured(subject) not in DAYS:
        subject, value = value, subject
    if (domain := domains.named(f" {subject}")) is not None:
        meant = statement.lasts or kept(value) in statement.names or " for me " in found[0]
        meant = meant or (domain == "alarm" and _AT.match(value) is not None and subject.split()[0] in ("my", "our"))
        return used(statement, domain, value) if meant else None
    return _value(statement, subject, value, found[0]) or _name(statement, subject, value)


def _is_choice(text: str) -> bool:
    """Return whether what is told is a default or a favourite, which others read."""
    chosen = _CHOICES.search(text)
    return chosen is not None and (domains.domain_of(text) is not None or chosen[0].strip() in _OF_PEOPLE)


_OF_PEOPLE = frozenset(["favourite", "favourites", "name"])


def _names_nothing(subject: str) -> bool:
    words = subject.split()
    return words[0] in NO_WORDS or len(words) > MOST_NAME_WORDS or (words[0] in IMPERATIVES and len(words) > 2)


def _value(statement: Statement, subject: str, value: str, said: str) -> Lesson | None:
    """Return a word for a time, a number or a day; "at ten" and "on friday" mostly tell when something is."""
    is_event = value.startswith("on ") and not subject.endswith(" day")
    if value.startswith("at "):
        is_event = not (statement.lasts or "time" in subject.rsplit(maxsplit=1)[-1] or _FOR_ME.search(said))
    of_day = subject.rsplit(maxsplit=1)[-1] in ("day", "time", "hours", "night", "days")
    is_event = is_event or (
        subject.split(maxsplit=1)[0] in OWN and not of_day and not statement.lasts and not _FOR_ME.search(said)
    )
    if not is_event and (lesson := valued(statement, subject, value)) is not None:
        return lesson
    day = statement.measured(subject)
    is_day = day in DAYS and len(value.split()) <= MOST_NAME_WORDS
    return statement.lesson("value", value, day or "") if is_day else None


def _name(statement: Statement, subject: str, value: str) -> Lesson | None:
    """Return one name for another, where both look like names of things or people of this home."""
    words, meant = subject.split(), value.split()
    theirs = words[0].removesuffix("'s") in KIN or words[0].endswith("'s")
    articles = meant[0] in OWN and (words[0] in OWN or theirs)
    person = (theirs or (len(words) == 1 and meant[0] in _TITLES)) and len(meant) > 1 and not meant[0].endswith("ing")
    known = articles or person or (meant[0] == "the" and len(meant) > 2) or kept(value) in statement.names
    told = _TELLS.search(f" {value}") is not None or len(meant) > MOST_NAME_WORDS
    return alias(statement, subject, value) if known and not told else None
