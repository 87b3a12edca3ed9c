"""Words with the article or preposition that normal forms write together with them: "l'alarme" is "lalarme" there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

BEFORE_VOWELS: Mapping[str, tuple[str, ...]] = {
    "fr": ("l", "d"),
    "it": ("l", "un", "all", "dall", "dell", "nell", "sull"),
}
"""Language → what is written with an apostrophe before a vowel."""
VOWELS = frozenset("aeiouhàâáäæèéêëìíîïòóôöœùúûü")


def elided(language: str, words: Iterable[str]) -> set[str]:
    """Return words, and those that begin with a vowel with what stands before them.

    >>> sorted(elided("fr", ["alarme", "four"]))
    ['alarme', 'dalarme', 'four', 'lalarme']
    """
    words = set(words)
    return words | {before + word for before in BEFORE_VOWELS.get(language, ()) for word in words if word[:1] in VOWELS}
