"""Goals from which excerpts are composed: each with the ways in which it was said, and goals that look alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import jellyfish
import numpy as np
from rapidfuzz import fuzz, process

from sayagain.rephrases.excerpt import Kind
from sayagain.text.normalise import normalise

SPLITS = {"train": 0.70, "valid": 0.80, "test": 1.0}
"""Upper ends of the shares of groups."""

LOOKALIKES_KEPT = 6
"""Look-alikes kept of each goal and kind: enough that an excerpt seldom shows the nearest."""

LOOKALIKE_LIKENESS = 55.0
"""Likeness (0 to 100) from which another goal looks or sounds alike: unrelated requests of a few words reach 50."""

GOAL_BLOCK = 512
"""Goals compared with all others at a time, so that memory stays small."""


Values = tuple[tuple[str, str], ...]
"""Slot names and values."""


@dataclass(frozen=True)
class Way:
    """One way a goal was said: what the assistant took it to be, and what it answered."""

    text: str
    response: str | None = None
    """None where the source has no responses: one is composed."""
    taken: tuple[str, Values] | None = None
    """The intent and slots that a real assistant took it to be; None where none did."""
    kind: Kind | None = None
    """Why it went wrong, where it did."""


@dataclass(frozen=True)
class Goal:
    """A goal with the ways it was said."""

    key: str
    intent: str
    group: str
    """What stays on one side of the split."""
    working: tuple[Way, ...]
    failing: tuple[Way, ...]
    values: Values = ()

    @property
    def said(self) -> str:
        """Return one text of the goal, to compare goals by."""
        return normalise((self.working or self.failing)[0].text)


def split_of(group: str) -> str:
    """Return the split of a group, by a hash of its name: the same in every set."""
    digest = hashlib.blake2b(group.encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    return next(name for name, end in SPLITS.items() if place < end)


def look_alikes(goals: Sequence[Goal]) -> list[dict[str, list[int]]]:
    """Return, for each goal, the numbers of the goals that look like it, nearest first, by kind of likeness.

    ``value``: the same intent with another value; ``words``: the same words with another aim; ``sound``: another intent
    or value that sounds alike (Metaphone codes).
    """
    texts = [goal.said for goal in goals]
    sounds = [" ".join(jellyfish.metaphone(word) for word in text.split()) for text in texts]
    intents = np.array([goal.intent for goal in goals])
    found: list[dict[str, list[int]]] = [{} for _ in goals]
    for start in range(0, len(goals), GOAL_BLOCK):
        rows = slice(start, start + GOAL_BLOCK)
        words = process.cdist(texts[rows], texts, scorer=fuzz.token_set_ratio, dtype=np.float32, workers=-1)
        heard = process.cdist(sounds[rows], sounds, scorer=fuzz.ratio, dtype=np.float32, workers=-1)
        same = intents[rows, None] == intents[None, :]
        for kind, likeness in (
            ("value", np.where(same, words, 0)),
            ("words", np.where(same, 0, words)),
            ("sound", heard),
        ):
            for row, line in enumerate(likeness, start):
                line[row] = 0
                nearest = np.argsort(-line, kind="stable")[:LOOKALIKES_KEPT]
                found[row][kind] = [int(i) for i in nearest if line[i] >= LOOKALIKE_LIKENESS and texts[i] != texts[row]]
    return found
