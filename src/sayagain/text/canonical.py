"""The canonical text of a request: what guards, matching and publication all look at.

Letters that look alike but are others ("а" of Cyrillic for "a") are folded for comparison only; what people see keeps
their own letters.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset(["Cf", "Cc", "Cs", "Co", "Cn"])
"""Unicode categories of what nobody sees or says: format and control characters, and what is no character."""

_CYRILLIC = ("авсԁеһіјӏмнорԛѕтухүԝк", "abcdehijlmhopqstyxywk")
_GREEK = ("αβγικνορτυχ", "abyiknoptux")
_LATIN = ("ıɑɡ", "iag")
_NASAL = ("\u0901", "\u0902")
"""Candrabindu and anusvara of Devanagari."""
LOOKALIKES = str.maketrans({
    unlike: like
    for letters, plain in (_CYRILLIC, _GREEK, _LATIN, _NASAL)
    for unlike, like in zip(letters, plain, strict=True)
})  # fmt: skip
"""Lower-case letters of other alphabets → the Latin letter that they are taken for (Unicode UTS 39, confusables), and
marks that are written for each other."""

_LATIN_LETTER, _OTHER_LETTER = re.compile(r"[a-z]"), re.compile(f"[{_CYRILLIC[0]}{_GREEK[0]}]")


def canonical(text: str) -> str:
    """Return a text without what nobody sees, in Unicode's compatibility form (NFKC), spaces single.

    >>> canonical("un\\u200block  the \\uff44oor")
    'unlock the door'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = "".join(
        " " if each.isspace() else each
        for each in unicodedata.normalize("NFKC", text)
        if each.isspace() or unicodedata.category(each) not in _UNSEEN
    )
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def folded(form: str) -> str:
    """Return a normal form with letters that are taken for Latin ones as these, for comparison only.

    Of Devanagari the nasal marks are one, as people write them: चाँद, चांद.

    >>> folded("unlосk")  # two of the letters are Cyrillic
    'unlock'
    """
    return form if form.isascii() else form.translate(LOOKALIKES)


def mixes_alphabets(form: str) -> bool:
    """Return whether a word of a normal form has letters of two alphabets: nobody writes so who means well."""
    if form.isascii():
        return False
    return any(_LATIN_LETTER.search(word) and _OTHER_LETTER.search(word) for word in form.split())
