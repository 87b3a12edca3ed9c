"""Whether words bear out what a request was understood as, told by how such words are understood elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

from sayagain.evaluation.failures.labelled import Block, Floats, Ints

Piece = TypeVar("Piece", bound=Hashable)

PRIOR = 2.0
"""Turns without the piece that a word is taken to have been in beside those that were seen."""
HYPOTHESES = 5
"""Hypotheses that are looked at: those after them are hardly likely."""
LEAST_SURE = 0.3
"""Share of turns with a word that were understood with a piece, from which the word asks for it."""


def borne_out(heard: Sequence[Sequence[tuple[str, float]]], understood: Sequence[Sequence[Piece]]) -> Block:
    """Return the block of how far words bear out what was understood.

    A word, or two in a row, speaks for a piece of meaning as far as known turns with it were understood with that
    piece; nobody has to say what is right. Told are the least support of a piece that was understood, the most support
    of one that was not, and how many of them are asked for, in the best hypothesis and over all.

    Args:
        heard: for each turn its hypotheses, best first: (normal form, log of how likely).
        understood: for each turn the pieces of what it was understood as.
    """

    def block(rows: Ints, known: Ints) -> Floats:
        grams, together = Counter[str](), Counter[tuple[str, Piece]]()
        for each in known:
            said = _grams(heard[each][0][0])
            grams.update(said)
            together.update((gram, piece) for gram in said for piece in set(understood[each]))
        pieces_of: dict[str, dict[Piece, float]] = {}
        for (gram, piece), count in together.items():
            pieces_of.setdefault(gram, {})[piece] = count / (grams[gram] + PRIOR)
        return np.array([_of_one(heard[row], set(understood[row]), pieces_of) for row in rows]).reshape(len(rows), -1)

    return block


def _grams(text: str) -> set[str]:
    words = text.split()
    return {*words, *(f"{one} {other}" for one, other in pairwise(words))}


def _of_one(
    hypotheses: Sequence[tuple[str, float]], pieces: set[Piece], pieces_of: dict[str, dict[Piece, float]]
) -> list[float]:
    hypotheses = hypotheses[:HYPOTHESES]
    chances = np.exp(np.array([score for _, score in hypotheses]))
    chances /= max(float(chances.sum()), 1e-9)
    views = [_support(_grams(text), pieces_of) for text, _ in hypotheses]
    over_all: dict[Piece, float] = {}
    for chance, view in zip(chances, views, strict=True):
        for piece, share in view.items():
            over_all[piece] = over_all.get(piece, 0.0) + float(chance) * share
    return [*_told(views[0], pieces), *_told(over_all, pieces)]


def _support(grams: Iterable[str], pieces_of: dict[str, dict[Piece, float]]) -> dict[Piece, float]:
    """Return how far the words of a text speak for each piece: as far as the surest of them does."""
    found: dict[Piece, float] = {}
    for gram in grams:
        for piece, share in pieces_of.get(gram, {}).items():
            found[piece] = max(share, found.get(piece, 0.0))
    return found


def _told(support: dict[Piece, float], pieces: set[Piece]) -> list[float]:
    own = [support.get(piece, 0.0) for piece in pieces]
    others = [share for piece, share in support.items() if piece not in pieces]
    return [
        min(own, default=1.0),
        sum(own) / max(1, len(own)),
        max(others, default=0.0),
        float(sum(share > LEAST_SURE for share in others)),
        sum(others),
    ]
