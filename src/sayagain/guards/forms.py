"""The form in which the words of the lexicon are written.

It is no normal form: that is of requests, and loses what the lexicon is there to know, number words ("seventy"), short
words that are fillers elsewhere ("mm" of a length, "er" of Dutch, "um" of Portuguese), and the degree of "°c".
"""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHE = re.compile(r"(?<=\w)\s?['’`ʼ]\s?(?=\w)")
_KEPT_CATEGORIES = frozenset("LMN")
"""First letters of the Unicode categories that stay: letters, marks and numbers."""


def plain(text: str) -> str:
    """Return a word or phrase as the lexicon writes it.

    >>> plain("S'il vous plaît!")
    'sil vous plaît'
    """
    folded = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", text).casefold())
    kept = (c if unicodedata.category(c)[0] in _KEPT_CATEGORIES else " " for c in folded)
    return " ".join("".join(kept).split())
