"""The form in which the words of the lexicon are written: as in normal forms, with combining marks kept."""

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
