"""The owner's sensitive words: no rewrite may lead from or to a request, or an intent, that contains one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from sayagain.guards.side import Side
from sayagain.text.canonical import folded
from sayagain.text.normalise import normalise

SENSITIVE = (
    "unlock",
    "disarm",
    "garage",
    "front door",
    "pay",
    "payment",
    "purchase",
    "buy",
    "transfer",
    "bank",
    "emergency",
    "911",
    "112",
    "police",
    "ambulance",
    "password",
    "factory reset",
    "delete all",
    "delete everything",
)
"""Where the owner names nothing else (``--sensitive FILE`` replaces the list): a mistake costs more here than saying it
again does."""

CACHED_SIDES = 1 << 14
"""Sides whose answer is kept: online, one request is held against a few dozen, and popular ones return."""

_plain = lru_cache(maxsize=CACHED_SIDES)(normalise)
"""The normal form of the name of an intent: there are few."""

_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")
"""What a normal form has between numbers said one after the other: "nine one one" is "9 1 1" there."""
_NOTHING = r"(?!)"
"""A pattern that nothing matches: an empty list of sensitive words refuses nothing."""


def sensitive(terms: Iterable[str] = SENSITIVE) -> Callable[[Side], str]:
    """Return what tells which of ``terms`` a request or its intent has, written, spoken or in disguise; "" for none.

    >>> sensitive()(Side("change my password")), sensitive()(Side("play jazz"))
    ('password', '')
    """
    known = {_dialled(normalise(term)) for term in terms} - {""}
    pattern = re.compile(r"\b(?:" + ("|".join(map(re.escape, sorted(known))) or _NOTHING) + r")\b")

    @lru_cache(maxsize=CACHED_SIDES)
    def found(words: str, intent: str | None) -> str:
        texts = (words, folded(words), _plain(intent or ""))
        forms = (form for text in texts for form in (text, _dialled(text)))
        return next((term[0] for form in forms if (term := pattern.search(form))), "")

    return lambda side: found(side.words, side.intent)


def _dialled(form: str) -> str:
    return _BETWEEN_DIGITS.sub("", form)
