"""How a request sounds: the Metaphone codes of its words."""

from __future__ import annotations

from functools import lru_cache

from jellyfish import metaphone


def sound(form: str) -> str:
    """Return the Metaphone codes of a normalised request, run together as speech is."""
    return "".join(map(_word_sound, form.split()))


@lru_cache(maxsize=1 << 18)
def _word_sound(word: str) -> str:
    return metaphone(word) or word
