"""Confusions: how likely each letter is to be heard as another, dropped, or made up; learned from pairs by EM.

A memoryless channel (Ristad & Yianilos 1998, *Learning string-edit distance*, IEEE PAMI 20(5), in its conditional
form): each letter that was said is heard as one letter or dropped, and between them letters are made up. The
likelihood of what was heard, given what was said, is the sum over all ways to align the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

LETTERS = " abcdefghijklmnopqrstuvwxyz0123456789"
"""Letters whose confusions are learned one by one; of all others, whether two are the same counts, not which."""

OTHER, END = len(LETTERS), len(LETTERS) + 1
"""Code of every other letter, and of what stands where a text has ended."""

MOST_LETTERS = 64
"""Letters of a text that are compared: the product of so many probabilities is still a number."""

HEARD_RIGHT, DROPPED, MADE_UP = 0.9, 0.04, 0.05
"""Probabilities before anything is learned: a letter is heard as it was said; it is dropped; one more is made up."""

PRIOR = 20.0
"""Pairs of a letter that what is known before learning counts as."""

ROUNDS = 4
"""Rounds of EM: the ranking of names does not change after them."""

PAIRS_A_BATCH = 2_000
"""Pairs aligned at a time: about 150 MB."""


@dataclass(frozen=True)
class Confusions:
    """The probabilities of one channel."""

    heard: Floats
    """(letter said, letter heard); with ``dropped`` each row sums to one."""
    dropped: Floats
    """By letter said."""
    made_up: Floats
    """By letter heard: one more of it before the next letter that was said. They sum to less than one."""

    @classmethod
    def unlearned(cls) -> Self:
        """Return the channel that is assumed before anything is learned: no letter is likelier than another."""
        count = OTHER + 1
        heard = np.full((count, count), (1 - HEARD_RIGHT - DROPPED) / (count - 1))
        np.fill_diagonal(heard, HEARD_RIGHT)
        return cls(heard, np.full(count, DROPPED), np.full(count, MADE_UP / count))

    @classmethod
    def learned(cls, said: Sequence[str], heard: Sequence[str]) -> Self:
        """Learn from pairs of what was said and what was heard, by EM from the unlearned channel as a prior."""
        channel = before = cls.unlearned()
        for _ in range(ROUNDS):
            swaps, drops, extras = PRIOR * before.heard, PRIOR * before.dropped, PRIOR * before.made_up
            gaps = PRIOR * (1 - before.made_up.sum())
            for start in range(0, len(said), PAIRS_A_BATCH):
                batch = slice(start, start + PAIRS_A_BATCH)
                more = channel._expected(_Aligned.of(said[batch], heard[batch]))
                swaps, drops, extras = swaps + more[0], drops + more[1], extras + more[2]
                gaps += more[3]
            ends = swaps.sum(axis=1) + drops
            channel = cls(swaps / ends[:, None], drops / ends, extras / (extras.sum() + gaps))
        return channel

    def log_likelihood(self, said: Sequence[str], heard: Sequence[str]) -> Floats:
        """Return log P(heard | said) of each pair."""
        pairs = _Aligned.of(said, heard)
        everything = self._prefixes(pairs)[pairs.rows, pairs.said_length, pairs.heard_length]
        likelihood: Floats = np.log(np.maximum(everything, np.finfo(np.float64).tiny)) + self._closing(pairs)
        return likelihood

    @cached_property
    def _padded(self) -> tuple[Floats, Floats, Floats]:
        """The probabilities with ``END`` as one more letter, that never occurs."""
        return np.pad(self.heard, (0, 1)), np.pad(self.dropped, (0, 1)), np.pad(self.made_up, (0, 1))

    def _closing(self, pairs: _Aligned) -> Floats:
        """Return the log of the probability that nothing more was made up at any place."""
        closing: Floats = (pairs.said_length + 1) * np.log1p(-self.made_up.sum())
        return closing

    def _prefixes(self, pairs: _Aligned) -> Floats:
        """Return P(the first j letters are heard | the first i were said), by pair, i and j."""
        _, dropped, made_up = self._padded
        count, n, k = len(pairs.rows), pairs.said.shape[1], pairs.heard.shape[1]
        swap = np.zeros((count, n + 1, k + 1))
        swap[:, 1:, 1:] = self._swapped(pairs)
        drop, extra = np.zeros((count, n + 1)), np.zeros((count, k + 1))
        drop[:, 1:], extra[:, 1:] = dropped[known(pairs.said)], made_up[known(pairs.heard)]
        table = np.zeros((count, n + 2, k + 2))  # one row and one column of zeros before the beginning
        table[:, 1, 1] = 1.0
        for both in range(1, n + k + 1):  # along a diagonal no cell needs another of it
            i = np.arange(max(0, both - k), min(n, both) + 1)
            j = both - i
            table[:, i + 1, j + 1] = (
                table[:, i, j + 1] * drop[:, i] + table[:, i + 1, j] * extra[:, j] + table[:, i, j] * swap[:, i, j]
            )
        return table[:, 1:, 1:]

    def _swapped(self, pairs: _Aligned) -> Floats:
        """Return P(heard letter | said letter), by pair and the places of both."""
        said, got = known(pairs.said)[:, :, None], known(pairs.heard)[:, None, :]
        likely: Floats = np.where(pairs.strangers, self.heard[OTHER, 0], self._padded[0][said, got])
        return likely

    def _expected(self, pairs: _Aligned) -> tuple[Floats, Floats, Floats, float]:
        """Return how often each letter is expected to have been swapped, dropped, made up, and not made up."""
        _, dropped, made_up = self._padded
        first = self._prefixes(pairs)
        last = pairs.turned_back(self._prefixes(pairs.reversed()))
        whole = first[pairs.rows, pairs.said_length, pairs.heard_length]
        share = np.where(whole > 0, 1 / np.where(whole > 0, whole, 1), 0)[:, None, None]
        said, got = known(pairs.said)[:, :, None], known(pairs.heard)[:, None, :]
        swap = first[:, :-1, :-1] * self._swapped(pairs) * last[:, 1:, 1:] * share * ~pairs.strangers
        drop = (first[:, :-1, :] * dropped[said] * last[:, 1:, :] * share).sum(axis=2)
        extra = (first[:, :, :-1] * made_up[got] * last[:, :, 1:] * share).sum(axis=1)
        letters = END + 1
        swaps = np.bincount((said * letters + got).ravel(), swap.ravel(), letters * letters)
        return (
            swaps.reshape(letters, letters)[:-1, :-1].astype(np.float64),
            np.bincount(said.ravel(), drop.ravel(), letters)[:-1].astype(np.float64),
            np.bincount(got.ravel(), extra.ravel(), letters)[:-1].astype(np.float64),
            float((pairs.said_length + 1)[whole > 0].sum()),
        )


@dataclass(frozen=True)
class _Aligned:
    """Pairs of texts as codes of letters, filled up with ``END``; letters beyond ``LETTERS`` have codes above it."""

    said: Codes
    heard: Codes
    said_length: Codes
    heard_length: Codes

    @classmethod
    def of(cls, said: Sequence[str], heard: Sequence[str]) -> Self:
        (said_codes, said_length), (heard_codes, heard_length) = _codes(said), _codes(heard)
        return cls(said_codes, heard_codes, said_length, heard_length)

    @cached_property
    def rows(self) -> Codes:
        return np.arange(len(self.said))

    @cached_property
    def strangers(self) -> npt.NDArray[np.bool_]:
        """Whether two letters differ of which no confusions are learned, by pair and the places of both."""
        said, heard = self.said[:, :, None], self.heard[:, None, :]
        differ: npt.NDArray[np.bool_] = (said > END) & (heard > END) & (said != heard)
        return differ

    def reversed(self) -> Self:
        """Return the pairs read from their ends."""
        said = np.take_along_axis(self.said, _from_end(self.said_length, self.said.shape[1]), axis=1)
        heard = np.take_along_axis(self.heard, _from_end(self.heard_length, self.heard.shape[1]), axis=1)
        return type(self)(said, heard, self.said_length, self.heard_length)

    def turned_back(self, table: Floats) -> Floats:
        """Return a table over the reversed pairs as one over these: what remains after i and j letters."""
        i = self.said_length[:, None] - np.arange(table.shape[1])
        j = self.heard_length[:, None] - np.arange(table.shape[2])
        rest = table[self.rows[:, None, None], np.maximum(i, 0)[:, :, None], np.maximum(j, 0)[:, None, :]]
        return np.where((i >= 0)[:, :, None] & (j >= 0)[:, None, :], rest, 0.0)


_CODES = np.full(1 << 7, -1, dtype=np.intp)
_CODES[[ord(letter) for letter in LETTERS]] = range(len(LETTERS))
"""The code of each letter by its code point; -1 where no confusions of it are learned, as of all beyond."""


def known(codes: Codes) -> Codes:
    """Return codes with ``OTHER`` for every letter whose confusions are not learned."""
    return np.where(codes > END, OTHER, codes)


def _codes(texts: Sequence[str]) -> tuple[Codes, Codes]:
    cut = [text[:MOST_LETTERS] for text in texts]
    lengths = np.array([len(text) for text in cut], dtype=np.intp)
    codes = np.full((len(cut), int(lengths.max(initial=0))), END, dtype=np.intp)
    points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)
    learned = _CODES[np.minimum(points, len(_CODES) - 1)]
    codes[np.arange(codes.shape[1]) < lengths[:, None]] = np.where(learned < 0, END + 1 + points, learned)
    return codes, lengths


def _from_end(lengths: Codes, width: int) -> Codes:
    """Return where each letter of a reversed text stood; behind its end, where it stands."""
    at = np.arange(width)[None, :]
    return np.where(at < lengths[:, None], lengths[:, None] - 1 - at, at)
