"""How plausible the words of a request are: under word trigrams, and against words that sound alike in their place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

import numpy as np
from jellyfish import metaphone

from sayagain.evaluation.failures.labelled import Floats

BACKOFF = 0.4
"""Factor of a shorter context where the longer was never seen ("stupid backoff"; Brants et al., 2007)."""
ALIKE = 12
"""Words of one sound that are tried in the place of a word, the commonest first."""

Words = tuple[str, ...]
_ENDS = ("<s>", "<s>")


class Trigrams:
    """Counts of words, pairs and triples of words in requests."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.counts: Counter[Words] = Counter()
        self.add(texts)

    def add(self, texts: Iterable[str]) -> None:
        """Count more requests."""
        for text in texts:
            words = (*_ENDS, *text.split(), "</s>")
            for at in range(2, len(words)):
                for size in range(3):
                    self.counts[words[at - size : at + 1]] += 1
                self.counts[()] += 1
            self.counts[_ENDS] += 1
            self.counts[_ENDS[:1]] += 1

    def copy(self) -> Trigrams:
        """Return counts of their own."""
        found = Trigrams(())
        found.counts = self.counts.copy()
        return found

    def log_score(self, words: Words) -> float:
        """Return the log of how likely the last word is after those before it (at most two)."""
        factor = 1.0
        while len(words) > 1:
            together = self.counts.get(words, 0)
            if together:
                return float(np.log(factor * together / self.counts[words[:-1]]))
            words, factor = words[1:], factor * BACKOFF
        return float(np.log(factor * (self.counts.get(words, 0) + 0.1) / (self.counts[()] + 1)))

    @cached_property
    def by_sound(self) -> dict[str, list[str]]:
        """Words by their sound, the commonest first."""
        found: dict[str, list[str]] = defaultdict(list)
        for words, _ in self.counts.most_common():
            if len(words) == 1:
                for sound in _sounds(words[0]):
                    found[sound].append(words[0])
        return found

    def alike(self, word: str) -> list[str]:
        """Return words that sound like ``word`` or differ by a sound, the commonest ``ALIKE`` of each kind."""
        found = dict.fromkeys(other for sound in _sounds(word) for other in self.by_sound.get(sound, ())[:ALIKE])
        found.pop(word, None)
        return list(found)


@lru_cache(maxsize=1 << 16)
def _sounds(word: str) -> tuple[str, ...]:
    """Return the sound of a word, and that sound without each one of its parts."""
    whole = metaphone(word) or word
    return (whole, *(whole[:at] + whole[at + 1 :] for at in range(len(whole)) if len(whole) > 2))


PLAUSIBILITY = 10
"""Numbers that :func:`plausibility` gives a request."""


def plausibility(texts: Sequence[str], trigrams: Trigrams) -> Floats:
    """Return how plausible requests are, shape (texts, ``PLAUSIBILITY``).

    Mean and least log score of a word in its place, unseen words and pairs, the commonness of the rarest word, and the
    most that a word of like sound would gain in the place of one, for the two best places, with how many places gain.
    """
    known: dict[str, list[float]] = {}
    for text in texts:
        if text not in known:
            known[text] = _of_one(text, trigrams)
    return np.array([known[text] for text in texts]).reshape(-1, PLAUSIBILITY)


def _of_one(text: str, trigrams: Trigrams) -> list[float]:
    words = (*_ENDS, *text.split(), "</s>")
    places = range(2, len(words))
    scores = [trigrams.log_score(words[at - 2 : at + 1]) for at in places]
    seen = [trigrams.counts.get(words[at : at + 1], 0) for at in places]
    pairs = [trigrams.counts.get(words[at - 1 : at + 1], 0) for at in places]
    gains = sorted((_gain(words, at, scores, trigrams) for at in range(2, len(words) - 1)), reverse=True)
    best = [*gains, 0.0, 0.0][:2]
    return [
        sum(scores),
        sum(scores) / len(scores),
        min(scores),
        sorted(scores)[min(1, len(scores) - 1)],
        float(sum(not count for count in seen)),
        float(sum(not count for count in pairs)),
        float(np.log1p(min(seen))),
        *best,
        float(sum(gain > 2 for gain in gains)),
    ]


def _gain(words: Words, at: int, scores: Sequence[float], trigrams: Trigrams) -> float:
    """Return the most that the log score of a request gains by another word of like sound at ``at``."""
    reach = range(at, min(at + 3, len(words)))
    now = sum(scores[each - 2] for each in reach)
    best = 0.0
    for other in trigrams.alike(words[at]):
        tried = (*words[:at], other, *words[at + 1 :])
        best = max(best, sum(trigrams.log_score(tried[each - 2 : each + 1]) for each in reach) - now)
    return best
