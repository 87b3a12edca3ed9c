"""A small model of understanding, intent and slots, learned from labels and run by ONNX Runtime.

Two linear models over hashed words: one tells what a request is about (its intent, with the slots whose values nobody
says), the other which words are a slot's value. All is in normal form; values come back as the labels wrote them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sayagain.errors import SayAgainError
from sayagain.schema.meaning import Meaning
from sayagain.text.model_file import model_bytes, session
from sayagain.text.normalise import normalise
from sayagain.text.phonetics import sound

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

BUCKETS = 1 << 13
"""Rows of the tables that hashed features share; some thousand different ones are in a home's labels."""

MODEL, NAMES = "understander.onnx", "understander.json"

OUTSIDE = "O"
"""Tag of a word that is of no value; the others are ``B-name`` and ``I-name``."""

MOST_WORDS = 60
"""Words that are read: longer requests are cut."""


@dataclass(frozen=True)
class Understood:
    """What a request is understood as."""

    meaning: Meaning
    confidence: float
    """Probability of the intent with its unsaid slots."""


def request_features(words: Sequence[str]) -> list[int]:
    """Return the hashed features of a request: words, pairs, letters within words, sounds; row 0 is for none."""
    named = [f"w:{word}" for word in words]
    named += [f"p:{one} {other}" for one, other in zip(["<", *words], [*words, ">"], strict=True)]
    named += [f"s:{sound(word)}" for word in words]
    named += [f"g:{padded[at : at + 3]}" for word in words for padded in [f"<{word}>"] for at in range(len(word))]
    named += [f"all:{' '.join(words)}"]
    return [_hashed(name) for name in dict.fromkeys(named)]


def word_features(words: Sequence[str]) -> list[list[int]]:
    """Return the hashed features of each word, with those beside it; the same number for each."""
    padded = ["<<", "<", *words, ">", ">>"]
    rows = []
    for at in range(2, len(words) + 2):
        before, word, after = padded[at - 1], padded[at], padded[at + 1]
        named = [
            f"0:{word}", f"-1:{before}", f"-2:{padded[at - 2]}", f"+1:{after}", f"+2:{padded[at + 2]}",
            f"-10:{before} {word}", f"01:{word} {after}", f"-2-1:{padded[at - 2]} {before}", f"0s:{word[-3:]}",
            f"0p:{word[:3]}", f"0d:{word.isdigit()}", f"1:{padded[2]}", f"1-1:{padded[2]} {before}", f"l:{padded[-3]}",
        ]  # fmt: skip
        rows.append([_hashed(name) for name in named])
    return rows


def _hashed(name: str) -> int:
    return 1 + zlib.crc32(name.encode()) % (BUCKETS - 1)


class Understander:
    """The model, opened once."""

    def __init__(self, folder: Path) -> None:
        """Open what ``sayagain label --retrain`` wrote.

        Raises:
            SayAgainError: it is missing, or something else.
        """
        try:
            self._session = session(model_bytes(folder / MODEL))
            names: dict[str, Any] = json.loads((folder / NAMES).read_text(encoding="utf8"))
            self._classes = [Meaning.parse(text) for text in names["classes"]]
            self._tags: list[str] = names["tags"]
            self._values = {(name, said): value for name, said, value in names["values"]}
        except Exception as error:  # ONNX Runtime has no class for what it cannot read
            remedy = "Make it with: sayagain label LOG --out LABELS --retrain DIR"
            raise SayAgainError(f"{folder} holds no model of understanding", remedy) from error

    def understand(self, text: str) -> Understood | None:
        """Return what a request is understood as; None where it has no words."""
        words = normalise(text).split()[:MOST_WORDS]
        if not words:
            return None
        request = np.array([request_features(words)], dtype=np.int64)
        tagged = np.array(word_features(words), dtype=np.int64)
        about, tags = self._session.run(["about", "tags"], {"request": request, "words": tagged})
        odds = np.exp(about[0] - about[0].max())
        best = int(odds.argmax())
        slots = [*self._classes[best].slots, *self._slots(words, tags)]
        meaning = Meaning(self._classes[best].intent, tuple(sorted(slots)))
        return Understood(meaning, float(odds[best] / odds.sum()))

    def _slots(self, words: Sequence[str], scores: Floats) -> list[tuple[str, str]]:
        spans: list[tuple[str, list[str]]] = []
        before = OUTSIDE
        for word, row in zip(words, scores, strict=True):
            tag = self._tags[int(row.argmax())]
            kind, _, name = tag.partition("-")
            if tag != OUTSIDE and (kind == "B" or before.partition("-")[2] != name):
                spans.append((name, [word]))
            elif tag != OUTSIDE:
                spans[-1][1].append(word)
            before = tag
        said = [(name, " ".join(each)) for name, each in spans]
        return [(name, self._values.get((name, value), value)) for name, value in said]
