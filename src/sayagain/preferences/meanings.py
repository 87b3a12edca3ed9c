"""Meanings: words that somebody gives a meaning, a thing or a deed (an alias) or a time or number (a value)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sayagain.preferences import domains, rules
from sayagain.preferences.conditions import restricted
from sayagain.preferences.defaults import used
from sayagain.preferences.statement import EVERYTHING, Statement
from sayagain.preferences.times import DAYS
from sayagain.preferences.tokens import kept
from sayagain.schema.preference import Lesson


def meaning(statement: Statement) -> Lesson | None:
    """Return what a statement says that words mean."""
    for template, slots in statement.matching(*_READERS):
        if (lesson := _READERS[template.kind](statement, slots)) is not None:
            return lesson
    return None


def _means(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    subject, value = _apart(_WORD.sub("", slots["subject"])), _apart(slots["value"])
    subject, statement = statement.split(subject)
    if _turned(statement, subject, value):
        subject, value = value, subject
    if kept(value) == "name":
        return None
    domain = domains.named(f" {value}")
    if domain is not None and domains.named(f" {subject}") is None and " as " in statement.text:
        return used(statement, domain, subject)
    if (domain := _domain_asked(subject)) is not None and value.split()[0] not in DEEDS:
        return used(statement, domain, value)
    lesson = _valued(statement, subject, value)
    if lesson is not None:
        return lesson
    return _alias(statement, subject, value) if _is_meaning(statement, value) else None


def _turned(statement: Statement, subject: str, value: str) -> bool:
    """Return whether the meaning stands first: "twenty two degrees is what I call warm"."""
    measured = statement.measured(subject) is not None and statement.measured(value) is None
    return measured and re.match(r"(?:the|my) ", value) is None


_WORD = re.compile(r"^(?:the )?(?:words?|phrase|name|term) (?=.)")
"""What only says that words are words."""

_FOR_ME = (
    r"(?: ,)?(?: (?:for|to|with) (?:me|us)| for the (?:whole )?(?:family|house)| in my (?:language|book|case|world|head|mind)"
    r"| as far as i am concerned| by the way| remember it| when i say it| in my (?:contacts|phone ?book|address book))"
)
_BEHIND = re.compile(rf"{_FOR_ME}+$")
_BEFORE = re.compile(rf"^{_FOR_ME}+(?: ,)?(?= )")


def _apart(words: str) -> str:
    """Return words without what only says whose words they are: "late, for me"."""
    return re.sub(r" (?:that|so)$", "", _BEFORE.sub("", _BEHIND.sub("", f" {words}"))).strip(" ,") or words


ASKED_PLAINLY = frozenset("""
    put set a an the what is play some someone somebody anyone turn me on to start make read check how give tell about any order show open call for
    my i want hear something create new up do of s in will be
""".split())  # fmt: skip
"""Words beside which a domain is asked for, and nothing in it is named."""
_ASKS = frozenset("what how put set play turn read tell give show order call start check make".split())
DEEDS = rules.IMPERATIVES - {"use", "read", "show", "give", "play", "take", "go", "put", "open", "order", "make", "run"}
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
    first = value.split()[0]
    of_home = first in ("the", "my", "our") or first in rules.IMPERATIVES or kept(value) in statement.names
    return of_home or statement.lasts or _OF_WORDS.search(statement.text) is not None


_OF_WORDS = re.compile(
    r" (?:i|we|my|our|stands for|refers to|short for|shorthand|the words?|the phrase|nickname|alias|as|equals|code|"
    r"another name|is called|known as|way of saying|way to say|the same|meaning|cue|signal|sign|tells|trigger)(?= |$)"
)


def _valued(statement: Statement, subject: str, value: str) -> Lesson | None:
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
    r"^(?:(?:i want|i would like|you should|you must|you can|you have to|you are to|please|then|just|that|it is|to|want|it|use|about|"
    r"mean|called|name for|think of|think)(?: you)?(?: to)? )+(?=[^ ])"
)
"""What leads to a meaning, and is no part of it."""


def _alias(statement: Statement, subject: str, value: str) -> Lesson | None:
    return statement.lesson("alias", subject, _LEADS.sub("", value))


_NO_THING = frozenset("me you it him her this that them these those".split())


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
    if not value or (words[0] in ("the", "a") and len(words) < 3) or words[0] in rules.PREPOSITIONS:
        return None
    if (lesson := _valued(statement, subject, value)) is not None:
        return lesson
    said = re.search(r" (?:i|we) ", statement.text) or words[0] in ("the", "my", "our")
    return _alias(statement, subject, value) if said else None


def _does(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "when I say goodnight, turn off the lights": a comma, or the verb of what is to be done, stands between."""
    both = slots["both"]
    if " , " in both:
        subject, _, value = both.partition(" , ")
        return _means(statement, {"subject": subject, "value": value.replace(" ,", "")})
    words = both.split()
    begins = (at for at in range(1, len(words)) if words[at] in rules.IMPERATIVES or words[at] in ("the", "my"))
    at = next(begins, None)
    return at and _means(statement, {"subject": " ".join(words[:at]), "value": " ".join(words[at:])}) or None


