"""The sentence encoder: requests as vectors, such that what means the same is near, by ONNX Runtime.

A failed request, as it was heard, and the wording that works are both encoded by it, as in DPR (Karpukhin et al., EMNLP
2020); nearest is the wording whose vector has the largest inner product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from sayagain.errors import SayAgainError
from sayagain.text.normalise import MOST_CHARACTERS, normalise

Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]

DIMENSIONS = 128
"""Numbers of a vector: with 384 an index takes three times as much and finds no more."""

MOST_PIECES = 24
"""Word pieces read of a text, the two that mark its ends included: 99 in 100 requests have no more than 17."""

BATCH = 32
"""Texts encoded at once: more gain nothing."""

MODEL, VOCABULARY = "encoder.onnx", "tokenizer.json"


class Encoder:
    """A sentence encoder, opened once; may be used from several threads."""

    def __init__(self, path: Path | None = None, threads: int = 1) -> None:
        """Open the model at ``path``, or the one that ships; ``threads`` is how many it may use for one batch.

        Raises:
            SayAgainError: the file is missing or is no model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            model = path.read_bytes() if path else _file(MODEL).read_bytes()
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has no class of its own for what it cannot read
            remedy = "Name a model that `sayagain encoder train` wrote, or install sayagain again"
            raise SayAgainError(f"{path or MODEL} is no sentence encoder", remedy) from error
        self.digest = hashlib.blake2b(model, digest_size=8).hexdigest()
        """Hash of the model: vectors of another cannot be compared with its own."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of ``texts``, shape (texts, ``DIMENSIONS``), each of length 1.

        Texts are taken in their normal form, as far as ``MOST_PIECES``; an empty one has a vector like any other.
        """
        lines = pieces_of(texts)
        found = np.empty((len(lines), DIMENSIONS), dtype=np.float32)
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        for start in range(0, len(order), BATCH):
            near = order[start : start + BATCH]
            (found[near],) = self._session.run(None, {"pieces": padded([lines[i] for i in near])})
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


@cache
def shipped() -> Encoder:
    """Return the encoder that ships, opened once."""
    return Encoder()


def pieces_of(texts: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the word pieces of each text, those that mark its ends included."""
    forms = [normalise(text[:MOST_CHARACTERS]) for text in texts]
    return [each.ids for each in tokenizer().encode_batch(forms)]


def padded(lines: Sequence[Sequence[int]]) -> Longs:
    """Return word pieces as an array, shape (texts, length of the longest); 0 pads."""
    table = np.zeros((len(lines), max(map(len, lines))), dtype=np.int64)
    for row, line in zip(table, lines, strict=True):
        row[: len(line)] = line
    return table


@cache
def tokenizer() -> Tokenizer:
    """Return the tokenizer of the model that ships."""
    found = Tokenizer.from_str(_file(VOCABULARY).read_text("utf8"))
    found.no_padding()
    found.enable_truncation(MOST_PIECES)
    return found


def _file(name: str) -> resources.abc.Traversable:
    return resources.files("sayagain.text").joinpath("model", name)
