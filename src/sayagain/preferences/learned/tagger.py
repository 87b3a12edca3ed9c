"""The tagger: a small transformer that says of a statement what it teaches, and of each word what it is part of.

It runs by ONNX Runtime. One file holds its weights, its tokenizer and the classes of subjects that it knows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayagain.preferences.learned.encode import UNREAD, encoded, tokenizer_of
from sayagain.preferences.learned.scheme import HEADS, OUTSIDE, TAGS
from sayagain.text.model_file import ModelFile, session

Floats = npt.NDArray[np.float64]

TAGGER_MODEL = ModelFile(
    "sayagain.preferences.learned", "model/tagger.onnx", "tagger of statements", "sayagain preferences train"
)
VOCABULARY, CLASSES = "tokenizer", "subjects"
"""Names under which the metadata of the model hold its tokenizer and its classes of subjects."""
AT_ONCE = 64
"""Statements read at once."""


@dataclass(frozen=True)
class Said:
    """What the tagger says of a statement, as probabilities."""

    heads: dict[str, Floats]
    """Of the whole: by head, each answer's."""
    tags: Floats
    """Of each word, shape (words, tags)."""


class Tagger:
    """The tagger, opened once; may be used from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the model at ``path``, or the one that ships.

        Raises:
            SayAgainError: the file is missing or is no model.
        """
        with TAGGER_MODEL.opening(path):
            self._session = session(TAGGER_MODEL.read(path))
            known = self._session.get_modelmeta().custom_metadata_map
            self._tokenizer = tokenizer_of(known[VOCABULARY])
            self.subjects: tuple[str, ...] = tuple(json.loads(known[CLASSES]))

    def read(self, statements: Sequence[Sequence[str]], named: Sequence[Sequence[bool]]) -> list[Said]:
        """Return what is said of statements, given their words and which of them are of a known name."""
        found: list[Said] = []
        for start in range(0, len(statements), AT_ONCE):
            batch = encoded(self._tokenizer, statements[start : start + AT_ONCE], named[start : start + AT_ONCE])
            tags, whole = self._session.run(None, {"pieces": batch.pieces, "named": batch.named})
            found += [self._said(*each) for each in zip(tags, whole, batch.firsts, strict=True)]
        return found

    def _said(self, tags: Floats, whole: Floats, firsts: Sequence[int]) -> Said:
        heads, at = {}, 0
        for name, size in (*HEADS, ("subject", len(self.subjects))):
            heads[name] = _probabilities(whole[at : at + size])
            at += size
        words = np.zeros((len(firsts), TAGS))
        words[:, OUTSIDE] = 1
        for word, place in enumerate(firsts):
            if place != UNREAD:
                words[word] = _probabilities(tags[place])
        return Said(heads, words)


def _probabilities(scores: Floats) -> Floats:
    raised = np.exp(scores.astype(np.float64) - scores.max())
    return np.asarray(raised / raised.sum())


@cache
def shipped() -> Tagger:
    """Return the tagger that ships, opened once."""
    return Tagger()
