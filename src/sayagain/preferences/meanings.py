"""Meanings: words that somebody gives a meaning, a thing or a deed (an alias) or a time or number (a value)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sayagain.preferences import domains
from sayagain.preferences.conditions import restricted
from sayagain.preferences.defaults import used
from sayagain.preferences.statement import EVERYTHING, Statement
from sayagain.preferences.tokens import kept
from sayagain.preferences.verbs import IMPERATIVES, PREPOSITIONS
from sayagain.preferences.words import words
from sayagain.schema.preference import Lesson


def meaning(statement: Statement) -> Lesson | None:
    """Return what a statement says that words mean."""
    for template, slots in statement.matching(*_READERS):
        if (lesson := _READERS[template.kind](statement, slots)) is not None:
            return lesson
    return None


def _means(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    subject, value = apart(_WORD.sub("", slots["subject"])), apart(slots["value"])
    subject, statement = statement.split(subject)
    if turned(statement, subject, value):
        subject, value = value, subject
    if kept(value) == "name":
        return None
    domain = domains.named(f" {value}")
    if domain is not None and domains.named(f" {subject}") is None and " as " in statement.text:
        return used(statement, domain, subject)
    if (domain := _domain_asked(subject)) is not None and value.split()[0] not in DEEDS:
        return used(statement, domain, value)
    lesson = valued(statement, subject, value)
    if lesson is not None:
        return lesson
    return alias(statement, subject, value) if _is_meaning(statement, value) else None


def turned(statement: Statement, subject: str, value: str) -> bool:
    """Return whether the meaning stands first: "twenty two degrees is what I call warm"."""
    measured = statement.measured(subject) is not None and statement.measured(value) is None
    return measured and re.match(r"(?:the|my) ", value) is None


_WORD = re.compile(r"^(?:the )?(?:words?|phrase|name|term) (?=.)")
"""What only says that words are words."""

_FOR_ME = (
    r"(?: ,)?(?: (?:for|to|with) (?:me|us)| for the (?:whole )?(?:family|house)| in my (?:language|book|case|"
    r"world|head|mind)"
    r"| as far as i am concerned| by the way| remember it| when i say it| in my (?:contacts|phone ?book|address book))"
)
_BEHIND = re.compile(rf"{_FOR_ME}+$")
_BEFORE = re.compile(rf"^{_FOR_ME}+(?: ,)?(?= )")


def apart(words: str) -> str:
    """Return words without what only says whose words they are: "late, for me"."""
    return re.sub(r" (?:that|so)$", "", _BEFORE.sub("", _BEHIND.sub("", f" {words}"))).strip(" ,") or words


ASKED_PLAINLY = words("asked_plainly")
"""Words beside which a domain is asked for, and nothing in it is named."""
_ASKS = words("asks")
DEEDS = IMPERATIVES - {"use", "read", "show", "give", "play", "take", "go", "put", "open", "order", "make", "run"}
"""Verbs with which a deed begins, and not what is used for something."""


def _domain_asked(subject: str) -> str | None:
    """Return the domain that words ask for without naming anything in it: "the weather", "set a timer"."""
    if (domain := domains.named(f" {subject}")) is not None:
        return domain
    left = [word for word in domains.without_cues(f" {subject}").split() if word not in ASKED_PLAINLY]
    words = subject.split()
    return domains.domain_of(f" {subject}") if len(words) > 1 and words[0] in _ASKS and not left else None


def _is_meaning(statement: Statement, value: str) -> bool:
    """Return whether words are a thing, place, person or deed of this home, and not what something is in general."""
    first = value.split(maxsplit=1)[0]
    of_home = first in ("the", "my", "our") or first in IMPERATIVES or kept(value) in statement.names
    return of_home or statement.lasts or _OF_WORDS.search(statement.text) is not None


_OF_WORDS = re.compile(
    r" (?:i|we|my|our|stands for|refers to|short for|shorthand|the words?|the phrase|nickname|alias|as|equals|code|"
    r"another name|is called|known as|way of saying|way to say|the same|meaning|cue|signal|sign|tells|trigger)(?= |$)"
)


def valued(statement: Statement, subject: str, value: str) -> Lesson | None:
    """Return a lesson whose meaning is a time, a number, a duration or a day; what restricts it may stand behind it."""
    words = f" {value.replace(' ,', '')}"
    if (found := statement.measured(value, subject)) is not None:
        return statement.lesson("value", subject, found)
    for phrase in (frozenset(["day", "place", "device"]), EVERYTHING):
        left, when = restricted(words, statement.clock, phrase)
        if left != words and (found := statement.measured(left, subject)) is not None:
            return statement.also(when).lesson("value", subject, found)
    return None


_LEADS = re.compile(
    r"^(?:(?:i want|i would like|you should|you must|you can|you have to|you are to|please|then|just|that|it "
    r"is|to|want|it|use|about|"
    r"mean|called|name for|think of|think)(?: you)?(?: to)? )+(?=[^ ])"
)
"""What leads to a meaning, and is no part of it."""


def alias(statement: Statement, subject: str, value: str) -> Lesson | None:
    """Return a lesson that words mean a thing or a deed, without what only leads to that."""
    return statement.lesson("alias", subject, _LEADS.sub("", value))


_NO_THING = frozenset(["me", "you", "it", "him", "her", "this", "that", "them", "these", "those"])


def _called(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "I call the desk lamp my light": where the name begins is told by an article or a known name."""
    words = slots["both"].replace(" ,", "").split()
    if words[0] in _NO_THING:
        return None
    ends = range(1, len(words))
    known = (at for at in ends if kept(" ".join(words[:at])) in statement.names)
    measured = (at for at in reversed(ends) if statement.measured(" ".join(words[:at])) is not None)
    article = (at for at in ends[1:] if words[at] in ("the", "my", "our", "a", "as", "just", "simply"))
    at = next(known, next(measured, next(article, len(words) - 1)))
    value, subject = " ".join(words[:at]), re.sub(r"^(?:as|just|simply|also|by) ", "", " ".join(words[at:]))
    if not value or (words[0] in ("the", "a") and len(words) < 3) or words[0] in PREPOSITIONS:
        return None
    if (lesson := valued(statement, subject, value)) is not None:
        return lesson
    said = re.search(r" (?:i|we) ", statement.text) or words[0] in ("the", "my", "our")
    return alias(statement, subject, value) if said else None


