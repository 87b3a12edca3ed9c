"""Understanding: a statement → the lesson it teaches, or none.

What it is restricted to (when, where, for whom) is taken out of it first; what is left is matched against the templates
in their order, and the last step reads what the slots took as times, numbers or names. Where nothing fits, the same is
tried with less taken out, for what was taken may have been what the statement sets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sayagain.preferences import domains, nothing, rules
from sayagain.preferences.conditions import restricted, scope_of, stand
from sayagain.preferences.grammar import Grammar, Templates
from sayagain.preferences.times import CLOCK, DAYS, DURATION, NUMBER, Clock, bare
from sayagain.preferences.tokens import corrections, kept, plain, tokens
from sayagain.schema.preference import ALWAYS, Condition, Lesson, Scope

MOST_TOKENS = 40
"""Tokens of a statement at the most: who taught something in more words told a story."""
LONGEST_NAME = 9
"""Words of a subject or a value at the most."""

_LANGUAGES = (
    "english|german|french|spanish|italian|portuguese|dutch|swedish|danish|norwegian|finnish|polish|czech|russian|turkish|hindi|japanese|"
    "chinese|mandarin|korean|arabic|greek|hebrew|welsh|irish|catalan|ukrainian|hungarian|romanian|british english|american english"
)
_UNITS = "celsius|fahrenheit|metric|imperial|kilometres|kilometers|miles|kilos|pounds|litres|liters|gallons|centigrade|metric units|imperial units|kilograms|metres|meters|feet|grams|ounces|kelvin"
_LISTS = {
    "quantity": rf"(?:{DURATION}(?: long| each)?|(?: about| around| level)?{NUMBER}(?: percent)?(?: degrees?)?(?: celsius| fahrenheit)?(?: out of ten)?)(?= |$)",
    "language": rf"(?: (?:{_LANGUAGES}))",
    "unit": rf"(?: (?:{_UNITS}))",
}


@cache
def _templates() -> Templates:
    file = resources.files("sayagain.preferences").joinpath("data", "statements.toml")
    content = tomllib.loads(file.read_text(encoding="utf8"))
    return Templates(Grammar(content["rules"], _LISTS), content["statements"])


@dataclass(frozen=True)
class Statement:
    """A statement on its way to a lesson."""

    text: str
    """Tokens, without what restricts it."""
    when: Condition
    scope: Scope
    standing: bool
    clock: Clock
    names: Collection[str] = ()
    """Names that the assistant knows, as they are kept."""


def understand(text: str, names: Collection[str] = ()) -> Lesson | None:
    """Return what a statement teaches, or None where it teaches nothing.

    Args:
        text: in English, as it was said or recognised.
        names: names that the assistant knows, in any spelling.

    >>> understand("by my light I mean the desk lamp")
    Lesson(kind='alias', subject='light', value='desk lamp', scope='person', when=Condition(time=None, day=None, place=None, device=None))
    >>> understand("turn on the light") is None
    True
    """
    said = tokens(text)
    if len(said.split()) > MOST_TOKENS:
        return None
    known = frozenset(kept(tokens(name)) for name in names)
    corrected = corrections(plain(said))
    for before, after in corrected:
        if lesson := _corrected(before, after, text, known):
            return lesson
    return _lesson(plain(said), text, known)


def _corrected(before: str, after: str, raw: str, names: Collection[str]) -> Lesson | None:
    """Return the lesson whose end was corrected, or that was begun anew."""
    again = _lesson(plain(after), raw, names)
    if again is not None:
        return again
    words, end = before.replace(" ,", "").split(), plain(after)
    for cut in range(1, len(words)):
        start = " " + " ".join(words[: len(words) - cut])
        lesson = _lesson(plain(f"{start}{end}"), raw, names)
        whole = _lesson(plain(before), raw, names)
        if lesson and whole and _alike(lesson, whole) and lesson != whole:
            return lesson
    return None


def _alike(new: Lesson, old: Lesson) -> bool:
    """Return whether one lesson is another with one thing put right."""
    same = [new.kind == old.kind, new.subject == old.subject, new.value == old.value, new.when == old.when]
    return same.count(False) == 1 and new.kind in (old.kind, "alias", "value")


def _lesson(said: str, raw: str, names: Collection[str]) -> Lesson | None:
    text, standing = stand(said)
    text, scope = scope_of(text)
    if nothing.teaches_nothing(text, raw, standing=standing):
        return None
    clock = Clock.of(said)
    statements: dict[frozenset[str], Statement] = {}
    for fields, read in TAKEN:
        if fields not in statements:
            left, when = restricted(text, clock, fields)
            statements[fields] = Statement(plain(left), when, scope, standing, clock, names)
        if (lesson := read(statements[fields])) is not None:
            return lesson
    return None


def _asked_first(statement: Statement) -> Lesson | None:
    asked = rules._asks(re.sub(r"(?: ,)+", "", statement.text))
    return None if asked is None else _made(statement, "rule", asked.subject, asked.value)


def _meant(statement: Statement) -> Lesson | None:
    """Read words and what they mean; with times and places left where they may be part of the meaning."""
    for template, slots in _templates().matching(statement.text):
        read = MEANINGS.get(template.kind)
        if read is not None and (lesson := read(statement, slots)) is not None:
            return lesson
    return None


def _word(words: str) -> str:
    """Return words without what only says that they are words."""
    return re.sub(r"^(?:the )?(?:words?|phrase|name|term) (?=.)", "", words)


def _means(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    subject, value = _word(slots["subject"]), slots["value"]
    if (domain := domains.named(f" {subject}")) is not None and _measured(statement, value) is None:
        return _set(statement, domain, value)
    lesson = _valued(statement, subject, value)
    if lesson is not None:
        return lesson
    if not _is_meaning(statement, value, slots):
        return None
    return _alias(statement, subject, value)


def _is_meaning(statement: Statement, value: str, slots: Mapping[str, str]) -> bool:
    """Return whether words are a thing, place, person or deed of this home, and not what something is in general."""
    if re.search(r"(?:^| )(?:i|we) ", statement.text) or re.search(r"(?:^| )(?:my|our)(?= )", statement.text):
        return True
    first = value.split()[0]
    return first in ("the", "my", "our") or first in rules.IMPERATIVES or kept(value) in statement.names


def _valued(statement: Statement, subject: str, value: str) -> Lesson | None:
    """Return a lesson whose meaning is a time, a number, a duration or a day; what restricts it may stand behind it."""
    words = f" {value.replace(' ,', '')}"
    if (found := _measured(statement, value)) is not None:
        return _made(statement, "value", subject, found)
    for phrase in (frozenset(["day", "place", "device"]), frozenset(["time", "day", "place", "device"])):
        left, when = restricted(words, statement.clock, phrase)
        if left != words and (found := _measured(statement, left)) is not None:
            merged = Condition(**{**statement.when.said, **when.said})
            return _made(statement, "value", subject, found, merged)
    return None


def _measured(statement: Statement, value: str) -> str | None:
    words = " " + re.sub(r"^(?:about|around|any time|anything|any hour|the|set (?:it|the [^ ]+|them) to|turn (?:it|the [^ ]+|them) to|exactly)(?= ) ", "", value).strip()
    words = re.sub(r" (?:or later|or so|sharp|exactly)$", "", words)
    if re.search(r" or later$", value):
        words = f" after{words}"
    return statement.clock.value(words) or bare(words)


def _alias(statement: Statement, subject: str, value: str) -> Lesson | None:
    value = re.sub(r"^(?:(?:i want|i would like|you should|you must|you can|you have to|you are to|please|then|just|that|it is|to|want|it)(?: you)?(?: to)? )+", "", value)
    value = re.sub(r"^(?:start|begin|do|run) (?=(?:start|begin|do|run|turn|play)ing )", "", value)
    return _made(statement, "alias", subject, value)


def _called(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "I call the desk lamp my light": where the name begins is told by an article or a known name."""
    words = slots["both"].split()
    if words[0] in ("me", "you", "it", "him", "her", "this", "that", "them", "these", "those"):
        return None
    at = next((at for at in range(1, len(words)) if kept(" ".join(words[:at])) in statement.names), None)
    if at is None:
        at = next((at for at in range(2, len(words)) if words[at] in ("the", "my", "our", "a", "as", "just", "simply")), None)
    if at is None:
        at = len(words) - 1
    value, subject = words[:at], words[at:]
    while subject and subject[0] in ("as", "just", "simply", "also", "by"):
        subject = subject[1:]
    if not subject or (value[0] not in ("the", "my", "our") and kept(" ".join(value)) not in statement.names and value[0] in rules.PREPOSITIONS):
        return None
    if "," in subject or not value or words[0] in ("the", "a") and len(words) < 3:
        return None
    return _alias(statement, " ".join(subject), " ".join(value)) if " i " in f"{statement.text} " or " we " in statement.text or value[0] in ("the", "my", "our") else None


