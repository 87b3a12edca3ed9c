"""From excerpts to what the span model reads: one sequence of word pieces, and what is known of each turn.

``[CLS] request [SEP] response [SEP] turn 1 [SEP] response [SEP] …``; every piece carries the number of its
turn, whether it stands in a request, and the features of its turn. The first piece stands for "nothing says it again".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log1p

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from sayagain.rephrases.excerpt import WINDOW, Excerpt, Said, within

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

MOST_PIECES = {"request": 24, "response": 10}
"""Word pieces kept of each text. Requests are short; what a response admits or echoes stands at its beginning, and what
is longer costs time (docs/rephrases.md)."""

CLS, SEP, PAD = 101, 102, 0
"""Pieces of the vocabulary with a meaning of their own (BERT's)."""

FEATURES = (
    "gap", "after", "interrupted", "not_interrupted", "failed", "served", "score", "score_known",
    "not_understood", "understood", "replied",
)  # fmt: skip
"""What is known of a turn; all 0 where a log tells nothing."""

LONGEST = log1p(WINDOW)
"""Gaps are taken as logarithms and scaled to this, so that they lie between 0 and 1."""


@dataclass(frozen=True)
class Batch:
    """Excerpts as arrays, padded to the longest."""

    pieces: Longs
    """Numbers of word pieces, shape (excerpts, length)."""
    turns: Longs
    """Turn that each piece stands in, shape (excerpts, length); padding has turn 0."""
    asked: Longs
    """1 where a piece stands in a request of a turn after the first, where a span may be; shape (excerpts, length)."""
    features: Floats
    """Shape (excerpts, turns, ``FEATURES``)."""
    places: list[list[tuple[int, int]]]
    """Characters (start, end) in its text of each piece of each excerpt; (0, 0) outside requests."""
    sizes: list[int]
    """Turns of each excerpt inside the window, the first included."""


@cache
def tokenizer() -> Tokenizer:
    """Return the tokenizer of the model that ships."""
    vocabulary = resources.files("sayagain.rephrases").joinpath("model", "tokenizer.json").read_text("utf8")
    found = Tokenizer.from_str(vocabulary)
    found.no_padding()
    found.no_truncation()
    return found


def encode(excerpts: Sequence[Excerpt]) -> Batch:
    """Return the excerpts as arrays; turns outside the window are left out."""
    inside = [within(excerpt) for excerpt in excerpts]
    texts = dict.fromkeys(text for excerpt in inside for said in excerpt for text in (said.text, said.response or ""))
    longest = 8 * max(MOST_PIECES.values())  # characters enough for so many pieces of any text
    read = dict(
        zip(texts, tokenizer().encode_batch([text[:longest] for text in texts], add_special_tokens=False), strict=True)
    )
    lines = [_line(excerpt, read) for excerpt in inside]
    length = max(len(line) for line in lines)
    table = np.zeros((len(lines), length, 3), dtype=np.int64)
    for row, line in zip(table, lines, strict=True):
        row[: len(line)] = [piece[:3] for piece in line]
    features = np.zeros((len(lines), max(map(len, inside)), len(FEATURES)), dtype=np.float32)
    for excerpt, known in zip(inside, features, strict=True):
        before = 0.0
        for said, values in zip(excerpt, known, strict=False):
            values[:] = _known(said, before)
            before = said.after
    places = [[piece[3] for piece in line] for line in lines]
    return Batch(table[:, :, 0], table[:, :, 1], table[:, :, 2], features, places, [len(each) for each in inside])


def _line(excerpt: Excerpt, read: dict[str, Encoding]) -> list[tuple[int, int, int, tuple[int, int]]]:
    line = [(CLS, 0, 0, (0, 0))]
    for turn, said in enumerate(excerpt):
        asked = read[said.text]
        count = MOST_PIECES["request"]
        pieces = zip(asked.ids[:count], asked.offsets[:count], strict=True)
        line += [(piece, turn, int(turn > 0), place) for piece, place in pieces]
        line.append((SEP, turn, 0, (0, 0)))
        if said.response:
            told = read[said.response].ids[: MOST_PIECES["response"]]
            line += [(piece, turn, 0, (0, 0)) for piece in told]
            line.append((SEP, turn, 0, (0, 0)))
    return line


def _known(said: Said, before: float) -> tuple[float, ...]:
    return (
        log1p(max(said.after - before, 0)) / LONGEST,
        log1p(max(said.after, 0)) / LONGEST,
        float(said.barge_in is True),
        float(said.barge_in is False),
        float(said.failed is True),
        float(said.failed is False),
        said.score - 0.5 if said.score is not None else 0.0,
        float(said.score is not None),
        float(said.understood is False),
        float(said.understood is True),
        float(said.response is not None),
    )
