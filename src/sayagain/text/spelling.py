"""The spelling of a request: what normal forms fold, and an assistant may need: "radio one" or "Radio 1"."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from sayagain.text.canonical import canonical
from sayagain.text.normalise import APOSTROPHE

_EDGE = frozenset("PS")
"""First letters of the Unicode categories that are no part of a word at its ends: punctuation and symbols."""
_SIGNS = frozenset("-\u2212")
_JOINED = frozenset("_.")
"""Marks after which a dash is no sign, as in normal forms."""


@lru_cache(maxsize=1 << 16)
def spelling_of(text: str) -> str:
    """Return the words of a request as they are spelled, without case and without marks around words.

    Marks inside a word stay, and so do the sign of a number and its currency; numbers stay as they are written.

    >>> spelling_of("Start Radio 1."), spelling_of("start radio one"), spelling_of("Bayern-1-Webradio")
    ('start radio 1', 'start radio one', 'bayern-1-webradio')
    """
    plain = APOSTROPHE.sub(r"\1", unicodedata.normalize("NFKC", canonical(text).casefold()))
    bare = (_bare(word) for word in plain.split())
    return " ".join(word for word in bare if word)


def _bare(word: str) -> str:
    if word.isalnum():
        return word
    said = [at for at, each in enumerate(word) if (kind := unicodedata.category(each)) == "Sc" or kind[0] not in _EDGE]
    if not said:
        return ""
    first = said[0]
    joins = word[first - 2 : first - 1] in _JOINED
    signed = first > 0 and word[first].isdigit() and word[first - 1] in _SIGNS and not joins
    return word[first - signed : said[-1] + 1]
