"""Reading by templates: a statement → the lesson it teaches, or none.

What it is restricted to (when, where, for whom) is taken out of it first; what is left is matched against the templates
in their order, and the last step reads what the slots took as times, numbers or names. Where nothing fits, the same is
tried with less taken out, for what was taken may have been what the statement sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from sayagain.preferences import domains, nothing, rules
from sayagain.preferences.conditions import restricted, scope_of, stand
from sayagain.preferences.defaults import default, name
from sayagain.preferences.meanings import meaning
from sayagain.preferences.naming import named_otherwise
from sayagain.preferences.statement import EVERYTHING, Statement, Whole
from sayagain.preferences.tastes import taste
from sayagain.preferences.times import Clock, numbered
from sayagain.preferences.tokens import ARTICLES, corrections, kept, plain, tokens
from sayagain.schema.preference import Lesson

MOST_TOKENS = 40
"""Tokens of a statement at the most: who taught something in more words told a story."""
MOST_CLAUSES = 4
"""Places at which a statement is cut in two."""


Readers = tuple[tuple[frozenset[str], Callable[[Statement], Lesson | None]], ...]
"""What is taken out of a statement, and what reads the rest, in order."""


def by_templates(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what a statement teaches, or None where it teaches nothing.

    Args:
        text: in English, as it was said or recognised.
        names: names that the assistant knows, as ``known_names`` gives them.

    >>> lesson = by_templates("by my light I mean the desk lamp")
    >>> lesson.kind, lesson.subject, lesson.value
    ('alias', 'light', 'desk lamp')
    >>> by_templates("turn on the light") is None
    True
    """
    said = tokens(text)
    if len(said.split()) > MOST_TOKENS:
        return None
    heard = Heard(text, names)
    for before, after in corrections(plain(said)):
        if lesson := _corrected(before, after, heard):
            return lesson
    return _lesson(plain(said), heard)


def filtered(text: str) -> bool:
    """Return whether a statement is of a kind that teaches nothing, whatever reads it."""
    said = scope_of(stand(plain(tokens(text)))[0])[0]
    return not said.strip(" ,") or nothing.teaches_nothing(said, text)


@dataclass(frozen=True)
class Heard:
    """A statement as it was heard, and what it is read with."""

    raw: str
    names: Collection[str]


def _corrected(before: str, after: str, heard: Heard) -> Lesson | None:
    """Return the lesson that was begun anew, or whose end was put right: the fewest words that give another one."""
    again = _lesson(plain(after), heard)
    if again is not None:
        return again
    words, end = before.replace(" ,", "").split(), plain(after)
    whole = _lesson(plain(before), heard)
    cuts = list(range(1, len(words)) if whole else range(len(words) - 1, 0, -1))
    if end.split()[:1] and end.split()[0] in ARTICLES:  # "the hall lamp, no wait, the desk lamp"
        cuts.sort(key=lambda cut: words[-cut] not in ARTICLES)
    for cut in cuts:
        lesson = _lesson(plain(f" {' '.join(words[:-cut])}{end}"), heard)
        if lesson and (whole is None or (lesson != whole and _one_thing_apart(lesson, whole))):
            return lesson
    return None


def _one_thing_apart(new: Lesson, old: Lesson) -> bool:
    return sum([new.subject != old.subject, new.value != old.value, bool(old.when.said) and new.when != old.when]) == 1


def _lesson(said: str, heard: Heard) -> Lesson | None:
    """Return what tokens teach; where the whole teaches nothing, what a topic or a clause of it does."""
    text, standing = stand(said)
    text, scope = scope_of(text)
    if not text.strip(" ,") or nothing.teaches_nothing(text, heard.raw):
        return None
    hint = domains.domain_of(said.replace(" name ", " ")) if standing and not domains.domain_of(text) else None
    whole = Whole(scope, standing, Clock.of(said), heard.names, said, hint)
    forms = (text, *_topics(text), *_clauses(text))
    lessons = (_read(plain(form), whole) for form in forms)
    return next((lesson for lesson in lessons if lesson is not None), None)


