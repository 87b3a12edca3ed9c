"""Declares ranking features: each once, with its name, the kind of evidence that it is, and its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy.typing as npt

from sayagain.retrieval.views import CandidatesView, RequestView

View = TypeVar("View", RequestView, CandidatesView)


@dataclass(frozen=True)
class Feature(Generic[View]):
    """One ranking feature."""

    name: str
    evidence: str
    """The kind of evidence that it is: left out together by ``evaluate ranking``."""
    value: Callable[[View], npt.ArrayLike]
    """One number of a request; of candidates, one each."""


REQUEST_FEATURES: dict[str, Feature[RequestView]] = {}
CANDIDATE_FEATURES: dict[str, Feature[CandidatesView]] = {}
"""All features by name, in order."""

Number = Callable[[RequestView], float]
Column = Callable[[CandidatesView], npt.ArrayLike]


def request_feature(evidence: str) -> Callable[[Number], Number]:
    """Declare a feature of requests under the function's name."""

    def register(value: Number) -> Number:
        REQUEST_FEATURES[value.__name__] = Feature(value.__name__, evidence, value)
        return value

    return register


def candidate_feature(evidence: str, name: str | None = None) -> Callable[[Column], Column]:
    """Declare a feature of candidates, one number for each, under the function's name or another ``name``."""

    def register(value: Column) -> Column:
        called = name or value.__name__
        CANDIDATE_FEATURES[called] = Feature(called, evidence, value)
        return value

    return register
