"""The sentence encoder: requests as vectors, such that what means the same is near, by ONNX Runtime.

A failed request, as it was heard, and the wording that works are both encoded by it, as in DPR (Karpukhin et al., EMNLP
2020); nearest is the wording whose vector has the largest inner product. The model reads a request twice: its words, by
a transformer, and its sounds (``grams``), by a table; for what is misheard is other words with nearly the same sounds.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from sayagain.text.grams import grams_of
from sayagain.text.model_file import ModelFile, session
from sayagain.text.normalise import MOST_CHARACTERS, normalise

Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]

DIMENSIONS = 128
"""Numbers of a vector: with 384 an index takes three times as much and finds no more."""

MOST_TEXT_PIECES = 24
"""Word pieces read of a text, the two that mark its ends included: 99 in 100 requests have no more than 17."""

ENCODER_BATCH = 32
"""Texts encoded at once, all of so many word pieces: more gain nothing, and padding costs more than another call."""

ENCODER_MODEL = ModelFile("sayagain.text", "model/encoder.onnx", "sentence encoder", "sayagain encoder train")

TOKENIZER = "tokenizer"
"""Name under which the metadata of the model hold its tokenizer, in the form of ``tokenizer.json``: one file is all."""


class Encoder:
    """A sentence encoder, opened once; may be used from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the model at ``path``, or the one that ships.

        Raises:
            SayAgainError: the file is missing or is no model.
        """
        with ENCODER_MODEL.opening(path):
            self._session = session(ENCODER_MODEL.read(path))
            self._tokenizer = opened(self._session.get_modelmeta().custom_metadata_map[TOKENIZER])

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of ``texts``, shape (texts, ``DIMENSIONS``), each of length 1.

        Texts are taken in their normal form, as far as ``MOST_TEXT_PIECES``; an empty one has a vector like any other.
        Each core reads batches of its own: small matrices gain little from being cut in two.
        """
        forms = [normalise(text[:MOST_CHARACTERS]) for text in texts]
        lines = pieces_of(forms, self._tokenizer)
        found = np.empty((len(lines), DIMENSIONS), dtype=np.float32)

        def read(batch: Sequence[int]) -> None:
            pieces, grams = padded([lines[i] for i in batch]), padded([grams_of(forms[i]) for i in batch])
            (found[batch],) = self._session.run(None, {"pieces": pieces, "grams": grams})

        batches = _batches(lines)
        if len(batches) == 1:
            read(batches[0])
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(read, batches))
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


class Remembering(Encoder):
    """An encoder that reads each text once and keeps its vector: several indices of nearly the same requests are built.

    Vectors are kept with half precision, 256 bytes a text; an index keeps eight bits of each number.
    """

    def __init__(self) -> None:
        """Open the model that ships."""
        super().__init__()
        self._known: dict[str, npt.NDArray[np.float16]] = {}

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of ``texts``, as :class:`Encoder` does."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, super().encode(new).astype(np.float16), strict=True))
        if not texts:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        return np.stack([self._known[text] for text in texts]).astype(np.float32)


@cache
def shipped() -> Encoder:
    """Return the encoder that ships, opened once."""
    return Encoder()


def _batches(lines: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the numbers of lines that are read together: at most ``ENCODER_BATCH`` of one length."""
    order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
    alike = (list(group) for _, group in groupby(order, key=lambda i: len(lines[i])))
    return [same[start : start + ENCODER_BATCH] for same in alike for start in range(0, len(same), ENCODER_BATCH)]


def pieces_of(forms: Sequence[str], tokenizer: Tokenizer) -> list[list[int]]:
    """Return the numbers of the word pieces of normalised requests, those that mark their ends included."""
    return [each.ids for each in tokenizer.encode_batch(forms)]


def padded(lines: Sequence[Sequence[int]]) -> Longs:
    """Return numbers as an array, shape (texts, length of the longest, at least 1); 0 pads."""
    table = np.zeros((len(lines), max(1, *map(len, lines))), dtype=np.int64)
    for row, line in zip(table, lines, strict=True):
        row[: len(line)] = line
    return table


def opened(vocabulary: str) -> Tokenizer:
    """Return a tokenizer, read from JSON, that cuts at ``MOST_TEXT_PIECES`` and does not pad."""
    found = Tokenizer.from_str(vocabulary)
    found.no_padding()
    found.enable_truncation(MOST_TEXT_PIECES)
    return found
