"""Whole requests: what a person says to do "when I say X" is kept with its verb and all its values, or not at all.

A reader that looks for names and times finds "six minutes" in "when I say eggs, set a timer for six minutes"; put into
another request, that would spoil it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sayagain.preferences.conditions import restricted, scope_of, stand
from sayagain.preferences.domains import domain_of
from sayagain.preferences.nothing import POINTING
from sayagain.preferences.statement import EVERYTHING
from sayagain.preferences.times import Clock, numbered
from sayagain.preferences.tokens import ARTICLES, corrections, kept, plain, tokens
from sayagain.preferences.verbs import ASKING, IMPERATIVES, SWITCHING, base, is_gerund
from sayagain.schema.preference import ALWAYS as NO_CONDITION
from sayagain.schema.preference import Condition, Lesson
from sayagain.text.normalise import form_of

MOST_DEED_WORDS, MOST_SAID_WORDS = 16, 6
"""Words of a request that is kept whole, and of what is said in its place, at the most."""
_FIRST = IMPERATIVES - {"use"} | ASKING - {"is", "are", "will"}
"""Words with which a request begins."""
_NAMING = frozenset([
    "call", "use", "give", "name", "remember", "let", "be", "prefer", "choose", "pick", "mention", "read", "put",
    "save", "go", "check", "lead", "limit", "wait", "hold", "pull", "allow", "show", "tell", "share", "talk", "speak",
    "say", "ask", "answer", "pay", "run",
])  # fmt: skip
"""Verbs with which a name is given, or something chosen, and nothing is asked for."""
_AT_HAND = frozenset(["it", "that", "this", "them", "me", "us"])
_STOPS = frozenset(["mean", "means", "meant", "say", "said", "is", "are", "was", "as", "equals", "like", ","])
"""Words behind which the meaning of words begins."""
_SPEAKERS = frozenset(["i", "we", "you", "me"])
_SMALL = frozenset(["just", "please", "to", "the", "percent", "degrees"])
"""Words that a request may lose."""

_ABOUT = frozenset(["about", "around", "at", "be", "for", "of", "set"])
"""Words beside a quantity that name no thing."""

_SAYS = r" (?:when|whenever|if|every time|each time|any time|once) (?:i|we) (?:just |only )?(?:say|type|shout|call out)"
_SAID = r"(?P<said>(?: [^ ,]+)+?)"
_DOES = (
    r"(?: ,)?(?: (?:then|please|just|you should|you must|you can|i want you to|i would like you to|you))*(?P<deed> .+)"
)
FRAMES = tuple(
    re.compile(frame + r"(?: ,)?$")
    for frame in (
        rf"^{_SAYS}{_SAID} ,{_DOES}",
        rf"^{_SAYS}{_SAID}{_DOES}",
        rf"^(?P<deed> .+?)(?: ,)?{_SAYS}{_SAID}",
        rf"^(?: by)?{_SAID}(?: ,)? (?:i|we) mean{_DOES}",
        rf"^{_SAID} (?:means|should mean|shall mean|will mean|stands for|is short for|equals){_DOES}",
    )
)
"""How a whole request is given to words; in others the reader of names is believed."""
_CUE = re.compile(
    rf"^{_SAYS}(?: the (?:word|phrase))?(?P<said>(?: [^ ,]+)+?) , "
    r"|^(?: (?:take|treat|read|see))?(?P<cue>(?: [^ ,]+){1,5}?) (?:as|is) (?:my|our|the|a) "
    r"(?:cue|signal|sign|command|trigger) (?:for|to) "
    r"|^(?P<code>(?: [^ ,]+){1,5}?) (?:is|are) (?:code|short|shorthand) for "
)
"""How words are told to be a cue."""
_WANTED = re.compile(rf"^{_SAYS}(?: [^ ,]+)+?(?: ,)? (?:i|we) (?:want|need|would like)(?P<wanted> .+)$")
BOUNDED = 3
"""Of these, how many tell where what is said begins."""
_CLAUSE = re.compile(r" (?:is|are|that|so|but|if|when|whenever|because|since|means)(?= )")
_BEHIND = re.compile(r"(?: ,(?! and| then)| because| cause| since| so| that is| and that is| when i say)(?= ).*$")
"""What is said behind a request, and is no part of it."""


@dataclass(frozen=True)
class Told:
    """What a statement says to do when some words are said, both in tokens."""

    said: str
    deed: str
    when: Condition
    bounded: bool
    """Whether it is told where what is said begins: "when I say"."""


def kept_whole(lesson: Lesson, text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return the lesson of a statement with the whole request that it asks for; None where a part is lost.

    Args:
        lesson: as it was understood.
        text: the statement.
        names: names that the assistant knows.

    >>> eggs = Lesson(kind="alias", subject="eggs", value="six minutes")
    >>> kept_whole(eggs, "when I say eggs, set a timer for six minutes").value
    'set timer for six minutes'
    >>> kept_whole(eggs, "eggs, you know, set a timer for six minutes") is None
    True
    """
    if _wants_more(lesson, text):
        return None
    if lesson.kind == "default" and (cue := _cue(text)) is not None and domain_of(cue) != lesson.subject:
        if set(lesson.subject.split()) <= set(cue.split()):  # "if I just say coffee, I mean an oat latte"
            return None if _cut(lesson, text) else lesson
        told = told_to_do(text, names)
        return None if told is None or POINTING.search(told.deed) else _as_told(told, lesson)
    return _whole(lesson, text, names) if lesson.kind in ("alias", "value") else lesson


