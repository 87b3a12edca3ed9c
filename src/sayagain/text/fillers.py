"""What people say while they think, and which is no part of any request: "um", "äh", "you know".

Two English fillers are words elsewhere: in "um sieben", "coloca um alarme", "hvad er klokken" they stay.
"""

from __future__ import annotations

import re
from functools import cache

from sayagain.text.language import recognised
from sayagain.text.phrases import UNSPACED, phrases

_ENGLISH = r"u+m+|u+h+|e+r+m*|h+m+|(?<!\d )mm+|uh huh|you know|i mean"
"""Of a length ("5 mm") "mm" is the unit."""
DOUBTFUL = r"um|er"
"""English fillers that are common words in German, Portuguese, Dutch, Danish, Norwegian and others."""
_DOUBTFUL = re.compile(rf"\b(?:{DOUBTFUL})\b")
HOME = "en"
"""The language in which they are fillers: a request that may as well be in it is taken to be."""
TELLING = 3
"""Letters of a word that tells a language: letters that somebody spells, and "im" of "I'm", tell none (DSTC2, EVI)."""
_SOUND = re.compile(r"h*[aeu]+[hm]+")
"""Sounds tell none either, though one is a number in Portuguese: "hum"."""

NONE: frozenset[str] = frozenset()


def doubtful(plain: str) -> frozenset[str]:
    """Return the words of a request that are fillers in English and words elsewhere."""
    return frozenset(_DOUBTFUL.findall(plain))


def words_of_its_language(words: frozenset[str], rest: str) -> frozenset[str]:
    """Return which of some words are words in the language that the rest of the request is in.

    One that has the word must have more words of the rest than English; of its number words where none has others.
    Where the rest tells nothing ("um 7"), they are fillers.

    >>> words_of_its_language(frozenset(["um"]), "stell den wecker"), words_of_its_language(frozenset(["um"]), "stop")
    (frozenset({'um'}), frozenset())
    """
    said = [word for word in rest.split() if len(word) >= TELLING and not _SOUND.fullmatch(word)]
    for kind in (recognised().function, recognised().numbers):
        held = {code: sum(word in table for word in said) for code, table in kind.items()}
        if any(held.values()):
            theirs = {code for code, number in held.items() if number > held[HOME]}
            return frozenset(w for w in words if any(w in recognised().function[code] for code in theirs))
    return NONE


def without_fillers(plain: str, kept: frozenset[str] = NONE) -> str:
    """Return a text in small letters, words apart, without the fillers of all languages, but for ``kept``."""
    return _fillers().sub(lambda found: found[0] if found[0] in kept else " ", plain)


@cache
def _fillers() -> re.Pattern[str]:
    """Return the pattern of fillers: those of English, and those of all languages that are words in none."""
    told: tuple[list[str], list[str]] = ([], [])
    for code, said in phrases("fillers").items():
        told[code in UNSPACED].extend(map(re.escape, said))
    return re.compile(rf"\b(?:{'|'.join([_ENGLISH, *told[0]])})\b|^(?:{'|'.join(told[1])})+")
