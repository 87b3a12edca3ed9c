"""Lists of words that the readers of statements look for, kept in ``data/words.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def _lists() -> dict[str, str]:
    file = resources.files("sayagain.preferences").joinpath("data", "words.toml")
    return tomllib.loads(file.read_text(encoding="utf8"))


def words(name: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(_lists()[name].split())


def pairs(name: str) -> dict[str, str]:
    """Return a list of words with what each stands for: ``kept:keep``."""
    halves = (each.partition(":") for each in _lists()[name].split())
    return {word: meant for word, _, meant in halves}
