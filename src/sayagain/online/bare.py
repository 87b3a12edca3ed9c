"""Bare requests: a request without the politeness around it, and without its articles."""

from __future__ import annotations

import re

from sayagain.preferences.tokens import kept, tokens
from sayagain.text.normalise import form_of

_LEAD = re.compile(r"^(?:(?:please|can you|could you|would you|will you|i want you to|hey|ok|okay|so|just) )+")
_TAIL = re.compile(r"(?: (?:please|for me|now|then|thanks|thank you))+$")


def bare(form: str) -> str:
    """Return a normal form without what is said for politeness.

    >>> bare("could you play some music please")
    'play some music'
    """
    return _TAIL.sub("", _LEAD.sub("", form))


def unadorned(text: str) -> str:
    """Return a request as its words are compared with what was taught: neither polite, nor with articles.

    >>> unadorned("Do the thing, please!"), unadorned("It's cold"), unadorned("make my evening")
    ('do thing', 'it is cold', 'make evening')
    """
    return form_of(kept(bare(tokens(text).replace(" ,", "").strip())))
