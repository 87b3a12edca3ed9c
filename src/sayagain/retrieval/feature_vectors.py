"""Ranking features of a request and of each candidate; NaN where nothing is known.

Each is declared once, in ``request_features`` or ``candidate_features``, and they stand in that order. A ranker keeps
the names that it was taught; one that was taught others is not used. Scores of recognisers have a scale of their own in
each system: they enter as ranks in the log (``Scale``). Whether a rewrite was precomputed is no feature: those are
applied before anything is ranked, and a model that saw it would take all other ways that people go for bad ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sayagain.retrieval import candidate_features, request_features
from sayagain.retrieval.candidates import Candidate, Request
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.feature_registry import CANDIDATE_FEATURES, REQUEST_FEATURES
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import CandidatesView, Floats, RequestView, Scale

DECLARED_IN = (request_features, candidate_features)
"""The modules that declare the features, in order."""


def of_request(
    request: Request, profile: UserProfile, context: RetrievalContext, scale: Scale, understood: float
) -> Floats:
    """Return the features of a request, shape (features,); ``understood`` is 1, 0 or NaN."""
    view = RequestView(request, profile, context, scale, understood)
    return np.array([each.value(view) for each in REQUEST_FEATURES.values()], dtype=np.float32)


def of_candidates(
    request: Request,
    candidates: Sequence[Candidate],
    profile: UserProfile,
    context: RetrievalContext,
    scale: Scale,
    due: Mapping[str, float],
) -> Floats:
    """Return the features of candidates, shape (candidates, features); there is at least one candidate.

    ``due`` says how due each of the person's habits is.
    """
    view = CandidatesView(request, candidates, profile, context, scale, due)
    columns = (np.asarray(each.value(view), dtype=np.float32) for each in CANDIDATE_FEATURES.values())
    return np.stack(list(columns), axis=1)


OF_REQUEST, OF_CANDIDATE = tuple(REQUEST_FEATURES), tuple(CANDIDATE_FEATURES)
"""The names of all features."""


def kinds_of_evidence() -> dict[str, tuple[str, ...]]:
    """Return each kind of evidence with its features."""
    found: dict[str, list[str]] = {}
    kinds = [(each.evidence, each.name) for each in REQUEST_FEATURES.values()]
    kinds += [(each.evidence, each.name) for each in CANDIDATE_FEATURES.values()]
    for kind, name in kinds:
        found.setdefault(kind, []).append(name)
    return {kind: tuple(features) for kind, features in found.items()}
