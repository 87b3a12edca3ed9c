"""Requests of which the assistant usually misses a part: two wishes in one breath, and one was understood.

"Thank you goodbye" is understood as a goodbye. "Goodbye" alone means the same, and "thank you" alone is understood,
too, as something else: so the log itself shows that the thanks were lost. No label says so, and no score does, for the
assistant is quite sure of the goodbye.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sayagain.log.requests import Requests

TOGETHER = "+"
"""What joins several acts of one turn to its intent (``log/readers/dstc2.py``)."""

LEAST_TURNS = 5
"""Turns in which a part is said alone and understood as usual, at the least."""

RELIABLY = 0.5
"""Share of the turns that say a part alone in which it is understood so."""


def overlooks(requests: Requests) -> npt.NDArray[np.bool_]:
    """Return for each request whether its usual meaning is that of one of its two parts alone, shape (requests,).

    The parts are the words up to one, and those after it. Both are requests of the log that mean something; the one
    that is missed is understood reliably where it is said alone, and nothing of its meaning is in that of the whole.
    """
    number = {form: place for place, form in enumerate(requests.states)}
    wanted = [_wanted(intent, slots) for intent, slots in zip(requests.intents, requests.slots, strict=True)]
    reliable = requests.understood_so >= np.maximum(LEAST_TURNS, RELIABLY * requests.said)

    def misses(whole: int, missed: int | None, found: int | None) -> bool:
        if missed is None or found is None or not (reliable[missed] and wanted[missed] and wanted[found]):
            return False
        has = wanted[whole] | _acts(requests.intents[whole])
        return wanted[found] == wanted[whole] and not wanted[missed] & has

    flags = np.zeros(len(requests.states), dtype=np.bool_)
    for whole, form in enumerate(requests.states):
        words = form.split() if wanted[whole] else []
        for cut in range(1, len(words)):
            first, second = number.get(" ".join(words[:cut])), number.get(" ".join(words[cut:]))
            if misses(whole, first, second) or misses(whole, second, first):
                flags[whole] = True
                break
    return flags


def _wanted(intent: str | None, slots: str | None) -> frozenset[str]:
    """Return what a request wants: the values that it names, and where it names none, what is to be done."""
    return frozenset(slots.split(";")) if slots else _acts(intent)


def _acts(intent: str | None) -> frozenset[str]:
    """Return the acts of an intent: assistants of several acts a turn join them."""
    return frozenset(() if intent is None else intent.rpartition(".")[2].split(TOGETHER))
