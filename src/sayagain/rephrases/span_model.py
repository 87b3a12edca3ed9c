"""Where in an excerpt the request is said again: the span model at work, by ONNX Runtime.

The model scores each word piece of the requests that follow as start and as end of the span, and the first piece of all
as "nothing says it again" (Wang et al., EMNLP 2021, section 3). With p(s, e) ∝ exp(start_s + end_e) over all spans that
lie inside one turn, a turn says the request again with the sum of p over its spans.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayagain.rephrases.encode import Batch, encode
from sayagain.rephrases.excerpt import REPHRASE_KINDS, Excerpt
from sayagain.text.model_file import ModelFile, session

Floats = npt.NDArray[np.float32]

SPAN_MODEL = ModelFile("sayagain.rephrases", "model/spans.onnx", "span model", "sayagain rephrases train")

EXCERPT_BATCH = 8
"""Excerpts read at once by each core: more overflow its caches and are slower."""

SORTED_TOGETHER = 64 * EXCERPT_BATCH
"""Excerpts among which those of one length are put together, so that little is padding."""


@dataclass(frozen=True)
class Found:
    """The span model's findings in one excerpt: probabilities, spans, and whether the request was misheard."""

    probability: Floats
    """That each of the turns that follow says the request again; shape (turns inside the window - 1,)."""
    spans: list[tuple[int, int]]
    """The likeliest span in the text of each of these turns: characters start and end (exclusive)."""
    misheard: float
    """Probability that, if it is said again, the assistant had misheard it."""


class SpanReader:
    """A span model, opened once; may be used from several threads."""

    def __init__(self, path: Path | None = None, threads: int = 0) -> None:
        """Open the model at ``path``, or the one that ships; ``threads`` of 0 takes all cores.

        Each thread reads batches of its own: small matrices gain little from being cut in two.

        Raises:
            SayAgainError: the file is missing or is no model.
        """
        self._threads = threads or os.cpu_count() or 1
        with SPAN_MODEL.opening(path):
            model = SPAN_MODEL.read(path)
            self._session = session(model)
        self.digest = hashlib.blake2b(model, digest_size=8).hexdigest()
        """Hash of the model: what was read with another is read again."""

    def read(self, excerpts: Sequence[Excerpt], done: Callable[[int], None] = lambda count: None) -> list[Found]:
        """Return what is found in each excerpt; ``done`` is told how many more were read."""
        found: dict[int, Found] = {}
        with ThreadPoolExecutor(self._threads) as pool:
            for numbers, answer in self._begun(pool, excerpts):
                found.update(zip(numbers, answer.result(), strict=True))
                done(len(numbers))
        return [found[i] for i in range(len(excerpts))]

    def _begun(
        self, pool: ThreadPoolExecutor, excerpts: Sequence[Excerpt]
    ) -> Iterator[tuple[list[int], Future[list[Found]]]]:
        """Yield the numbers of excerpts read together, and the answer; while some are read, more are encoded."""
        before: list[tuple[list[int], Future[list[Found]]]] = []
        for start in range(0, len(excerpts), SORTED_TOGETHER):
            batch = encode(excerpts[start : start + SORTED_TOGETHER])
            order = sorted(range(len(batch.places)), key=lambda row: len(batch.places[row]))
            groups = [order[first : first + EXCERPT_BATCH] for first in range(0, len(order), EXCERPT_BATCH)]
            begun = [([start + row for row in rows], pool.submit(self._batch, batch.take(rows))) for rows in groups]
            yield from before
            before = begun
        yield from before

    def _batch(self, batch: Batch) -> list[Found]:
        start, end, kind = self._session.run(None, batch.inputs())
        misheard = _softmax(kind)[:, REPHRASE_KINDS.index("asr_correction")]
        return [_found(batch, row, start[row], end[row], float(misheard[row])) for row in range(len(misheard))]


@cache
def shipped() -> SpanReader:
    """Return the model that ships, opened once."""
    return SpanReader()


def _found(batch: Batch, row: int, start: Floats, end: Floats, misheard: float) -> Found:
    places, turns, asked = batch.places[row], batch.turns[row], batch.asked[row]
    count = batch.sizes[row] - 1
    mass, spans = np.full(count, -np.inf), [(0, 0)] * count
    for turn in range(1, count + 1):
        pieces = np.flatnonzero((turns == turn) & (asked == 1))
        if not len(pieces):
            continue  # a turn in which nothing was heard
        joint = start[pieces, None].astype(np.float64) + end[None, pieces] + _backward(len(pieces))
        first, last = divmod(int(np.argmax(joint)), len(pieces))
        spans[turn - 1] = places[pieces[first]][0], places[pieces[last]][1]
        mass[turn - 1] = np.logaddexp.reduce(joint, axis=None)
    whole = np.logaddexp.reduce([*mass, float(start[0]) + float(end[0])])
    return Found(np.exp(mass - whole).astype(np.float32), spans, misheard)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@cache
def _backward(pieces: int) -> Floats:
    """Return what forbids spans that end before they start: shape (pieces, pieces)."""
    return np.where(np.tri(pieces, k=-1, dtype=bool), -np.inf, 0.0)
