"""Names of intents, read as words."""

from __future__ import annotations

import re


def words_of_intent(intent: str) -> list[str]:
    """Return the words of an intent's name in lower case.

    >>> words_of_intent("HassMediaNext"), words_of_intent("media.volume_up")
    (['hass', 'media', 'next'], ['media', 'volume', 'up'])
    """
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", intent)]
