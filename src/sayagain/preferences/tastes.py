"""Tastes: what a person lastingly likes and dislikes."""

from __future__ import annotations

import re

from sayagain.preferences import domains
from sayagain.preferences.statement import Statement
from sayagain.preferences.tokens import kept
from sayagain.preferences.words import words
from sayagain.schema.preference import Lesson

DEGREES = re.compile(
    r"^(?:(?:really|some|any|all|lots of|a lot of|lot of|kind of|kinds of|sort of|all kinds of|all sorts of|"
    r"every kind of|anything by|"
    r"much|most|a bit of|a good|good old|listening to|to listen to|watching|mostly|reading|eating|drinking|to "
    r"watch|to read|to eat|to drink|"
    r"hearing|to hear|playing|the (?:sound|smell|taste|look|thought|idea|feel|texture) of|such|a little|plenty "
    r"of|more|loads of|tons of|both|every|just|very|a nice|the idea of|"
    r"it when you play|my|the|a|an|me some|nothing more than|more than|anything with|having|to have|it|the "
    r"(?:genre|style) of) )+(?=[^ ])"
)
"""Words of degree and quantity before what is liked."""
TAILS = re.compile(
    r" (?:at all|here|anymore|any more|any longer|a lot|so much|very much|too|as well|in general|the most|best|"
    r"most|instead|though|"
    r"of all time|of all|either|if i am honest|really|a bit|around here|and always have|ever|myself|all day "
    r"long|already|with a passion|with all my heart|since i was (?:a kid|little|young|a child|small)|for "
    r"(?:years|ever|as long as i can remember)|all my life|whenever|to be honest|most days|these days|any day|"
    r"hands down|big time|for sure|through and through)$"
)
_OVER = re.compile(r" (?:over|more than|better than|rather than)(?= )")
_PREFERRED_TO = re.compile(r" (?:over|to|more than|rather than|instead of|better than|and not|not)(?= )")
_REASON = re.compile(r" (?:because|since|but|so)(?= )")
_NO_TASTE = words("no_taste")
"""Words that follow a verb of taste where it tells no taste: "I can't stand up", "I like to move"."""
_NO_FOOD = re.compile(r"(?:late|early|much|enough|out|alone|together|before|after|anything|at|in|with)(?: |$)")
"""What says when, where or how somebody eats, and not what."""
_NEAR = re.compile(r"(?:this|that|these|those|your|you|him|her|them|the way)(?: |$)")
"""What begins a thing at hand, or a feeling towards somebody."""
_CLAUSE = re.compile(r" (?:when|if|that|which|who|how|where|i|we|can|could|please) ")


def taste(statement: Statement) -> Lesson | None:
    """Return the like or dislike that a statement tells."""
    for template, slots in statement.matching("like", "dislike"):
        value, likes = slots["value"].replace(" ,", ""), template.kind == "like"
        lesson = tasted(statement, value, likes, sort_is_told="domain" in slots)
        if lesson is not None:
            return lesson
    return None


def tasted(statement: Statement, value: str, likes: bool, *, sort_is_told: bool = False) -> Lesson | None:
    """Return a like or a dislike of what is named in some words, without degree and reasons.

    Where its sort was told already, a word for that is part of its name: "my favourite station is radio paradise".
    """
    if _NEAR.match(value) or (value.startswith("my ") and domains.domain_of(f" {value}") is None):
        return None
    value = _REASON.split(value)[0]
    value = (_PREFERRED_TO if "prefer" in statement.text else _OVER).split(value)[0]
    while (shorter := TAILS.sub("", DEGREES.sub("", value))) != value:
        value = shorter
    if _CLAUSE.search(f" {value} ") or value.split()[0] in _NO_TASTE:
        return None
    if _NO_FOOD.match(value) and statement.text.endswith(f" eat {value}"):
        return None
    subject = domains.domain_of(statement.text) or ""
    words = kept(value)
    closed = domains.CLOSING.sub("", re.sub(r" ones$", "", f" {words}")).strip() or words
    opened = closed if sort_is_told else domains.OPENING.sub("", f" {closed}").strip()
    return statement.lesson("like" if likes else "dislike", subject, opened or closed)
