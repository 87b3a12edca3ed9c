"""Names of intents, read as words."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])")
"""Where a word of a name that is written without spaces ends."""


def spaced(intent: str) -> str:
    """Return an intent's name with spaces between words that are told apart by capitals alone.

    >>> spaced("UnlockDoor"), spaced("playTVShow"), spaced("lock.unlock")
    ('Unlock Door', 'play TV Show', 'lock.unlock')
    """
    return _BETWEEN.sub(" ", intent)


def words_of_intent(intent: str) -> list[str]:
    """Return the words of an intent's name in lower case.

    >>> words_of_intent("HassMediaNext"), words_of_intent("media.volume_up")
    (['hass', 'media', 'next'], ['media', 'volume', 'up'])
    """
    return [word.lower() for word in re.findall(r"[^\W\d_]+", spaced(intent))]
