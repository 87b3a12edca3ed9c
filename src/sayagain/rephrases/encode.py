"""From excerpts to what the span model reads: one sequence of word pieces, and what is known of each turn.

``[CLS] request [SEP] response [SEP] turn 1 [SEP] response [SEP] …``; every piece carries the number of its
turn, whether it stands in a request, and the features of its turn. The first piece stands for "nothing says it again".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from math import log1p
from typing import Self

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from tokenizers import Encoding, Tokenizer

from sayagain.rephrases.excerpt import EXCERPT_WINDOW, Excerpt, Said, within
from sayagain.text.normalise import MOST_CHARACTERS, normalise
from sayagain.text.phonetics import sound
from sayagain.text.phrasebook import AT_A_LOSS, SORRY

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

MOST_TURN_PIECES = {"request": 24, "response": 10}
"""Word pieces kept of each text. Requests are short; what a response admits or echoes stands at its beginning, and what
is longer costs time (docs/rephrases.md)."""

CLS, SEP, PAD = 101, 102, 0
"""Pieces of the vocabulary with a meaning of their own (BERT's)."""

TURN_FEATURES = (
    "gap", "after", "interrupted", "not_interrupted", "failed", "served", "score", "score_known",
    "not_understood", "understood", "replied", "admits", "echo",
    "ratio", "sorted", "sound", "token_set", "partial",
)  # fmt: skip
"""What is known of a turn; all 0 where a log tells nothing. ``admits`` that the response owns up to a failure, ``echo``
how much of the request it repeats; the last five are how like the first request a later one looks and sounds: word
pieces hide letters, and what is misheard is alike in letters and sounds only."""

LOG_WINDOW = log1p(EXCERPT_WINDOW)
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
    """Shape (excerpts, turns, ``TURN_FEATURES``)."""
    places: list[list[tuple[int, int]]]
    """Characters (start, end) in its text of each piece of each excerpt; (0, 0) outside requests."""
    sizes: list[int]
    """Turns of each excerpt inside the window, the first included."""

    def take(self, rows: Sequence[int]) -> Self:
        """Return these excerpts alone, padded to the longest of them."""
        length, turns = (max(counts) for counts in ([len(self.places[i]) for i in rows], [self.sizes[i] for i in rows]))
        return type(self)(
            self.pieces[rows, :length],
            self.turns[rows, :length],
            self.asked[rows, :length],
            self.features[rows, :turns],
            [self.places[i] for i in rows],
            [self.sizes[i] for i in rows],
        )

    def inputs(self) -> dict[str, Longs | Floats]:
        """Return the arrays that the model takes, by its names for them and in its order."""
        return {name: getattr(self, name) for name in ("pieces", "turns", "asked", "features")}


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
    longest = 8 * max(MOST_TURN_PIECES.values())  # characters enough for so many pieces of any text
    read = dict(
        zip(texts, tokenizer().encode_batch([text[:longest] for text in texts], add_special_tokens=False), strict=True)
    )
    lines = [_line(excerpt, read) for excerpt in inside]
    length = max(len(line) for line in lines)
    table = np.zeros((len(lines), length, 3), dtype=np.int64)
    for row, line in zip(table, lines, strict=True):
        row[: len(line)] = [piece[:3] for piece in line]
    features = np.zeros((len(lines), max(map(len, inside)), len(TURN_FEATURES)), dtype=np.float32)
    for excerpt, known in zip(inside, features, strict=True):
        first = _views(_short(excerpt[0].text))
        before = 0.0
        for turn, (said, values) in enumerate(zip(excerpt, known, strict=False)):
            values[: -len(LIKENESS)] = _known(said, before)
            if turn:
                values[-len(LIKENESS) :] = _alike(first, _views(_short(said.text)))
            before = said.after
    places = [[piece[3] for piece in line] for line in lines]
    pieces, turns, asked = np.ascontiguousarray(table.transpose(2, 0, 1))
    return Batch(pieces, turns, asked, features, places, [len(each) for each in inside])


def _line(excerpt: Excerpt, read: dict[str, Encoding]) -> list[tuple[int, int, int, tuple[int, int]]]:
    line = [(CLS, 0, 0, (0, 0))]
    for turn, said in enumerate(excerpt):
        asked = read[said.text]
        count = MOST_TURN_PIECES["request"]
        pieces = zip(asked.ids[:count], asked.offsets[:count], strict=True)
        line += [(piece, turn, int(turn > 0), place) for piece, place in pieces]
        line.append((SEP, turn, 0, (0, 0)))
        if said.response:
            told = read[said.response].ids[: MOST_TURN_PIECES["response"]]
            line += [(piece, turn, 0, (0, 0)) for piece in told]
            line.append((SEP, turn, 0, (0, 0)))
    return line


def _known(said: Said, before: float) -> tuple[float, ...]:
    return (
        log1p(max(said.after - before, 0)) / LOG_WINDOW,
        log1p(max(said.after, 0)) / LOG_WINDOW,
        float(said.barge_in is True),
        float(said.barge_in is False),
        float(said.failed is True),
        float(said.failed is False),
        said.score - 0.5 if said.score is not None else 0.0,
        float(said.score is not None),
        float(said.understood is False),
        float(said.understood is True),
        float(said.response is not None),
        float(_admits((said.response or "")[:MOST_CHARACTERS].lower())),
        fuzz.token_set_ratio(_views(_short(said.text))[0], _views(_short(said.response or ""))[0]) / 100,
    )


LIKENESS: tuple[tuple[int, Callable[[str, str], float]], ...] = (
    (0, fuzz.ratio), (1, fuzz.ratio), (2, fuzz.ratio), (0, fuzz.token_set_ratio), (0, fuzz.partial_ratio),
)  # fmt: skip
"""For each likeness: which view of the texts is compared (normal form, its words sorted, its sounds), and how."""


def _alike(first: tuple[str, str, str], later: tuple[str, str, str]) -> tuple[float, ...]:
    return tuple(likeness(first[view], later[view]) / 100 for view, likeness in LIKENESS)


def _short(text: str) -> str:
    """Return nothing for what is too long to have a normal form, so that no megabyte is remembered."""
    return text if len(text) <= MOST_CHARACTERS else ""


@lru_cache(maxsize=65_536)
def _views(text: str) -> tuple[str, str, str]:
    form = normalise(text)
    return form, " ".join(sorted(form.split())), sound(form)


@lru_cache(maxsize=65_536)
def _admits(told: str) -> bool:
    return bool(_SORRY.search(told) or _AT_A_LOSS.search(told))


_SORRY, _AT_A_LOSS = re.compile(SORRY), re.compile(AT_A_LOSS)