def _does(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read "when I say goodnight, turn off the lights": a comma, or the verb of what is to be done, stands between."""
    both = slots["both"]
    if " , " in both:
        subject, _, value = both.partition(" , ")
    else:
        words = both.split()
        at = next((at for at in range(1, len(words)) if words[at] in rules.IMPERATIVES or words[at] in ("the", "my")), None)
        if at is None:
            return None
        subject, value = " ".join(words[:at]), " ".join(words[at:])
    return _means(statement, {"subject": subject, "value": value.replace(" ,", "")})


def _done(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    value = slots["value"]
    if value.split()[0] not in rules.IMPERATIVES:
        return None
    return _means(statement, slots)


MEANINGS: Mapping[str, Callable[[Statement, Mapping[str, str]], Lesson | None]] = {
    "means": _means, "call": _called, "does": _does, "done": _done,
}  # fmt: skip

NO_NAMES = frozenset("later back when if at a an in on by the for to tomorrow up on my this that and with as".split())
MOST_NAME_WORDS = 3


def _name(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    words = slots["value"].split()
    if len(words) > MOST_NAME_WORDS or NO_NAMES & set(words):
        return None
    return _made(statement, "default", "name", slots["value"])


def _default(statement: Statement, slots: Mapping[str, str]) -> Lesson | None:
    """Read what is used in a domain; a number only where it is one that such a domain takes."""
    if "language" in slots:
        return _made(statement, "default", "language", slots["language"]) if statement.standing or "always" in statement.text or True else None
    if "unit" in slots:
        return _made(statement, "default", "units", slots["unit"])
    text = statement.text
    if "domain" not in slots:
        domain = "voice" if text.endswith(" voice") or " voice " in text else "units"
        return _made(statement, "default", domain, slots["value"])
    domain = domains.domain_of(f" {slots['domain']}")
    if domain is None or nothing.POINTING.search(slots["domain"]):
        return None
    if "quantity" in slots:
        found = _measured(statement, slots["quantity"].removesuffix(" long").removesuffix(" each"))
        return None if found is None else _made(statement, "default", domain, found)
    return _set(statement, domain, slots["value"])


def _set(statement: Statement, domain: str, value: str) -> Lesson | None:
    value = re.sub(r"^(?:(?:i|we|you|always|only|just|use|from|on|to|in|play|it|them|is|should|want|be|via|through) )+(?=[^ ])", "", value)
    measured = _measured(statement, value)
    return _made(statement, "default", domain, measured or re.sub(r" (?:app|for (?:that|it|them|this))$", "", value))


DEGREES = re.compile(
    r"^(?:(?:really|some|any|all|lots of|a lot of|lot of|kind of|kinds of|sort of|all kinds of|all sorts of|every kind of|anything by|much|most|a bit of|a good|good old|listening to|to listen to|watching|"
    r"reading|eating|drinking|to watch|to read|to eat|to drink|hearing|to hear|playing|the sound of|such|a little|plenty of|more|loads of|tons of|both|every|just|very|a nice|the idea of|it when you play|my|the|a|an|kinda|me some|"
    r"nothing more than|anything with|having|to have|it|genre|the (?:genre|style) of) )+(?=[^ ])"
)
TAILS = re.compile(r" (?:at all|anymore|any more|any longer|a lot|so much|very much|too|as well|in general|the most|best|most|instead|though|of all time|of all|either|if i am honest|really|a bit|around here|and always have|ever|myself|all day long|already)$")


def _taste(statement: Statement, slots: Mapping[str, str], kind: str) -> Lesson | None:
    value = slots["value"].replace(" ,", "")
    if not statement.when.said and re.search(r" (?:because|when|since|but|so that|if|that|which|who) ", f" {value} "):
        value = re.split(r" (?:because|since|but|so)(?= )", value)[0]
        if re.search(r" (?:when|if|that|which|who|how) ", f" {value} "):
            return None
    value = re.split(r" (?:over|to|more than|rather than|instead of|better than|and not|not)(?= )", value)[0] if "prefer" in statement.text else re.split(r" (?:over|more than|better than|rather than)(?= )", value)[0]
    while (shorter := TAILS.sub("", DEGREES.sub("", value))) != value:
        value = shorter
    if value.split()[:1] and value.split()[0] in ("this", "that", "these", "those"):
        return None
    subject = domains.domain_of(f" {statement.text.strip()}") or ""
    words = kept(value)
    closed = domains.CLOSING.sub("", f" {words}").strip()
    return _made(statement, kind, subject, closed or words)


def _templated(statement: Statement) -> Lesson | None:
    text = statement.text
    for template, slots in _templates().matching(text):
        lesson = None
        if template.kind == "name":
            lesson = _name(statement, slots)
        elif template.kind == "default":
            lesson = _default(statement, slots)
        elif template.kind in ("like", "dislike"):
            lesson = _taste(statement, slots, template.kind)
        if lesson is not None:
            return lesson
    return None


def _rule(statement: Statement) -> Lesson | None:
    found = rules.rule_of(statement.text, recurs=_recurs(statement.when), standing=statement.standing or statement.scope == "household")
    return None if found is None else _made(statement, "rule", found.subject, found.value)


def _recurs(when: Condition) -> bool:
    """Return whether a condition comes again and again: "at night" does, "at seven" may be meant once."""
    return when.day is not None or (when.time is not None and not re.fullmatch(r"\d\d:\d\d", when.time))


EVERYTHING = frozenset(["time", "day", "place", "device"])
LESS = (EVERYTHING, frozenset(["time", "day", "device"]), frozenset(["time", "day", "place"]), frozenset(["time", "day"]),
        frozenset(["day"]), frozenset[str]())  # fmt: skip
TAKEN: tuple[tuple[frozenset[str], Callable[[Statement], Lesson | None]], ...] = (
    (EVERYTHING, _asked_first),
    (frozenset(["day"]), _meant),
    (frozenset(), _meant),
    *((fields, _templated) for fields in LESS),
    *((fields, _rule) for fields in LESS),
)
"""What is taken out of a statement before it is read, and how it is read then, tried in order: what words mean may be a
time or a place; else a place that was taken out may have been what is chosen."""


def _made(statement: Statement, kind: str, subject: str, value: str, when: Condition | None = None) -> Lesson | None:
    """Return a lesson where both of its ends name something, and are no longer than names are."""
    subject, value = kept(subject.replace(" ,", "")), kept(value.replace(" ,", ""))
    tastes = kind in ("like", "dislike", "rule")
    if nothing.names_nothing(value) or (not subject and not tastes) or (subject and kind != "rule" and nothing.names_nothing(subject)):
        return None
    if len(subject.split()) > LONGEST_NAME or len(value.split()) > LONGEST_NAME or subject == value:
        return None
    return Lesson(kind=kind, subject=subject, value=value, scope=statement.scope, when=statement.when if when is None else when)  # type: ignore[arg-type]
