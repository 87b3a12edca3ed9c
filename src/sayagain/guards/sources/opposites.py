"""Opposites read from opposite intents: words that stand in one frame, and ask there for one intent or the other.

A whole request that has no frame in common with its opposite ("play the previous one", "skip") is opposed as it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import product

from sayagain.guards.sources.templates import SLOT, blocks, sentences

OPPOSED_INTENTS: tuple[tuple[str, str], ...] = (
    ("HassTurnOn", "HassTurnOff"),
    ("HassOpenCover", "HassCloseCover"),
    ("HassMediaPause", "HassMediaUnpause"),
    ("HassMediaNext", "HassMediaPrevious"),
    ("HassMediaPlayerMute", "HassMediaPlayerUnmute"),
    ("HassIncreaseTimer", "HassDecreaseTimer"),
    ("HassStartTimer", "HassCancelTimer"),
    ("HassPauseTimer", "HassUnpauseTimer"),
    ("HassListAddItem", "HassListRemoveItem"),
    ("HassListAddItem", "HassListCompleteItem"),
    ("HassShoppingListAddItem", "HassShoppingListCompleteItem"),
    ("HassVacuumStart", "HassVacuumReturnToBase"),
    ("HassLawnMowerStartMowing", "HassLawnMowerDock"),
)
"""Intents of which one undoes or excludes the other, within one domain."""
FRAMES = 2
"""Frames in which two words must stand for each other."""
LONGEST_OPPOSED = 2
"""Words of an opposed phrase."""
SHORT_REQUEST = range(2, 4)
"""Words of a request that is opposed as it is; a word alone has many meanings."""


def opposites(language: str) -> dict[tuple[str, str], int]:
    """Return pairs of opposed words of a language → number of frames in which they stand for each other."""
    said = _said(language)
    support: Counter[tuple[str, str]] = Counter()
    for one, other in OPPOSED_INTENTS:
        for domain in sorted({d for intent, d in said if intent in (one, other)}):
            support.update(_exchanges(said.get((one, domain), frozenset()), said.get((other, domain), frozenset())))
    return {pair: count for pair, count in sorted(support.items()) if count >= FRAMES}


def whole(language: str) -> list[list[list[str]]]:
    """Return classes of short requests that are opposed as they are: those of one intent, those of its opposite.

    Whatever turns on or off, opens or closes says so by a word that has its opposite in the same frame.
    """
    said = _said(language)
    found = []
    for one, other in OPPOSED_INTENTS[2:]:
        for domain in sorted({d for intent, d in said if intent in (one, other)}):
            sides = [_phrases(said.get((intent, domain), frozenset())) for intent in (one, other)]
            if all(sides):
                found.append(sides)
    return found


def _phrases(said: Iterable[str]) -> list[str]:
    """Return the sentences that are short phrases and name nothing."""
    return sorted(each for each in said if SLOT not in each and len(each.split()) in SHORT_REQUEST)


def _said(language: str) -> Mapping[tuple[str, str], frozenset[str]]:
    said: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for intent, domain, block in blocks(language):
        if any(intent in pair for pair in OPPOSED_INTENTS):
            said[intent, domain] |= sentences(language, block)
    return {key: frozenset(found) for key, found in said.items()}


def _exchanges(some: frozenset[str], others: frozenset[str]) -> Iterable[tuple[str, str]]:
    here, there = _framed(some - others), _framed(others - some)
    for frame in here.keys() & there.keys():
        mine, theirs = here[frame] - there[frame], there[frame] - here[frame]
        for a, b in product(mine, theirs):
            yield (a, b) if a < b else (b, a)


def _framed(said: Iterable[str]) -> dict[tuple[str, ...], set[str]]:
    frames: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for sentence in said:
        words = sentence.split()
        for start in range(len(words)):
            for stop in range(start + 1, min(start + LONGEST_OPPOSED, len(words)) + 1):
                filler = words[start:stop]
                if SLOT not in "".join(filler) and len(filler) < len(words):
                    frames[(*words[:start], "*", *words[stop:])].add(" ".join(filler))
    return dict(frames)
