"""How alike two requests in normal form are, by letters and by sounds; a log repeats its pairs."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz import fuzz

from sayagain.text.phonetics import sound


@lru_cache(maxsize=262_144)
def letters(one: str, other: str) -> float:
    """Return how alike two requests are written, 0 to 1."""
    return fuzz.ratio(one, other) / 100


@lru_cache(maxsize=262_144)
def sounds(one: str, other: str) -> float:
    """Return how alike two requests sound, 0 to 1."""
    return fuzz.ratio(_sound(one), _sound(other)) / 100


@lru_cache(maxsize=65_536)
def _sound(form: str) -> str:
    return sound(form)
