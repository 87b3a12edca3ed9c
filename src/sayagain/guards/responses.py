"""Detection of responses which admit that the words themselves were not understood."""

from __future__ import annotations

import re
from functools import lru_cache

from sayagain.guards.lexicon import lexicon
from sayagain.text.normalise import form_of


@lru_cache(maxsize=1 << 12)
def admits_not_understood(response: str | None) -> bool:
    """Return whether a response says, in any language of the lexicon, that the words were not understood.

    That there is no such device, or that it did not answer, says that they were.

    >>> admits_not_understood("Sorry, I didn't understand that."), admits_not_understood("The oven did not answer.")
    (True, False)
    """
    return bool(response) and _pattern().search(form_of(response or "")) is not None


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    phrases = {phrase for each in lexicon().not_understood.values() for phrase in each}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(phrases, key=len, reverse=True)))})(?!\w)")
