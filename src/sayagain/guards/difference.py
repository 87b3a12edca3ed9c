"""The difference between two requests: the words that give way, and those that come in their place.

All guards look at the same difference. Words that only move ("turn the light off", "turn off the light") are not lost.
In scripts that are written without spaces each character counts as a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rapidfuzz import fuzz

from sayagain.text.grams import spoken
from sayagain.text.phonetics import sound

SAME_LOOKS, SAME_SOUND = 0.75, 0.7
"""Likeness from which words may be one misheard as the other, by their letters, or by their sounds with their letters:
"light" and "fight" (0.80), "hall" and "wall" (0.75), "clothes" and "close" (0.79 by sound); not "fan" and "oven". What
is this alike and names two things must stand in a list of names. docs/guards.md has the curve."""

RESEMBLES = 0.6
"""The same for what the assistant does not understand and nobody means here, where people said the other instead: of
the set ``pairs`` of `evaluate safety` none is of that kind, and it mends 25 mishearings of 456 more (guards.md)."""

NEVER = 2.0
"""A likeness that no two words have."""

SAME_FRAME = 0.5
"""Share of the longer request's words that both have from which one is the other with something exchanged."""

SAME_LETTERS = 0.9
"""Likeness of the letters of words that are the same words, but for the spaces and an ending."""

HALVES = frozenset(["a", "p"])
"""Of the day: "a.m." is "a m" in a normal form."""

LEAST_LOOKS = 0.5
"""Likeness of the letters without which no sound makes two words alike."""

LEAST_REPEATED = 2
"""Words that must be said again for it to be a repetition: one may be the same by chance."""

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""A character of a script that is written without spaces: Thai, Lao, Burmese, Khmer, kana, Han."""

_PIECES = re.compile(r"[0-9]+(?:\.[0-9]+)?|[^\W\d_]+|\S")


@dataclass(frozen=True)
class Change:
    """Words of the source that give way to words of the target; either may be none."""

    lost: tuple[str, ...]
    found: tuple[str, ...]
    before: str
    """The word that both have before it; empty at the beginning."""
    after: str
    """The word that both have after it; empty at the end."""

    @property
    def alike(self) -> bool:
        """Return whether what is lost may be what is found, misheard."""
        return words_alike(self.lost, self.found)

    @property
    def resembles(self) -> bool:
        """Return whether what is lost may be what is found, badly misheard: "likes" and "lights"."""
        return words_alike(self.lost, self.found, RESEMBLES, RESEMBLES)

    def alike_in(self, languages: Set[str], same_looks: float = SAME_LOOKS, same_sound: float = SAME_SOUND) -> bool:
        """Return whether what is lost may be what is found, misheard, where some languages are spoken.

        Metaphone spells the sounds of English, which swallows vowels; where surely none is spoken, letters must do:
        Portuguese "faro" and "ferro" sound as they are written. Where no language is known, it may be English.
        """
        foreign = bool(languages) and "en" not in languages
        return words_alike(self.lost, self.found, same_looks, NEVER if foreign else same_sound)

    @property
    def rejoined(self) -> bool:
        """Return whether the same letters, or nearly, are written as more words or fewer: "sky lights", "skylight"."""
        lost, found = "".join(self.lost), "".join(self.found)
        return len(self.lost) != len(self.found) and fuzz.ratio(lost, found) >= 100 * SAME_LETTERS


@dataclass(frozen=True)
class Difference:
    """How one request differs from another."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    changes: tuple[Change, ...]
    shared: int
    """Words that both have in the same order."""
    moved: frozenset[str]
    """Words that both have, in another place."""

    @property
    def frame(self) -> float:
        """Return the share of the longer request's words that both have."""
        return (self.shared + len(self.moved)) / max(len(self.source), len(self.target), 1)


def words_of(form: str) -> tuple[str, ...]:
    """Return the words of a normal form.

    >>> words_of("wake me at 7pm"), words_of("at 7 p m"), words_of("开灯")
    (('wake', 'me', 'at', '7', 'pm'), ('at', '7', 'pm'), ('开', '灯'))
    """
    found: list[str] = []
    for word in form.split():
        if _UNSPACED.search(word):
            found += word
        elif word[0].isdigit() and not word.isdigit():
            found += _PIECES.findall(word)
        elif word == "m" and len(found) > 1 and found[-1] in HALVES and found[-2][0].isdigit():
            found[-1] += word
        else:
            found.append(word)
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def difference(source: str, target: str) -> Difference:
    """Return what differs between two normal forms; what a recogniser said twice in one breath counts once."""
    a, b = once(words_of(source)), once(words_of(target))
    steps = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    lost = Counter(word for kind, i, j, *_ in steps if kind != "equal" for word in a[i:j])
    found = Counter(word for kind, *_, i, j in steps if kind != "equal" for word in b[i:j])
    moved = lost & found
    gone, come = Counter(moved), Counter(moved)
    changes = []
    for kind, i, j, k, end in steps:
        if kind == "equal":
            continue
        change = Change(_without(a[i:j], gone), _without(b[k:end], come), _at(a, i - 1), _at(a, j))
        if change.lost or change.found:
            changes.append(change)
    shared = sum(j - i for kind, i, j, *_ in steps if kind == "equal")
    return Difference(a, b, tuple(changes), shared, frozenset(moved))


def once(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without what repeats them from the beginning, by two words at the least.

    >>> once(("good", "night", "good", "night", "good")), once(("play", "fix", "you", "by", "cold", "play"))[-1]
    (('good', 'night'), 'play')
    """
    for length in range(1, len(words)):
        if (
            len(words) - length >= min(length, LEAST_REPEATED)
            and all(word == words[at % length] for at, word in enumerate(words))
            and not words[0].isdecimal()
        ):
            return words[:length]
    return words


def words_alike(
    lost: Sequence[str], found: Sequence[str], same_looks: float = SAME_LOOKS, same_sound: float = SAME_SOUND
) -> bool:
    """Return whether runs of words look or sound alike; spaces are not heard, and numbers as English says them.

    Sounds (Metaphone) count twice beside letters. They know no vowels, so that half of the letters must be the same:
    "fan" is no "phone". Of writing that does not spell sounds nothing is known.

    >>> [words_alike([a], [b]) for a, b in (("pinc", "pink"), ("1", "on"), ("fan", "phone"), ("fan", "oven"))]
    [True, True, False, False]
    """
    if not (lost and found) or _UNSPACED.search("".join(lost)):
        return False
    one, other = spoken(" ".join(lost)), spoken(" ".join(found))
    looks = fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")) / 100
    sounds = fuzz.ratio(sound(one), sound(other)) / 100
    return looks >= same_looks or (looks >= LEAST_LOOKS and (looks + 2 * sounds) / 3 >= same_sound)


def _without(words: Sequence[str], moved: Counter[str]) -> tuple[str, ...]:
    """Return the words that did not only move; takes those that did from ``moved``."""
    kept = []
    for word in words:
        if moved[word] > 0:
            moved[word] -= 1
        else:
            kept.append(word)
    return tuple(kept)


def _at(words: Sequence[str], place: int) -> str:
    return words[place] if 0 <= place < len(words) else ""
