"""Which languages a request may be in, offline: from function words and command words of some sixty languages.

Measured on sentences of home-assistant-intents, of intents that the words were not derived from, every name replaced
by a word of no language. In the 17 known languages, single requests are given their language in 0.94 (py3langid 0.4.0:
0.73), bags of five in 0.999 (0.98); requests in others come out as unknown in 0.94 (0.96), bags in 0.995 (0.999).
Of 7,761 real English requests (SLURP) 0.977 are known as such. py3langid takes another second to load its model; it is
not used. What is taken for another language is mostly a neighbour: Galician for Spanish or Portuguese, Luxembourgish
for German, Afrikaans for Dutch, Slovak for Czech.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice

ENOUGH = 0.3
"""Share of the words of a request that must be words of its language, beginnings counting half."""
NEARLY_BEST = 0.85
"""A language whose score is this share of the best one's is likely too."""
SPOKEN = 0.15
"""Share of the requests that must be in a language, at least, for it to be one of those of a log or a person."""
SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u3400-\u9fff\uf900-\ufaff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
}
"""Letters that are of one language; the first language of which a request has any is its own."""
BEGINNING = 4
"""Letters by which an inflected word is recognised, where it has more."""
FILE = "languages.json.gz"
"""Made by ``python -m sayagain.guards.build``, beside the lexicon of the guards."""


@dataclass(frozen=True)
class Recognised:
    """The words by which languages are recognised, by language: of more languages than the guards know."""

    function: Mapping[str, frozenset[str]]
    """Function words and words of commands."""
    numbers: Mapping[str, frozenset[str]]
    """Number words. They are names elsewhere ("fire", "elf"), so that they tell only where no other word does."""


@cache
def recognised() -> Recognised:
    """Return the words that come with the package."""
    packed = (files("sayagain.text") / "data" / FILE).read_bytes()
    content = json.loads(gzip.decompress(packed))
    read = {kind: {code: frozenset(words.split()) for code, words in content[kind].items()} for kind in content}
    return Recognised(read["function"], read["numbers"])


def spoken_languages(forms: Iterable[str]) -> frozenset[str]:
    """Return the likely languages of the requests of a log, whether or not the guards know them.

    A language of its own script, without spaces between words, is known by that.
    """
    return most_spoken(_of_script(form) or languages_of(form) for form in forms)


def _of_script(form: str) -> frozenset[str]:
    found = (code for code, letters in SCRIPTS.items() if not form.isascii() and letters.search(form))
    return frozenset(islice(found, 1))


def most_spoken(told: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return the languages that enough requests are in, of the likely ones of each."""
    likely = [languages for languages in told if languages]
    least, found = SPOKEN * len(likely), set[str]()
    while likely:
        count = Counter(language for languages in likely for language in languages)
        most = max(count.values())
        if most < least or (found and most < 2):
            break
        best = {language for language, number in count.items() if number >= NEARLY_BEST * most}
        found |= best
        likely = [languages for languages in likely if languages.isdisjoint(best)]
    return frozenset(found)


@lru_cache(maxsize=1 << 14)
def languages_of(form: str) -> frozenset[str]:
    """Return the likely languages of one request, known ones and others; ties are common in short ones."""
    words = form.split()
    scores: defaultdict[str, float] = defaultdict(float)
    held: defaultdict[str, float] = defaultdict(float)
    for word in words:
        codes, weight = _speakers(word)
        for code in codes:
            scores[code] += weight / len(codes)
            held[code] += weight
    likely = {code: score for code, score in scores.items() if held[code] >= ENOUGH * len(words)}
    best = max(likely.values(), default=0.0)
    return frozenset(code for code, score in likely.items() if score >= NEARLY_BEST * best)


@lru_cache(maxsize=1 << 14)
def _speakers(word: str) -> tuple[tuple[str, ...], float]:
    """Return the languages that have a word, and its weight; where none has it, those that have its beginning."""
    codes = tuple(code for code, words in recognised().function.items() if word in words)
    if codes or len(word) <= BEGINNING:
        return codes, 1.0
    return tuple(code for code, begun in _beginnings().items() if word[:BEGINNING] in begun), 0.5


@lru_cache(maxsize=1)
def _beginnings() -> Mapping[str, frozenset[str]]:
    """Return language → the beginnings of its words."""
    function = recognised().function
    return {c: frozenset(word[:BEGINNING] for word in words if len(word) >= BEGINNING) for c, words in function.items()}
