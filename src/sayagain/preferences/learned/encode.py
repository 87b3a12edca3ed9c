"""Encoding: the words of a statement as the numbers that the tagger takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from sayagain.preferences.learned.words import QUESTION, QUOTE

MOST_STATEMENT_PIECES = 80
"""Word pieces read of a statement: of ``MOST_READ`` words few have more."""
UNREAD = -1
_WRITTEN = {QUOTE: '"', QUESTION: "?"}

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Encoded:
    """Statements as numbers."""

    pieces: Longs
    """Numbers of word pieces, shape (statements, length); 0 pads."""
    named: Longs
    """Whether each piece is of a name that the assistant knows, of the same shape."""
    firsts: list[list[int]]
    """Of each statement, the place of the first piece of each word; -1 of a word that was cut off, or has no piece."""


@lru_cache(maxsize=4)  # the shipped model's, and those in training
def tokenizer_of(vocabulary: str) -> Tokenizer:
    """Return a tokenizer, read from JSON, that cuts at ``MOST_STATEMENT_PIECES`` and does not pad."""
    found = Tokenizer.from_str(vocabulary)
    found.no_padding()
    found.enable_truncation(MOST_STATEMENT_PIECES)
    return found


def encoded(tokenizer: Tokenizer, statements: Sequence[Sequence[str]], named: Sequence[Sequence[bool]]) -> Encoded:
    """Return words as numbers.

    Args:
        tokenizer: of the model.
        statements: the words of each.
        named: which of them are of a name that the assistant knows.
    """
    lines = tokenizer.encode_batch(
        [[_WRITTEN.get(word, word) for word in words] for words in statements], is_pretokenized=True
    )
    shape = (len(lines), max((len(line.ids) for line in lines), default=1))
    pieces, known = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    firsts: list[list[int]] = []
    for row, (line, names) in enumerate(zip(lines, named, strict=True)):
        pieces[row, : len(line.ids)] = line.ids
        places: dict[int, int] = dict.fromkeys(range(len(names)), UNREAD)
        for place, word in enumerate(line.word_ids):
            if word is not None:
                places[word] = place if places[word] == UNREAD else places[word]
                known[row, place] = names[word]
        firsts.append(list(places.values()))
    return Encoded(pieces, known, firsts)
