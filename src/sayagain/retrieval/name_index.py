"""The name index: out of many names, those that share most runs of letters and of sounds with what was heard.

An inverted index in four arrays: of each run, the names that have it. One question takes a millisecond or two among
50,000 names, where a comparison of each takes ten; what is found is compared exactly afterwards, by look and sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from sayagain.guards.difference import LEAST_LOOKS
from sayagain.text.grams import spoken
from sayagain.text.phonetics import sound

Numbers = npt.NDArray[np.int64]
Likeness = npt.NDArray[np.float32]

LETTERS, SOUNDS = (2, 3), (2, 3)
"""Lengths of the runs of letters, and of the Metaphone codes, that are looked up."""

BUCKETS = 1 << 15
"""Numbers that runs are hashed to, of letters and of sounds each."""

COMMON = 0.1
"""Share of the names above which a run tells them apart too little to be looked up: they take the time. At 0.02
the day that EVI's callers meant is among the first 1,000 of 62,000 ways to say one in 890 of 1,000, at 0.1 in 961."""

LEAST_COMMON = 200
"""Names with a run up to which it is looked up, however few names there are."""


@dataclass(frozen=True)
class Spoken:
    """Some forms as they are spoken, spaces left out, which nobody hears: their letters, and their sounds."""

    letters: Sequence[str]
    sounds: Sequence[str]

    @classmethod
    def of(cls, forms: Sequence[str]) -> Self:
        """Read normal forms; numbers are spoken as words."""
        said = [spoken(form) for form in forms]
        return cls([form.replace(" ", "") for form in said], [sound(form) for form in said])

    def likeness(self, others: Spoken) -> Likeness:
        """Return how alike (0 to 1) these and others look or sound, shape (these, others).

        As the guards see it (``guards.difference.words_alike``): sounds count twice beside letters, where half of the
        letters are the same.
        """
        looks, sounds = _ratios(self.letters, others.letters), _ratios(self.sounds, others.sounds)
        both = np.where(looks >= LEAST_LOOKS, np.maximum(looks, (looks + 2 * sounds) / 3), looks)
        return both.astype(np.float32)


def _ratios(ones: Sequence[str], others: Sequence[str]) -> Likeness:
    ratios: Likeness = process.cdist(ones, others, scorer=fuzz.ratio, dtype=np.float32)
    return ratios / np.float32(100)


@dataclass(frozen=True)
class NameIndex:
    """The runs of some names."""

    spoken: Spoken

    having: npt.NDArray[np.int32]
    """Numbers of the names that have each run, run after run."""
    starts: Numbers
    """By run: where its names begin in ``having``; one more at the end. Of common runs there are none."""
    weights: npt.NDArray[np.float32]
    """By run: how much it tells, log(1 + names / names that have it)."""
    totals: npt.NDArray[np.float32]
    """By name: the weights of all its runs together."""

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """Index names in normal form."""
        said = Spoken.of(names)
        owners, runs = _runs(said)
        counts = np.bincount(runs, minlength=2 * BUCKETS)
        weights = np.log1p(len(names) / np.maximum(counts, 1)).astype(np.float32)
        weights[counts > max(COMMON * len(names), LEAST_COMMON)] = 0.0
        kept = weights[runs] > 0
        owners, runs = owners[kept], runs[kept]
        starts = np.zeros(2 * BUCKETS + 1, dtype=np.int64)
        np.cumsum(np.bincount(runs, minlength=2 * BUCKETS), out=starts[1:])
        totals = np.bincount(owners, weights[runs], len(names)).astype(np.float32)
        return cls(said, owners[np.argsort(runs, kind="stable")].astype(np.int32), starts, weights, totals)

    def nearest(self, heard: Spoken, count: int) -> Numbers:
        """Return the numbers of the ``count`` names that share most with what was heard, in any of its forms.

        Worth is the square of the shared weight over the weight of the name: a name that is heard whole before one that
        is heard in part, and of two that are heard whole the longer.
        """
        if len(self.totals) <= count:
            return np.arange(len(self.totals))
        asked = np.unique(_runs(heard)[1])
        begin, end = self.starts[asked], self.starts[asked + 1]
        runs = [self.having[i:j] for i, j in zip(begin.tolist(), end.tolist(), strict=True)]
        names = np.concatenate([np.empty(0, dtype=np.int32), *runs])
        shared = np.bincount(names, np.repeat(self.weights[asked], end - begin), len(self.totals))
        worth = shared * shared / np.maximum(self.totals, np.finfo(np.float32).tiny)
        return np.argpartition(-worth, count)[:count].astype(np.int64)

    def likeness(self, heard: Spoken, names: Numbers) -> Likeness:
        """Return how alike (0 to 1) what was heard and some names look or sound, shape (heard, names)."""
        letters, sounds = self.spoken.letters, self.spoken.sounds
        return heard.likeness(Spoken([letters[at] for at in names.tolist()], [sounds[at] for at in names.tolist()]))


def _runs(said: Spoken) -> tuple[Numbers, Numbers]:
    """Return the runs of forms, each once a form: the number of the form, and of the run."""
    parts = [_hashed(said.letters, length, 0) for length in LETTERS]
    parts += [_hashed(said.sounds, length, BUCKETS) for length in SOUNDS]
    both = np.unique(np.concatenate([owners * (2 * BUCKETS) + runs for owners, runs in parts]))
    return both // (2 * BUCKETS), both % (2 * BUCKETS)


def _hashed(lines: Sequence[str], length: int, first: int) -> tuple[Numbers, Numbers]:
    """Return the runs of one length, hashed to numbers from ``first`` on, and the line that each stands in."""
    points = np.frombuffer("\n".join(lines).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    ends = points == ord("\n")
    owners = np.cumsum(ends)
    count = max(len(points) - length + 1, 0)
    code, whole = np.full(count, length, dtype=np.uint64), np.ones(count, dtype=np.bool_)
    for at in range(length):
        code = code * np.uint64(0x9E3779B97F4A7C15) + points[at : at + count]
        whole &= ~ends[at : at + count]
    code ^= code >> np.uint64(32)
    return owners[:count][whole], (code[whole] % np.uint64(BUCKETS)).astype(np.int64) + first
