"""Which languages a request may be in, offline: from script and function words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from sayagain.guards.lexicon import lexicon

ENOUGH = 0.3
"""Share of the words of the requests that must be words of a language."""
NEAR = 0.85
"""A language whose score is this share of the best one's is likely too."""


def known_languages(forms: Iterable[str]) -> frozenset[str]:
    """Return the likely languages of the requests of a log or a person; empty if none of them is known.

    Args:
        forms: normal forms of the requests, in one language each, say.
    """
    found: Counter[str] = Counter()
    for form in forms:
        found.update(languages_of(form))
    return frozenset(found) & lexicon().languages


def languages_of(form: str) -> frozenset[str]:
    """Return the likely languages of one request, known ones and others."""
    words = form.split()
    scores: defaultdict[str, float] = defaultdict(float)
    held: Counter[str] = Counter()
    for word in words:
        codes = _speakers().get(word, ())
        for code in codes:
            scores[code] += 1 / len(codes)
            held[code] += 1
    likely = {code: score for code, score in scores.items() if held[code] >= ENOUGH * len(words)}
    best = max(likely.values(), default=0.0)
    return frozenset(code for code, score in likely.items() if score >= NEAR * best)


@lru_cache(maxsize=1)
def _speakers() -> Mapping[str, tuple[str, ...]]:
    """Word → languages that have it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for code, words in sorted(lexicon().function.items()):
        for word in words:
            found[word].append(code)
    return {word: tuple(codes) for word, codes in found.items()}
