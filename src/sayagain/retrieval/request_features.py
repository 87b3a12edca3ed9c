"""Ranking features of a request as it was heard, whatever it may become; NaN where nothing is known."""

from __future__ import annotations

from math import log1p, nan

import numpy as np
from rapidfuzz import fuzz

from sayagain.retrieval.feature_registry import request_feature
from sayagain.retrieval.views import RequestView


@request_feature("length")
def words(v: RequestView) -> float:
    """Return the number of words heard."""
    return len(v.heard.split())


@request_feature("recogniser")
def hypotheses(v: RequestView) -> float:
    """Return the number of different hypotheses."""
    return len(v.request.forms)


@request_feature("recogniser")
def agree(v: RequestView) -> float:
    """Return how like the first hypothesis the others are."""
    others = v.request.forms[1:]
    return float(np.mean([fuzz.ratio(v.heard, form) for form in others]) / 100) if others else nan


@request_feature("recogniser")
def score(v: RequestView) -> float:
    """Return the rank of the first hypothesis' score in the log."""
    return v.ranks[0]


@request_feature("recogniser")
def margin(v: RequestView) -> float:
    """Return how far the first hypothesis ranks above the second."""
    return v.ranks[0] - v.ranks[1] if len(v.ranks) > 1 else nan


@request_feature("matcher")
def understood(v: RequestView) -> float:
    """Return whether the assistant understands it."""
    return v.understood


@request_feature("popularity")
def known(v: RequestView) -> float:
    """Return how often everyone said it."""
    return 0.0 if v.number is None else log1p(v.index.visits[v.number])


@request_feature("success")
def success(v: RequestView) -> float:
    """Return its share of good ends for everyone."""
    return nan if v.number is None else float(v.index.success[v.number])


@request_feature("ways")
def goes_on(v: RequestView) -> float:
    """Return the share of everyone's turns after which people went on to something else."""
    return sum(v.index.ways.get(v.heard, {}).values())


@request_feature("success")
def mine_good(v: RequestView) -> float:
    """Return how often it went well for this person."""
    return v.mine.good


@request_feature("success")
def mine_bad(v: RequestView) -> float:
    """Return how often it went badly for this person."""
    return v.mine.bad


@request_feature("person")
def history(v: RequestView) -> float:
    """Return how much is known of this person."""
    return log1p(v.profile.total)