def _does(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "when I say goodnight, turn off the lights": a comma, or the verb of what is to be done, stands between."""
    both = slots["both"]
    if " , " in both:
        subject, _, value = both.partition(" , ")
        first = value.split()[0]
        if first not in IMPERATIVES and first not in ("the", "my", "our") and statement.measured(value) is None:
            return None
        return _means(statement, {"subject": subject, "value": value.replace(" ,", "")})
    words = both.split()
    begins = (at for at in range(1, len(words)) if words[at] in IMPERATIVES or words[at] in ("the", "my"))
    at = next(begins, None)
    return (at and _means(statement, {"subject": " ".join(words[:at]), "value": " ".join(words[at:])})) or None


def _aside(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "nana, that's Margaret": what stands before it is a name, and no request for what is so."""
    said = slots["subject"].split()
    return None if said[0] in IMPERATIVES or _SPEAKERS & set(said) else _means(statement, slots)


_SPEAKERS = frozenset(["i", "me", "we", "us", "you", "it", "everything", "all", "something", "anything"])


def _named(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "from now on call the desk lamp sunny"; without that it is a call."""
    return _called(statement, slots) if statement.stands else None


def _instead(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "from now on use the floor lamp instead of the ceiling lamp"; without that it is a request."""
    return _means(statement, slots) if statement.stands else None


def _done(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "turn everything off when I say goodnight"."""
    return _means(statement, slots) if slots["value"].split()[0] in IMPERATIVES else None


_READERS: Mapping[str, Callable[[Statement, Mapping[str, str]], Lesson | None]] = {
    "means": _means,
    "aside": _aside,
    "named": _named, "instead": _instead, "call": _called, "does": _does, "done": _done,
}  # fmt: skip