def _asked_first(statement: Statement) -> Lesson | None:
    asked = rules.asks(re.sub(r"(?: ,)+", "", _impersonal(statement)))
    return None if asked is None else statement.lesson("rule", asked.subject, asked.value)


def _impersonal(statement: Statement) -> str:
    """Return a rule of the house without "you" or "we", which there tell nothing that somebody does."""
    return re.sub(r"^ (?:you|we)(?= )", "", statement.text) if statement.whole.scope == "household" else statement.text


def _rule(statement: Statement) -> Lesson | None:
    standing = statement.whole.standing or statement.whole.scope == "household"
    found = rules.rule_of(
        _impersonal(statement), recurs=statement.recurs, surely=statement.surely_recurs, standing=standing
    )
    return None if found is None else statement.lesson("rule", found.subject, " ".join(numbered(found.value.split())))


_DAY, _NOTHING = frozenset(["day"]), frozenset[str]()
_LESS = (
    EVERYTHING,
    frozenset(["time", "day", "device"]),
    frozenset(["time", "day", "place"]),
    frozenset(["time", "day"]),
    _DAY,
    _NOTHING,
)
READERS: Readers = (
    (EVERYTHING, _asked_first),
    (EVERYTHING, name),
    (_DAY, meaning),
    (_NOTHING, meaning),
    (_DAY, named_otherwise),
    (_NOTHING, named_otherwise),
    *((fields, default) for fields in _LESS),
    *((fields, taste) for fields in _LESS),
    *((fields, _rule) for fields in _LESS),
)
"""What is taken out of a statement before it is read, and what reads it then, in order: what words mean may be a time
or a place; else a place that was taken out may have been what is chosen."""


def _read(text: str, whole: Whole) -> Lesson | None:
    statements: dict[frozenset[str], Statement] = {}
    tried = set()
    for fields, read in READERS:
        if fields not in statements:
            left, when = restricted(text, whole.clock, fields)
            statements[fields] = Statement(plain(left), when, whole)
        statement = statements[fields]
        if not statement.text.strip() or (read, statement.text) in tried:
            continue
        tried.add((read, statement.text))
        if (lesson := read(statement)) is not None:
            return lesson
    return None


_TOPIC = re.compile(
    r"^(?P<topic>(?: (?!(?:i|we|you|to|when|if|by|never|always|mean|means|is|are|do|not|it|that|this|call|say|"
    r"and|for|use|turn|play|stop|put|set|she|he|they|my mum)(?: |$))[^ ,]+){1,5}?)"
    r"(?: ,)?(?: (?:no|and|well|right|so)(?: ,)?)*(?P<rest> (?:i|we|never|always|do not|that is|those|it is|"
    r"they are)(?: .+)?)$"
)
_PRONOUN = re.compile(
    r" (?:them|those|it|that)(?= (?:on|off|up|down|anymore|at all|so much|a lot|the|my|our|to|in|before|after|"
    r"at)(?: |$)|$)"
)
_CLAUSE = re.compile(
    r" ,| (?:so|and|but|because|since|cause)(?= )|(?= (?:i|we|call me|remember|by|when|whenever|if i|every time) )"
)


def _topics(text: str) -> Iterator[str]:
    """Yield a statement with its topic in the place of the pronoun: "country songs, I can't stand them"."""
    found = _TOPIC.match(text)
    if found is None:
        return
    topic, rest = found["topic"], found["rest"]
    if kept(topic) and f" {kept(topic)} " in f" {kept(rest)} ":
        yield rest
    if _PRONOUN.search(rest):
        yield _PRONOUN.sub(lambda _: topic, rest, count=1)


def _clauses(text: str) -> Iterator[str]:
    """Yield the clauses of a statement that says a thing twice, the last first."""
    places = [each for each in _CLAUSE.finditer(text) if 0 < each.start() < len(text)][:MOST_CLAUSES]
    yield from (text[each.end() :] for each in reversed(places))
    yield from (text[: each.start()] for each in places)
