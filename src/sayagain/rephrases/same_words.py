"""When a request is said again in the same words, as one log shows it: the reading that needs no model.

Two things are taken from the log. How much a likeness counts: letters that few of its requests share (``likeness``).
And after which turns people say it again: where the first turn failed, was interrupted or badly heard, as often as such
turns are followed by nearly the same words in this log. No label is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from sayagain.rephrases.excerpt import Excerpt, Said, within
from sayagain.rephrases.likeness import Floats, LogLikeness
from sayagain.text.normalise import normalise
from sayagain.text.phrasebook import nothing_but_an_act

ALIKE_EVEN, ALIKE_SLOPE = 0.55, 10.0
"""Likeness at which a turn is as likely as not to say the request again, and log-odds by unit. On the part of DSTC2
that was developed on, F1 is within 0.01 for 0.5 to 0.6 and 6 to 14."""

NEWTON_STEPS, RIDGE = 20, 1.0
"""Steps of a fit, far more than it needs, and the weight that holds the coefficients of what hardly occurs."""


def said_first(excerpts: Sequence[Excerpt]) -> list[Floats]:
    """Return how probable it is of each following turn that it is the first to say the request again.

    Args:
        excerpts: of one log.

    Returns:
        Shape (turns inside the window - 1,) for each excerpt; the rest is the probability of none.
    """
    kept = [within(excerpt) for excerpt in excerpts]
    said = [[normalise(each.text) for each in excerpt] for excerpt in kept]
    likeness = LogLikeness(text for texts in said for text in texts)
    first, later = [texts[0] for texts in said for _ in texts[1:]], [text for texts in said for text in texts[1:]]
    # "Thank you" asks for nothing, and so says nothing again.
    asks = np.array([not nothing_but_an_act(text) for text in later], dtype=bool)
    looks = ALIKE_SLOPE * (np.where(asks, likeness(first, later), 0.0) - ALIKE_EVEN)
    parts = [slice(*each) for each in pairwise(accumulate((len(each) - 1 for each in kept), initial=0))]
    again = np.array([_first(_probability(looks[part])).sum() for part in parts])
    went = after_which(np.array([_went(excerpt[0]) for excerpt in kept]), again)
    return [_first(_probability(looks[part] + offset)) for part, offset in zip(parts, went, strict=True)]


def after_which(went: Floats, again: Floats) -> Floats:
    """Return by how much more than on average requests are said again after turns that went so; log-odds, (turns,).

    A logistic regression on how each turn went, fitted to how surely it was said again, less the log-odds of the mean.

    Args:
        went: shape (turns, features).
        again: probability that each was said again in the same words, shape (turns,).
    """
    inputs = np.column_stack([np.ones(len(went)), went])
    mean = np.clip(again.mean(), 1e-6, 1 - 1e-6)
    even = np.log(mean / (1 - mean))
    weights = np.array([even, *np.zeros(went.shape[1])])
    held = RIDGE * np.diag([0.0, *np.ones(went.shape[1])])
    for _ in range(NEWTON_STEPS):
        fitted = _probability(inputs @ weights)
        slope = inputs.T @ (again - fitted) - held @ weights
        curve = (inputs.T * np.maximum(fitted * (1 - fitted), 1e-9)) @ inputs + held
        weights = weights + np.linalg.solve(curve, slope)
    return np.asarray(inputs @ weights - even)


def _went(said: Said) -> tuple[float, ...]:
    """Return how a turn went; what a log does not tell is as if it went well."""
    flags = (said.failed is True, said.barge_in is True, said.understood is False)
    return *map(float, flags), 0.5 - said.score if said.score is not None else 0.0


def _probability(evidence: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-evidence)))


def _first(alone: Floats) -> Floats:
    """Return how probable it is that each is the first, where each is with probability ``alone``."""
    return np.asarray(alone * np.cumprod(np.concatenate([[1.0], 1 - alone])[:-1]))
