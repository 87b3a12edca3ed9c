"""The span model as a method, whole and with parts of what it reads taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from itertools import pairwise as following
from pathlib import Path

import numpy as np

from sayagain.evaluation.rephrases.baselines import REPHRASE_BASELINES
from sayagain.evaluation.rephrases.method import Learner, Method, Reading
from sayagain.rephrases.excerpt import Excerpt, bare, within
from sayagain.rephrases.span_model import Found, SpanReader
from sayagain.rephrases.trust import read_log

Change = Callable[[Excerpt], Excerpt]


def _same(excerpt: Excerpt) -> Excerpt:
    return excerpt


def _no_gaps(excerpt: Excerpt) -> Excerpt:
    return tuple(replace(said, after=0.0) for said in excerpt)


def _no_signals(excerpt: Excerpt) -> Excerpt:
    return tuple(replace(said, barge_in=None, failed=None, score=None, understood=None) for said in excerpt)


def _no_responses(excerpt: Excerpt) -> Excerpt:
    return tuple(replace(said, response=None) for said in excerpt)


@dataclass(frozen=True)
class InLog:
    """Reads the excerpts as one log, and believes the model as far as that log shows (``rephrases.trust``)."""

    reader: SpanReader
    change: Change = _same

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        return [_reading(found) for found in read_log(self.reader, [self.change(within(each)) for each in excerpts])]


@dataclass(frozen=True)
class Spans:
    """Reads each excerpt at once, and believes the model."""

    reader: SpanReader
    change: Change = _same

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        return [_reading(found) for found in self.reader.read([self.change(within(each)) for each in excerpts])]


@dataclass(frozen=True)
class Pairs:
    """Reads the request with one following turn at a time."""

    reader: SpanReader
    change: Change = bare

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        kept = [within(each) for each in excerpts]
        pairs = [self.change((each[0], said)) for each in kept for said in each[1:]]
        readings = [_reading(found) for found in self.reader.read(pairs)]
        ends = accumulate((len(each) - 1 for each in kept), initial=0)
        return [_joined(readings[start:end]) for start, end in following(ends)]


def methods(spans: SpanReader, pairwise: Path) -> tuple[dict[str, Method], dict[str, Learner]]:
    """Return our method with its ablations; and the baselines, the pairwise cross-encoder too where there is one.

    Ablations believe the model as it is (``without_trust``); the others of them also take parts of the input away from
    it, which it was trained to do without.
    """
    ours: dict[str, Method] = {
        "sayagain": InLog(spans),
        "without_trust": Spans(spans),
        "without_context": Pairs(spans, _same),
        "without_gaps": Spans(spans, _no_gaps),
        "without_signals": Spans(spans, _no_signals),
        "without_responses": Spans(spans, _no_responses),
    }
    baselines = dict(REPHRASE_BASELINES)
    if pairwise.exists():
        cross_encoder = Pairs(SpanReader(pairwise))
        baselines["pairwise"] = lambda train, valid: cross_encoder
    return ours, baselines


def _reading(found: Found) -> Reading:
    scores = found.probability.astype(np.float64)
    return Reading(scores, found.spans, np.full(len(scores), found.misheard))


def _joined(readings: Sequence[Reading]) -> Reading:
    return Reading(
        np.array([each.scores[0] for each in readings], dtype=np.float64),
        [each.spans[0] for each in readings],
        np.array([each.kind[0] for each in readings if each.kind is not None], dtype=np.float64),
    )
