"""The remainder: what is left of a statement when all words that only frame it are taken away.

Ways of saying a thing are without end, but the words that frame it are few. Where no template fits, and a statement has
a word that tells its kind, one run of other words that is left is what is taught. Two runs, and nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sayagain.preferences import domains
from sayagain.preferences.defaults import used
from sayagain.preferences.statement import Statement
from sayagain.preferences.tastes import tasted
from sayagain.preferences.tokens import kept
from sayagain.preferences.words import words as listed
from sayagain.schema.preference import Lesson

FRAME = listed("frame")
"""Words that only frame what is taught."""
JOINED = frozenset(["one", "thing", "place", "time", "day", "mode", "room", "person", "stuff", "way"])
"""Words that are part of a name where another word of it stands right before them."""
STANDING_WORDS = re.compile(
    r" (?:default|defaults|usual|usually|normally|standard|preferred|go to|always|regular)(?= |$)"
)
MEANS = re.compile(
    r" (?:mean|means|meaning|meant|call|calls|called|calling|say|says|saying|nickname|stands?|refers?|"
    r"referring|shorthand|known|alias|"
    r"equals|equivalent|translates?|interpret|understand|treat|count|counts)(?= |$)"
)
LIKES = re.compile(
    r" (?:like|love|enjoy|adore|prefer|favourite|favourites|fond|keen|into|"
    r"crazy about|mad about|obsessed|supporter|supporters|lover|lovers|rooting|root|cheer)(?= |$)"
)
DISLIKES = re.compile(
    r" (?:hate|dislike|detest|loathe|despise|can not (?:stand|bear|abide|stomach|tolerate)|not (?:\w+ "
    r"){0,3}(?:like|fan|into|keen|fond|enjoy|love|care for|favourite|lover)|"
    r"never (?:liked|enjoyed|loved|cared for)|no fan|least favourite|sick of|fed up|tired of|allergic|put off|"
    r"avoid)(?= |$)"
)
_TASTE_WORDS = listed("taste_words")
_USE_WORDS = listed("use_words")
_OTHERS = re.compile(
    r" (?:he|she|him|her|his|hers|they|their|someone|somebody|nobody|people|friend|brother|sister|neighbour|boss|"
    r"wife|husband|son|daughter|kids|teacher|mum|mom|dad|gran|uncle|aunt|cousin|colleague)(?= |$)"
)
_POINTS = re.compile(
    r" (?:this|these|it when|that (?:one|song|film|movie|part|bit)|last|next|to (?!me |us |listen|watch|eat|read|"
    r"drink|hear)[^ ]+)(?= |$)"
)
_ORDERS = re.compile(
    r"^ (?:call|ring|phone|text|message|remind|play|tell|ask|show|wake|order|send|find|say|read)(?= )|^ remind "
)
"""Verbs with which a request begins."""
MOST_WORDS = 4


def remainder(statement: Statement) -> Lesson | None:
    """Return what is left of a statement of which a word tells the kind; None where that is not one thing."""
    text = statement.text.replace(" ,", "")
    if _OTHERS.search(text) or _ORDERS.match(text):
        return None
    if MEANS.search(text) and (lesson := _meaning(statement, text)) is not None:
        return lesson
    if re.search(r" (?:i|we|my|our|me|us|mine)(?= |$)", text):
        kind = "dislike" if DISLIKES.search(text) else "like" if LIKES.search(text) else None
        if kind is not None and not _POINTS.search(text):
            runs = _runs(_without_domain(text), FRAME | _TASTE_WORDS)
            return tasted(statement, runs[0], kind == "like") if len(runs) == 1 else None
    if (statement.whole.standing or STANDING_WORDS.search(text)) and (domain := domains.domain_of(text)) is not None:
        return _default(statement, text, domain)
    return None


def _meaning(statement: Statement, text: str) -> Lesson | None:
    """Return an alias for the one name that the assistant knows, or a word for the one value that is said."""
    for words in _inside(text):
        name = kept(words)
        if name in statement.names:
            runs = _runs(text.replace(f" {words}", " ,", 1), FRAME)
            return statement.lesson("alias", runs[0], name) if len(runs) == 1 else None
    for words in _inside(text):
        runs = _runs(text.replace(f" {words}", " ,", 1), FRAME)
        if len(runs) == 1 and (found := statement.measured(words, runs[0])) is not None:
            return statement.lesson("value", runs[0], found)
    return _two_runs(statement, text) if _EXPLAINS.search(text) else None


_EXPLAINS = re.compile(
    r" (?:(?:when|whenever|if|every time|once|where) (?:i|we|you) (?:\w+ ){0,2}(?:say|hear|ask|mention|talk)"
    r"|(?:by|with) (?:[^ ]+ ){1,4}(?:i|we) |(?:i|we) (?:\w+ ){0,2}(?:call|say|refer)(?= |$)|the words?|the phrase"
    r"|(?:my|our) (?:word|name|nickname|term)|known as|stands for|short for|refers to)"
)
_NAMES = re.compile(r" (?:call|calls|called|calling|known as|nickname|name for|word for|goes by)(?= |$)")


def _two_runs(statement: Statement, text: str) -> Lesson | None:
    """Return an alias where two things are left, or one and a deed: which is which is told by the word between them."""
    words = text.split()
    deeds = (at for at in range(2, len(words) - 1) if words[at] in DEEDS and words[at - 1] not in FRAMED_NOUNS)
    at = next(deeds, None)
    if at is not None:
        runs = _runs(" " + " ".join(words[:at]), FRAME)
        return statement.lesson("alias", runs[0], " ".join(words[at:])) if len(runs) == 1 else None
    runs = _runs(text, FRAME)
    if len(runs) != 2:
        return None
    first, second = runs
    between = text[text.index(first) + len(first) : text.rindex(second)]
    named_after = _NAMES.search(f" {between}") or _NAMES.search(text[: text.index(first)])
    return statement.lesson("alias", *((second, first) if named_after else (first, second)))


FRAMED_NOUNS = frozenset(["the", "a", "an", "my", "our", "your", "call", "by", "word", "say"])
DEEDS = frozenset(
    [
        "turn",
        "switch",
        "dim",
        "close",
        "open",
        "shut",
        "lock",
        "play",
        "put",
        "start",
        "stop",
        "pause",
        "mute",
        "lower",
        "raise",
        "set",
        "run",
        "activate",
        "cut",
        "kill",
    ]
)
"""Verbs with which what is to be done begins, where somebody says certain words."""


def _default(statement: Statement, text: str, domain: str) -> Lesson | None:
    runs = _runs(_without_domain(text), FRAME | _USE_WORDS)
    return used(statement, domain, runs[0]) if len(runs) == 1 else None


def _without_domain(text: str) -> str:
    """Return tokens with a comma in the place of words that cue a domain alone; a name that holds one is kept."""
    return domains.without_cues(text)


def _inside(text: str) -> Iterator[str]:
    """Yield the runs of words within tokens, the longest first."""
    words = text.split()
    for length in range(min(8, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _runs(text: str, frame: frozenset[str]) -> list[str]:
    """Return the runs of words that do not frame."""
    runs: list[list[str]] = [[]]
    for word in text.split():
        if word not in frame and word != "," and (word not in JOINED or runs[-1]):
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    found = [" ".join(run) for run in runs if run]
    return found if all(len(run.split()) <= MOST_WORDS for run in found) else []
