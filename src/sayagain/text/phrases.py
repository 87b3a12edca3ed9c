"""Phrases by which people answer an assistant, and an assistant admits that it failed: ``data/phrases.toml``, read.

``replies`` hears people in all languages at once, where a rewrite is at stake; ``phrasebook`` reads a log in its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

Phrases = Mapping[str, tuple[str, ...]]
"""Language → phrases."""

NO_DENIALS = ("no problem", "no worries", "not bad", "no need to thank me")
"""They open like a denial, and are none."""

REPEATED_INTENTS = frozenset({
    "again", "brighter", "decrease", "dimmer", "forward", "increase", "louder", "next", "previous", "quieter",
    "relative", "repeat", "rewind", "skip", "step", "volumedown", "volumeup",
})  # fmt: skip
"""Words in the name of an intent that goes one step further at each use."""

STEPS_ALONE = frozenset({
    "again", "another", "back", "daha", "down", "geç", "higher", "less", "lower", "mais", "meer", "mehr", "meno",
    "menos", "mer", "moins", "more", "más", "otra", "otro", "outra", "passe", "più", "plus", "up", "еще", "ещё",
    "और",
})  # fmt: skip
"""Steps only where nothing else is said: in longer requests the words mean other things."""

UNSPACED = frozenset({"ja", "th", "zh"})
"""Languages without spaces between words: an opening need not end where a word does."""

LEAST_UNSPACED = 2
"""Letters from which an opening of those counts when more follows."""


@cache
def languages() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return language → kind → phrases."""
    text = (files("sayagain.text") / "data" / "phrases.toml").read_text(encoding="utf8")
    return {code: {kind: tuple(said) for kind, said in table.items()} for code, table in tomllib.loads(text).items()}


@cache
def phrases(*kinds: str) -> Phrases:
    """Return the phrases of some kinds together, by language; of languages that have any.

    >>> phrases("thanks")["de"][0]
    'danke'
    """
    found = {code: tuple(each for kind in kinds for each in table.get(kind, ())) for code, table in languages().items()}
    return {code: said for code, said in found.items() if said}
