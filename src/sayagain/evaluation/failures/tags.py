"""Whether words of a request are marked as such words are elsewhere: what was missed, and what is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from sayagain.evaluation.failures.labelled import Block, Floats, Ints

OUTSIDE = "-"
"""Tag of a word that is in no entity."""
PRIOR = 1.0
"""Turns that stand for what the word alone says, where a word and the one before it were seen together."""
IMPROBABLE = 0.3
"""A tag that is less probable than this counts as improbable."""

Entities = Sequence[tuple[str, str]]


def tags(texts: Sequence[str], entities: Sequence[Entities], right: Sequence[bool]) -> Block:
    """Return the block of how usual the tags of the words of a request are, learned from known turns that went right.

    A word's tag is the name of the entity whose value it is in. Told are the least, the second least and the mean
    probability of a tag given the word and the word before, how many are improbable, and the most probable entity that
    was missed, was too much, or should have another name.

    Args:
        texts: the requests.
        entities: what was found in each: names and values.
        right: whether each went right.
    """
    tagged = [list(_tagged(text.split(), found)) for text, found in zip(texts, entities, strict=True)]
    went = np.array(right, dtype=bool)

    def block(rows: Ints, known: Ints) -> Floats:
        counts = _Counts([tagged[each] for each in known[went[known]]])
        return np.array([counts.told(tagged[row]) for row in rows]).reshape(len(rows), -1)

    return block


def _tagged(words: Sequence[str], entities: Entities) -> list[tuple[str, str]]:
    """Return each word with its tag."""
    found = [OUTSIDE] * len(words)
    for name, value in entities:
        parts = value.split()
        for at in range(len(words) - len(parts) + 1):
            if parts and list(words[at : at + len(parts)]) == parts:
                found[at : at + len(parts)] = [name] * len(parts)
                break
    return list(zip(words, found, strict=True))


class _Counts:
    """How often words, and words after a word, have each tag."""

    def __init__(self, held: Sequence[Sequence[tuple[str, str]]]) -> None:
        self.tags: Counter[str] = Counter()
        self.of_word: dict[str, Counter[str]] = {}
        self.of_pair: dict[tuple[str, str], Counter[str]] = {}
        self.of_place: dict[str, Counter[str]] = {}
        for tagged in held:
            before = ""
            for word, tag in tagged:
                self.tags[tag] += 1
                self.of_word.setdefault(word, Counter())[tag] += 1
                self.of_pair.setdefault((before, word), Counter())[tag] += 1
                self.of_place.setdefault(before, Counter())[tag] += 1
                before = word

    def chances(self, before: str, word: str) -> dict[str, float]:
        """Return the probability of each tag of a word."""
        total = sum(self.tags.values()) or 1
        found = {tag: count / total for tag, count in self.tags.items()}
        for counts in (self.of_place.get(before), self.of_word.get(word), self.of_pair.get((before, word))):
            if counts:
                seen = sum(counts.values())
                found = {tag: (counts.get(tag, 0) + PRIOR * share) / (seen + PRIOR) for tag, share in found.items()}
        return found

    def told(self, tagged: Sequence[tuple[str, str]]) -> list[float]:
        """Return the numbers of one request."""
        own, missed, too_much, renamed, before = [], 0.0, 0.0, 0.0, ""
        for word, tag in tagged:
            chances = self.chances(before, word)
            own.append(chances.get(tag, 0.0))
            outside = chances.get(OUTSIDE, 1.0)
            if tag == OUTSIDE:
                missed = max(missed, 1 - outside)
            else:
                too_much = max(too_much, outside)
                renamed = max(renamed, 1 - outside - chances.get(tag, 0.0))
            before = word
        least = [*sorted(own), 1.0, 1.0][:2]
        mean = sum(own) / max(1, len(own))
        return [*least, mean, float(sum(each < IMPROBABLE for each in own)), missed, too_much, renamed]