def _done(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "turn everything off when I say goodnight"."""
    return _means(statement, slots) if slots["value"].split()[0] in rules.IMPERATIVES else None


_READERS: Mapping[str, Callable[[Statement, Mapping[str, str]], Lesson | None]] = {
    "means": _means, "call": _called, "does": _does, "done": _done,
}  # fmt: skip

KIN = frozenset(
    "mum mom mummy mommy mother dad daddy father gran granny nan nana grandma grandpa grandad boss auntie uncle aunt hubby wifey sis bro".split()
)
"""Words for people that everybody has others of."""
_COPULA = re.compile(r"^(?P<subject>(?: [^ ]+)+?)(?P<is> is always| is just| is| are| runs| run| lasts| goes| would be)(?P<value>(?: [^ ]+)+)$")
_NO_WORDS = frozenset(
    "i we you he she it they that this there what who how where when why here these those which if and so everything nothing something".split()
)
_TELLS = re.compile(
    r" (?:on|in|off|of|at|for|with|to|from|not|too|so|very|up|down|out|than|favourite|because|when|again)(?= |$)"
    r"|^ (?:the|my|our|a) (?:one|best|worst|same|problem|first|last|only|other|reason|thing)(?= |$)"
)
"""Words after "is" that tell something of a thing, and give it no other name."""
_TITLES = frozenset("dr doctor mr mrs ms miss professor prof aunt uncle grandma grandpa".split())
MOST_NAME_WORDS = 4
_FOR_ME_SAID = re.compile(r" (?:for|to|with) (?:me|us)(?= |$)")
_CHOICES = re.compile(r" (?:default|usual|standard|normal|preferred|favourite|favourites|name)(?= |$)")
_NAMED_AFTER = re.compile(r"^(?: the [^,]*) (?:is|are) (?:our |the .*(?: to (?:me|us)| for us)$)|(?: in my language)")
"""A thing that stands before what somebody calls it: "the aquarium light is our fishies"."""


def named_otherwise(statement: Statement) -> Lesson | None:
    """Return what "X is Y" teaches: a word for a value ("late is after ten"), or one name for another."""
    found = _COPULA.match(statement.text.replace(" ,", ""))
    if found is None:
        return None
    subject, value = _apart(found["subject"].strip()), _apart(found["value"].strip())
    subject, statement = statement.split(subject)
    if _CHOICES.search(statement.text) and (domains.domain_of(statement.text) or " favourite" in statement.text or " name" in statement.text):
        return None
    if _NAMED_AFTER.search(found[0]) or (kept(subject) in statement.names and kept(value) not in statement.names):
        subject, value = value, subject
    words = subject.split()
    if words[0] in _NO_WORDS or len(words) > MOST_NAME_WORDS or (words[0] in rules.IMPERATIVES and len(words) > 2):
        return None
    if domains.named(f" {value}") is not None:
        return None
    if _turned(statement, subject, value) and statement.measured(subject) not in DAYS:
        subject, value = value, subject
    if (domain := domains.named(f" {subject}")) is not None:
        meant = statement.lasts or kept(value) in statement.names or " for me " in found[0]
        return used(statement, domain, value) if meant else None
    on_a_day = value.startswith("on ") and not subject.endswith(" day")
    at_a_time = value.startswith("at ") and not (statement.lasts or "time" in words[-1] or _FOR_ME_SAID.search(found[0]))
    if not at_a_time and not on_a_day and (lesson := _valued(statement, subject, value)) is not None:
        return lesson
    if (day := statement.measured(subject)) in DAYS and len(value.split()) <= MOST_NAME_WORDS:
        return statement.lesson("value", value, day or "")
    theirs = words[0].removesuffix("'s") in KIN or words[0].endswith("'s")
    articles = (value.startswith("the ") and len(value.split()) > 2) or value.split()[0] in ("the", "my", "our") and (words[0] in ("the", "my", "our") or theirs)
    theirs = theirs or (len(words) == 1 and value.split()[0] in _TITLES)
    theirs = theirs and len(value.split()) > 1 and not value.split()[0].endswith("ing")
    if not (articles or theirs or kept(value) in statement.names) or len(value.split()) > MOST_NAME_WORDS:
        return None
    return None if _TELLS.search(f" {value}") else _alias(statement, subject, value)
