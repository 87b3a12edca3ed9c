"""Which of the languages that the guards know the requests of a log or a person may be in."""

from __future__ import annotations

from collections.abc import Iterable

from sayagain.guards.lexicon import lexicon
from sayagain.text.language import languages_of, most_spoken


def known_languages(forms: Iterable[str]) -> frozenset[str]:
    """Return the likely languages of the requests of a log or a person; empty if none of them is known.

    Args:
        forms: normal forms of the requests; one request is enough.
    """
    return most_spoken(map(languages_of, forms)) & lexicon().languages
