"""How far the span model is believed in a log, told by the log itself; the same words, where it is not.

The model learned from other logs. In this one it must find more among the turns that really followed a request than
among turns that followed another one; what it finds among those, it finds by chance. Where that is nearly as much (on
telephone calls that ask everybody the same few questions, who says "phone number" next has nothing to do with what was
said before), its reading of response, time and order says nothing, and only the words tell what is said again. No
label is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from sayagain.rephrases.excerpt import Excerpt, within
from sayagain.rephrases.likeness import Floats
from sayagain.rephrases.same_words import said_first
from sayagain.rephrases.span_model import Found
from sayagain.text.normalise import normalise

CHANCE_EXCERPTS = 700
"""Requests that are read with what followed another: a thirtieth of all that is read of a large log."""

LEAST_EXCERPTS = 200
"""In fewer excerpts chance cannot be told from what the log shows, and the model is believed."""

TRUST_FULL = 0.3
"""Share of what the model finds that is surely not found by chance, from which it is believed wholly. On calls that
ask for one slot after another it is 0, in the seven other sets 0.3 to 0.6 (docs/rephrases.md)."""

TRUST_DOUBT = 2.0
"""Standard errors by which that share is lowered first."""

LEAST_CHANCE = 1e-6
"""No outcome is less likely than this, so that its logarithm is finite."""


class Reader(Protocol):
    """What reads excerpts: the span model."""

    def read(self, excerpts: Sequence[Excerpt], done: Callable[[int], None] = ...) -> list[Found]:
        """Return what is found in each."""
        ...


def read_log(
    reader: Reader, excerpts: Sequence[Excerpt], done: Callable[[int], None] = lambda count: None
) -> list[Found]:
    """Return what is found in each excerpt of one log, as far as the model is believed there.

    Args:
        reader: the span model.
        excerpts: of one log, each with the first request and what followed.
        done: is told how many more were read.
    """
    found = reader.read(excerpts, done)
    believed = trust(reader, excerpts, found)
    return found if believed == 1 else pooled(found, said_first(excerpts), believed)


def trust(reader: Reader, excerpts: Sequence[Excerpt], found: Sequence[Found]) -> float:
    """Return how far the model is believed in this log, 0 to 1.

    Args:
        reader: reads what followed by chance.
        excerpts: at least ``LEAST_EXCERPTS``, or it is 1.
        found: in ``excerpts``.
    """
    chance = by_chance(excerpts) if len(excerpts) >= LEAST_EXCERPTS else []
    if not chance:
        return 1.0
    real, other = (np.array([each.probability.sum() for each in side]) for side in (found, reader.read(chance)))
    doubt = TRUST_DOUBT * np.hypot(*(side.std() / np.sqrt(len(side)) for side in (real, other)))
    surely = 1 - (other.mean() + doubt) / max(real.mean(), LEAST_CHANCE)
    return float(np.clip(surely / TRUST_FULL, 0, 1))


def by_chance(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    """Return first turns, each with what followed the first turn of another excerpt that says something else.

    The same for the same excerpts; at most ``CHANCE_EXCERPTS``.
    """
    drawn = np.random.default_rng(0).permutation(len(excerpts))[:CHANCE_EXCERPTS]
    pairs = ((excerpts[one], excerpts[other]) for one, other in zip(drawn, np.roll(drawn, 1), strict=True))
    return [(one[0], *within(other)[1:]) for one, other in pairs if normalise(one[0].text) != normalise(other[0].text)]


def pooled(found: Sequence[Found], likely: Sequence[Floats], believed: float) -> list[Found]:
    """Return both in one: a logarithmic pool (Genest and Zidek 1986) of probabilities over the turns and none.

    Args:
        found: by the model.
        likely: by the same words, as ``said_first`` returns it.
        believed: weight of the model; the rest is that of ``likely``.
    """
    return [
        replace(each, probability=_pool(each.probability.astype(np.float64), other, believed).astype(np.float32))
        for each, other in zip(found, likely, strict=True)
    ]


def _pool(one: Floats, other: Floats, weight: float) -> Floats:
    sides = (np.log(np.maximum([*each, 1 - each.sum()], LEAST_CHANCE)) for each in (one, other))
    logs = np.average(np.stack([*sides]), axis=0, weights=[weight, 1 - weight])
    raised = np.exp(logs - logs.max())
    return np.asarray(raised[:-1] / raised.sum())
