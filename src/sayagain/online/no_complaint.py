"""What sounds like a complaint of a rewrite, and is none: it answers something else, or asks for something else.

Each test is narrow: where in doubt, the rewrite stops.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sayagain.online.acted import Acted
from sayagain.text.phrasebook import ASKS
from sayagain.text.replies import asks_for_more_than, declines, halts, offers_more, said_outright, thanks_besides

HEARD_ENOUGH = 15.0
"""Seconds after which who stops what plays has heard it: who gets something else says so sooner."""

PLAYS = frozenset(["play", "plays", "playing", "media", "music", "radio", "song", "playlist", "podcast", "audiobook"])
"""Words of an intent that starts something which runs until it is stopped."""

_ASKS = re.compile(ASKS + r"\W*$")
_WORDS = re.compile(r"[A-Z]?[a-z]+")


def _declined(acted: Acted, form: str, _gap: float) -> bool:
    """Return whether it says no to what the assistant asked besides: "anything else?", or politely to any question."""
    asks = _ASKS.search(acted.response) is not None
    return asks and declines(form) and (offers_more(acted.response) or thanks_besides(form))


def _heard_enough(acted: Acted, form: str, gap: float) -> bool:
    """Return whether it stops what has been playing for a while."""
    plays = {word.lower() for word in _WORDS.findall(acted.intent or "")} | set(acted.target.split()[:1])
    return gap >= HEARD_ENOUGH and halts(form) and not PLAYS.isdisjoint(plays)


def _confirmed(acted: Acted, form: str, _gap: float) -> bool:
    """Return whether it says that what was made of the request is what was said."""
    return said_outright(form) == acted.target


def _another(acted: Acted, form: str, _gap: float) -> bool:
    """Return whether it only opens like an undoing or a denial, and asks for something else."""
    return asks_for_more_than(form, " ".join([*acted.heard, acted.target]))


Test = Callable[[Acted, str, float], bool]
ANSWERS: tuple[Test, ...] = (_declined, _heard_enough)
"""What is taken back by these, as the assistant has it too, is something else."""
REQUESTS: tuple[Test, ...] = (_confirmed, _another)
"""These ask for something; where the assistant itself takes them for an undoing, they are one."""


def answers_another(acted: Acted, form: str, gap: float) -> bool:
    """Return whether a request, said so many seconds later, answers or ends something else than the rewrite."""
    return any(test(acted, form, gap) for test in ANSWERS)


def asks_for_another(acted: Acted, form: str, gap: float) -> bool:
    """Return whether a request sounds like a complaint by its words alone."""
    return any(test(acted, form, gap) for test in REQUESTS)