def _whole(lesson: Lesson, text: str, names: Collection[str]) -> Lesson | None:
    """Return an alias or a value as a whole request, where it is one."""
    told = told_to_do(text, names)
    if told is None or not set(lesson.subject.split()) <= set(tokens(told.said).split()):
        return None if _cut(lesson, text) else lesson
    said, deed = kept(told.said), kept(told.deed)
    if _names_alike(lesson, said, deed) or (lesson.kind == "value" and POINTING.search(told.deed)):
        return lesson
    if len(deed.split()) > MOST_DEED_WORDS:
        return None
    if _is_same(lesson, deed):
        return (
            lesson.model_copy(update={"subject": said}) if told.bounded or _begins_as_request(said, lesson) else lesson
        )
    return _as_told(told, lesson)


def _as_told(told: Told, lesson: Lesson) -> Lesson:
    return Lesson(kind="alias", subject=kept(told.said), value=kept(told.deed), scope=lesson.scope, when=told.when)


def _cue(text: str) -> str | None:
    """Return the words at which a statement tells that something is to be done; None where it tells none."""
    found = _CUE.match(plain(tokens(text)))
    return None if found is None else found["said"] or found["cue"] or found["code"]


def told_to_do(text: str, names: Collection[str] = frozenset()) -> Told | None:
    """Return what a statement says to do when some words are said; None where it says nothing like that.

    >>> told = told_to_do("set the heating to 21 when I say make it cosy")
    >>> told.said, told.deed
    (' make it cosy', ' set the heating to 21')
    """
    said = plain(tokens(text))
    if corrections(said):
        return None
    lasting, said = said, scope_of(stand(said)[0])[0]  # "every time I say": that it lasts is part of how it is told
    outside, when = restricted(said, Clock.of(said), EVERYTHING)
    for form, condition in ((said, NO_CONDITION), (lasting, NO_CONDITION), (plain(outside), when)):
        for frame in FRAMES:
            found = frame.match(form)
            told = None if found is None else _told(found, names)
            if told is not None and f"{told.deed} " in f"{lasting} ":  # nothing was taken out of it
                verb, _, rest = told.deed.strip().partition(" ")
                when = Condition(**{**condition.said, **told.when.said})
                return replace(told, deed=f" {base(verb)} {rest}", when=when)
    return None


