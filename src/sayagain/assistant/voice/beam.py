"""Beam search over a token decoder, many clips at once, with an n-best list for each.

All beams of all clips are rows of one decoder call: with small models on a CPU a step costs little more for forty
rows than for five, because the weights are read once. Hypotheses are ranked by log-probability divided by length
(Wu et al. 2016, equation 14 with alpha = 1), without which the shortest ones win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]


class Decoder(Protocol):
    """A decoder that keeps the state of every row."""

    def step(self, tokens: Ids, parents: Ids) -> Scores:
        """Return log-probabilities (rows, vocabulary) once each row took its parent's state and read its token."""


@dataclass(frozen=True)
class Found:
    """One finished sequence: its tokens without the first and the last, and its summed log-probability."""

    tokens: tuple[int, ...]
    logprob: float

    @property
    def per_token(self) -> float:
        """Log-probability by token, the end of sequence counted: what hypotheses are ranked by."""
        return self.logprob / (len(self.tokens) + 1)


def search(decoder: Decoder, limits: Ids, *, width: int, first: int, end: int) -> list[list[Found]]:
    """Return for each clip up to ``width`` finished sequences, best first.

    ``limits`` (clips,) caps the tokens of each clip; a sequence that reaches its cap is finished by force, without
    the end's own probability. The end may not come first: a recogniser that hears nothing says so before this.
    """
    clips = len(limits)
    rows = np.arange(clips * width)
    alive = np.full((clips, width), -np.inf, dtype=np.float64)
    alive[:, 0] = 0.0  # all beams of a clip start equal: only one of them may count
    said: list[tuple[int, ...]] = [()] * (clips * width)
    found: list[list[Found]] = [[] for _ in range(clips)]
    tokens, parents = np.full(clips * width, first, dtype=np.int64), rows.astype(np.int64)
    for position in range(int(limits.max(initial=0)) + 1):
        logprobs = decoder.step(tokens, parents).astype(np.float64)
        if position == 0:
            logprobs[:, end] = -np.inf
        totals = alive[:, :, None] + logprobs.reshape(clips, width, -1)
        alive, tokens, parents, said = _advance(totals, said, found, limits, position, end)
        if not np.isfinite(alive).any():
            break
    return [sorted(ones, key=lambda one: -one.per_token)[:width] for ones in found]


def _advance(
    totals: NDArray[np.float64],
    said: list[tuple[int, ...]],
    found: list[list[Found]],
    limits: Ids,
    position: int,
    end: int,
) -> tuple[NDArray[np.float64], Ids, Ids, list[tuple[int, ...]]]:
    """Take the best continuations of every clip: ended ones are found, the others fill the beams of the next step."""
    clips, width, vocabulary = totals.shape
    flat = totals.reshape(clips, -1)
    kept = min(2 * width, flat.shape[1])  # at most ``width`` of them can be ends, so the beams are always filled
    best = np.argpartition(-flat, kept - 1, axis=1)[:, :kept]
    alive = np.full((clips, width), -np.inf)
    tokens = np.full((clips, width), end, dtype=np.int64)
    parents = np.arange(clips * width, dtype=np.int64).reshape(clips, width)
    texts: list[tuple[int, ...]] = [()] * (clips * width)
    for clip in range(clips):
        if len(found[clip]) >= width and position >= limits[clip]:
            continue
        place = 0
        for index in best[clip][np.argsort(-flat[clip, best[clip]], kind="stable")]:
            score, (beam, token) = flat[clip, index], divmod(int(index), vocabulary)
            row = clip * width + beam
            if not np.isfinite(score) or place == width:
                break
            if token == end:
                found[clip].append(Found(said[row], float(score)))
            elif position + 1 >= limits[clip]:
                found[clip].append(Found((*said[row], token), float(score)))
            else:
                alive[clip, place], tokens[clip, place], parents[clip, place] = score, token, row
                texts[clip * width + place] = (*said[row], token)
                place += 1
        if _settled(found[clip], alive[clip], width, position):
            alive[clip] = -np.inf
    return alive, tokens.ravel(), parents.ravel(), texts


def _settled(found: list[Found], alive: NDArray[np.float64], width: int, position: int) -> bool:
    """Whether no living beam, ended now, would displace the ``width`` best: the usual early stop, a heuristic."""
    if len(found) < width:
        return False
    worst = sorted((one.per_token for one in found), reverse=True)[width - 1]
    return bool(alive.max() / (position + 2) <= worst)
