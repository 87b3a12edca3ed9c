"""The name that an assistant wakes up to, where the requests of a log begin with it: it is no part of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LEAST = 30
"""Requests from which it is told."""
GREETED = 0.5
"""Share of requests that begin with one greeting and name: nobody says "hey" to a request."""
NAMED = 0.5
"""Share that begins with a name that devices are known to have."""
ANY = 0.8
"""Share that begins with one word of whatever kind: a name, if it is none of a command; a person is asked."""

_GREETINGS = "hey hi hello ok okay yo hallo hei oye hola dis ehi ciao olá"
_NAMES = (
    "alexa computer echo amazon ziggy siri cortana bixby jarvis nabu mycroft olly google rhasspy snips porcupine "
    "picovoice bumblebee athena friday kitt samantha edith"
)
_GREETED = re.compile(rf"(?:{'|'.join(_GREETINGS.split())})\s+[^\W\d]+", re.IGNORECASE)
_KNOWN = re.compile(rf"(?:{'|'.join(_NAMES.split())})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]+")


def wake_words(texts: Sequence[str]) -> list[str]:
    """Return the wake words that requests begin with, in lower case: a name by itself, and greetings with a name.

    >>> wake_words(["Hey Nova, stop", "hey nova play jazz", "louder"] * 10)
    ['hey nova']
    """
    if len(texts) < LEAST:
        return []
    greeted, named = _counted(_GREETED, texts), _counted(_KNOWN, texts)
    found = [phrase for phrase, count in greeted.items() if count >= GREETED * len(texts)]
    if named.total() >= NAMED * len(texts):
        found += [name for name, count in named.items() if count >= NAMED * named.total()]
    return found


def maybe_wake_word(texts: Sequence[str]) -> str | None:
    """Return the word that nearly all requests begin with; None where there is none."""
    ((word, count),) = _counted(_WORD, texts).most_common(1) or (("", 0),)
    return word if len(texts) >= LEAST and count >= ANY * len(texts) else None


def _counted(pattern: re.Pattern[str], texts: Sequence[str]) -> Counter[str]:
    found = (pattern.match(text.strip()) for text in texts)
    return Counter(" ".join(each[0].casefold().split()) for each in found if each is not None)
