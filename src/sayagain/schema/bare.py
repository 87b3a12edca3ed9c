"""Words as they are compared in tables that people fill in: often typed without accents."""

from __future__ import annotations

import unicodedata


def bare(word: str) -> str:
    """Return a word in lower case without its accents, and with an i that has its dot.

    >>> bare("Échoué"), bare("BAŞARISIZ")
    ('echoue', 'basarisiz')
    """
    apart = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    return "".join(c for c in apart if not unicodedata.combining(c))
