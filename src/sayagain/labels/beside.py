"""What is known of a turn and another one before or after it, as numbers: how alike, how far apart, what came of it."""

from __future__ import annotations

from functools import lru_cache
from math import log1p, nan

from rapidfuzz import fuzz

from sayagain.labels.exchange import Exchange
from sayagain.labels.likeness import letters, sounds
from sayagain.text.phrasebook import Act, phrasebook

BESIDE_NUMBERS = (
    "there", "gap", "letters", "sounds", "words_shared", "same", "worked", "refused", "same_intent", "same_action",
    "targets_shared", "values_shared", "slots_shared", "denies", "cancels", "thanks", "assents",
    "undone", "engaged", "heard_before", "confidence", "same_answer", "value_heard", "score", "same_device",
)  # fmt: skip
"""Names of the numbers, in their order; all NaN but ``there`` where there is no such turn."""

FARTHEST = 3 * 3600.0
"""Seconds beyond which two turns say nothing of each other."""

PLACES = (1, 2, 3, -1, -2)
"""The turns beside one that are compared with it: the three that follow and two before; what lies further the
dialogue's own attention finds."""

_ACTS: tuple[Act, ...] = ("denial", "cancellation", "thanks", "assent")
_NOTHING = [0.0, *[nan] * (len(BESIDE_NUMBERS) - 1)]


def beside_numbers(dialogue: list[Exchange], place: int) -> list[float]:
    """Return ``BESIDE_NUMBERS`` of a turn for each of ``PLACES``; ``dialogue`` are all turns of one person in order."""
    found: list[float] = []
    for step in PLACES:
        other = dialogue[place + step] if 0 <= place + step < len(dialogue) else None
        near = other is not None and abs(other.time - dialogue[place].time) <= FARTHEST
        found += _numbers(dialogue[place], other) if near and other is not None else _NOTHING
    return found


def _numbers(each: Exchange, other: Exchange) -> list[float]:
    act = _act(other.form)
    targets = set(each.targets) | set(other.targets)
    values = set(each.values.values()) & set(other.values.values())
    slots = each.values.items() | other.values.items()
    longest = max(other.values.values(), key=len, default="")
    return [
        1.0,
        log1p(abs(other.time - each.time)),
        letters(each.form, other.form),
        sounds(each.form, other.form),
        _shared(each.form, other.form),
        float(each.form == other.form),
        float(other.status == "ok") if other.status else nan,
        float(other.status not in ("ok", None)),
        float(each.intent == other.intent) if each.intent and other.intent else nan,
        float(each.action == other.action) if each.action and other.action else nan,
        len(set(each.targets) & set(other.targets)) / len(targets) if targets else nan,
        float(len(values)),
        len(each.values.items() & other.values.items()) / len(slots) if slots else nan,
        *(float(act == one) for one in _ACTS),
        float(other.undone_after is not None),
        float(other.engaged_for is not None),
        max((letters(form, other.form) for form, _ in each.heard), default=nan),
        other.confidence if other.confidence is not None else nan,
        float(each.told == other.told) if each.told and other.told else nan,
        fuzz.partial_ratio(longest, each.form) / 100 if longest else nan,
        other.heard[0][1] if other.heard and other.heard[0][1] is not None else nan,
        float(each.device == other.device),
    ]


@lru_cache(maxsize=262_144)
def _shared(one: str, other: str) -> float:
    return fuzz.token_set_ratio(one, other) / 100


@lru_cache(maxsize=65_536)
def _act(form: str) -> Act | None:
    return phrasebook().act(form)