def _told(found: re.Match[str], names: Collection[str]) -> Told | None:
    deed = _BEHIND.sub("", found["deed"])
    words = deed.split()
    if len(words) < 2 or base(words[0]) not in _FIRST or kept(deed) in names:
        return None
    said, when = _apart_from_days(_WORD.sub("", found["said"]))
    bounded = found.re in FRAMES[:BOUNDED]
    if not kept(said) or kept(said) == kept(deed) or len(said.split()) > MOST_SAID_WORDS:
        return None
    if (words[0] in ASKING and found.re is FRAMES[2]) or (_CLAUSE.search(said) and not bounded):
        return None
    return Told(said, deed, when, bounded)


_WORD = re.compile(r"^(?: the)? (?:words?|phrase)(?= )")


def _apart_from_days(said: str) -> tuple[str, Condition]:
    """Return words without the days on which they mean that: "goodnight on weekdays"."""
    left, when = restricted(said, Clock.of(said), frozenset(["day"]))
    return (left, when) if left.strip(" ,") and when.day else (said, NO_CONDITION)


def _names_alike(lesson: Lesson, said: str, deed: str) -> bool:
    """Return whether two requests name one thing in two ways: "call gran means call Eileen Doyle"."""
    (first, _, rest), (verb, _, meant) = said.partition(" "), deed.partition(" ")
    return first == verb and set(lesson.subject.split()) <= set(rest.split()) and lesson.value in meant


def _begins_as_request(said: str, lesson: Lesson) -> bool:
    """Return whether what was left out of the words to be said is their verb, or only points: "make my evening"."""
    words, named = said.split(), lesson.subject.split()
    left_out = [word for word in words if word not in named]
    return words[0] in {*left_out} & _FIRST or set(left_out) <= {"it", "up", "them"}


def _is_same(lesson: Lesson, deed: str) -> bool:
    """Return whether a lesson has all words of a request, but for those of which it made a condition."""
    deed = form_of(deed)
    first, *rest = deed.split()
    verb, *words = form_of(lesson.value).split()
    if verb != base(first) and not {verb, first} <= SWITCHING:
        return False
    has = _SMALL.union(words, [verb])
    left, when = restricted(f" {deed}", Clock.of(f" {deed}"), frozenset(lesson.when.said))
    return has.issuperset(rest) or (when.said == lesson.when.said and has.issuperset(left.split()[1:]))


def _cut(lesson: Lesson, text: str) -> bool:
    """Return whether the verb of a request stands before what was read as its meaning, and was left out."""
    words, value = form_of(tokens(text)).split(), form_of(lesson.value).split()
    if not value or base(value[0]) in IMPERATIVES:
        return False
    at = _begins(words, value)
    while at is not None and at > 0:
        at -= 1
        word = words[at]
        if word in _STOPS or word in lesson.subject.split():
            return False
        verb = base(word) if is_gerund(word) else word
        asks = verb in IMPERATIVES - _NAMING and words[at + 1] not in _AT_HAND
        if asks and not (at > 0 and words[at - 1] in _SPEAKERS | {"and", "to"} | ARTICLES):
            return True
    return False


def _wants_more(lesson: Lesson, text: str) -> bool:
    """Return whether a thing is wanted of which only the quantity was read: "I want a timer for six minutes"."""
    if lesson.kind not in ("value", "default") or (found := _WANTED.search(plain(tokens(text)))) is None:
        return False
    said = set(numbered(found["wanted"].replace(",", " ").split()))
    return bool(said - set(lesson.value.split()) - _SMALL - ARTICLES - _AT_HAND - _ABOUT)


def _begins(words: Sequence[str], value: Sequence[str]) -> int | None:
    """Return where a meaning begins in a statement: its first word that is followed by most of the others."""
    places = [at for at, word in enumerate(words) if word == value[0]]
    following = {at: sum(each in words[at : at + 2 * len(value)] for each in value) for at in places}
    return max(following, key=lambda at: (following[at], at), default=None)
