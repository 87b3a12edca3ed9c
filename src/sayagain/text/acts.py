"""Dialogue acts of short requests, and what a response admits: known by the words that they open with.

English, like the data at hand: the signals of a whole log read it. How a person answers a rewrite, in whatever
language, is in ``replies``.
"""

from __future__ import annotations

import re
from functools import lru_cache

ACTS: dict[str, tuple[str, ...]] = {
    "denial": ("no", "nope", "not", "wrong", "i said", "thats not", "i didnt", "that is not", "i meant"),
    "cancellation": ("stop", "cancel", "never mind", "nevermind", "forget it", "shut up"),
    "thanks": ("thanks", "thank you", "thank", "great", "perfect", "awesome", "good job", "well done"),
    "assent": (
        "yes",
        "yeah",
        "yep",
        "right",
        "thats right",
        "that is right",
        "correct",
        "exactly",
        "ok",
        "okay",
        "sure",
    ),
}
"""Openings of normal forms, as whole words; the first kind that fits counts."""

SORRY = r"\b(sorry|apologi[sz]e|apologies|pardon|afraid)\b"
"""Pattern of a lower-case response that apologises."""

AT_A_LOSS = (
    r"\b(don.?t|did ?n.?t|not|couldn.?t|can.?t|unable to) "
    r"(\w+ ){0,2}(understand|know|get|catch|hear|sure|find|found|help|recogni[sz]e|familiar)"
    r"|\bnot (sure|found|understood)|\bno (answer|results?|match(es)?)\b|\bunable to\b"
    r"|\bthere is (no|nothing)\b|\brepeat\b|\bsay (that|it) again\b|\bwent wrong\b|\bdid you mean\b"
)
"""Pattern of a lower-case response that says that the assistant did not understand, know or find."""

BESIDE_ACTS = frozenset(["please", "it", "that", "you", "bye", "goodbye"])
"""Words beside which an act is still nothing but an act: "cancel that", "thank you goodbye"."""

_OPENINGS = {opening: act for act, openings in reversed(ACTS.items()) for opening in openings}
_LONGEST = max(opening.count(" ") + 1 for opening in _OPENINGS)
_ACT = re.compile(rf"\b(?:{'|'.join(sorted(_OPENINGS, key=len, reverse=True))})\b")
"""Any opening, wherever it stands; the longest first, so that "thank you" is one."""


def act(form: str) -> str | None:
    """Return what a normal form does besides asking, or None.

    A cancellation is nothing but that: "stop the music" asks for something.

    >>> act("no the kitchen light"), act("nothing")
    ('denial', None)
    >>> act("cancel that"), act("cancel my alarm")
    ('cancellation', None)
    """
    words = form.split(" ", _LONGEST)
    openings = (" ".join(words[:count]) for count in range(1, _LONGEST + 1))
    found = {_OPENINGS[opening] for opening in openings if opening in _OPENINGS}
    if "cancellation" in found and not nothing_but_an_act(form):
        found.remove("cancellation")
    return next((name for name in ACTS if name in found), None)


@lru_cache(maxsize=1 << 14)
def nothing_but_an_act(form: str) -> bool:
    """Return whether a normal form asks for nothing: it consists of acts, and of ``BESIDE_ACTS``.

    >>> nothing_but_an_act("no thanks"), nothing_but_an_act("no more ads")
    (True, False)
    """
    rest, acts = _ACT.subn("", form)
    return acts > 0 and BESIDE_ACTS.issuperset(rest.split())
