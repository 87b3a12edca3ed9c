"""Ranking: how likely a request works as it was heard, and how likely each candidate is what was meant.

Two small models of boosted trees, learned from the log: P(the request works as it was heard), and for each candidate
P(it is what was meant). The *gain* of a rewrite is the second less the first. The ranker takes it above a threshold at
which, in a period kept for validation, requests that work were harmed at no more than a stated rate (``LOSS_RATE``); a
little below it, the layer offers to ask. What is done with that, a policy decides (``policy``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib import resources
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, TypeAdapter

from sayagain.bundle import trees
from sayagain.bundle.layout import MEANT_FILE, THRESHOLDS_FILE, WORKS_FILE
from sayagain.extras import load_xgboost
from sayagain.guards.evidence import LOST_SHARE
from sayagain.guards.rules import Do
from sayagain.retrieval.candidates import Candidate, Request, gather, meaning_of_form
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.feature_vectors import OF_CANDIDATE, OF_REQUEST, of_candidates, of_request
from sayagain.retrieval.ruling import Heard
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import Floats, Scale
from sayagain.schema.turn import Turn

if TYPE_CHECKING:
    import xgboost as xgb

RANKER_FILES = (WORKS_FILE, MEANT_FILE, THRESHOLDS_FILE)

LEAST_LOOKED_AT = 0.05
"""Gain below which no rewrite is ever made, whatever the thresholds: the rules are not asked."""

RANKER_FEATURES = (*OF_REQUEST, *OF_CANDIDATE)

Share = Annotated[float, Field(ge=0.0, le=1.0)]

SHARED_RANKER, HOUSEHOLD_RANKER = "shared", "alone"
"""Rankers that ship: for logs of many people too small to learn one from, and for a household that has nobody else."""


@dataclass(frozen=True)
class Thresholds:
    """Gains from which on something is done, and what they were chosen for."""

    rewrite: Share = 0.35
    offer: Share = 0.2
    loss_rate: Share = 0.0
    """Share of the validation period's working requests that the threshold harmed."""
    judged: Annotated[int, Field(ge=0)] = 0
    """Turns of that period."""
    cautious: bool = False
    """Whether a request must be known to fail before it is rewritten: to the assistant, to others, or to this person.
    So it is for models that were learned elsewhere: in another place most of what they never saw works."""


@dataclass(frozen=True)
class RankingInput:
    """A request beside what it may become."""

    request: Request
    candidates: Sequence[Candidate]
    asked: Floats
    """``feature_vectors.OF_REQUEST``, shape (features,)."""
    offered: Floats
    """``feature_vectors.OF_CANDIDATE``, shape (candidates, features)."""
    heard: Heard | None = None
    """What the rules know of the request; None where there are no candidates."""

    def allowed(self, place: int) -> Do:
        """Return what the rules allow at the most of the candidate at a place."""
        return "alone" if self.heard is None else self.heard.ruling(self.candidates[place]).do

    @property
    def rows(self) -> Floats:
        """Return what the model of candidates reads, shape (candidates, features of both)."""
        return np.hstack([np.tile(self.asked, (len(self.offered), 1)), self.offered])


@dataclass(frozen=True)
class Decision:
    """The decision on a request: the best candidate, the probabilities, and whether to rewrite or offer."""

    candidate: Candidate | None
    """The best there is, even where it is not to be used."""
    p_works: float
    p_meant: float
    do: Do
    """At the most what the rules allow."""
    expert: str | None = None
    """Who spoke for the candidate (``experts.EXPERTS``); None where nobody was asked."""


def ranking_input(
    turn: Turn, profile: UserProfile, context: RetrievalContext, scale: Scale, understood: float | None = None
) -> RankingInput:
    """Return a request with its candidates and all that ranking knows of them.

    ``understood`` says whether the assistant understands the request as heard, where that is known already.
    """
    request = Request.of(turn)
    return beside(request, asked_features(request, profile, context, scale, understood), profile, context, scale)


def asked_features(
    request: Request, profile: UserProfile, context: RetrievalContext, scale: Scale, understood: float | None
) -> Floats:
    """Return what is known of a request, whatever it may become."""
    if context.matcher is not None or understood is None:
        understood = understood_as_heard(request, profile, context)
    return of_request(request, profile, context, scale, understood)


def beside(
    request: Request, asked: Floats, profile: UserProfile, context: RetrievalContext, scale: Scale
) -> RankingInput:
    """Return the request beside its candidates."""
    due = profile.due(request.turn.time)
    candidates = gather(request, profile, context, due) if request.forms[0] else []
    if context.matcher is not None and candidates:
        sure = context.matcher([each.text for each in candidates])
        candidates = [each for each, understood in zip(candidates, sure, strict=True) if understood]
    if not candidates:
        return RankingInput(request, (), asked, np.empty((0, 0), dtype=np.float32))
    heard = Heard.of(request, profile, context, not_understood=bool(asked[OF_REQUEST.index("understood")] == 0.0))
    offered = of_candidates(request, candidates, profile, context, scale, due)
    return RankingInput(request, candidates, asked, offered, heard)


def understood_as_heard(request: Request, profile: UserProfile, context: RetrievalContext) -> float:
    """Return whether the assistant understands a request as it was heard, or did before; NaN where nobody knows."""
    form = request.forms[0]
    if context.matcher is not None and form:
        return float(context.matcher(request.texts[:1])[0])
    if meaning_of_form(form, profile, context.global_index) is not None:
        return 1.0
    mine, number = profile.phrases.get(form), context.global_index.number.get(form)
    lost = (mine is not None and mine.lost) or (number is not None and context.global_index.lost[number] >= LOST_SHARE)
    return 0.0 if lost else nan


@dataclass(frozen=True)
class Ranker:
    """The two models and their thresholds."""

    works: xgb.Booster
    meant: xgb.Booster
    scale: Scale
    thresholds: Thresholds
    features: tuple[str, ...] = RANKER_FEATURES
    """What the models were taught to read."""

    def p_meant(self, found: RankingInput) -> Floats:
        """Return the probability that each candidate is what was meant, shape (candidates,)."""
        return predict(self.meant, found.rows) if found.candidates else np.empty(0, dtype=np.float32)

    def gains(self, many: Sequence[RankingInput]) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Return the gain of the best candidate of each request, and its place (-1 where there is none)."""
        return best_gains(many, partial(predict, self.works), partial(predict, self.meant))

    def write(self, folder: Path) -> None:
        """Write the files of ``RANKER_FILES`` into ``folder``."""
        (folder / WORKS_FILE).write_bytes(self.works.save_raw("ubj"))
        (folder / MEANT_FILE).write_bytes(self.meant.save_raw("ubj"))
        plain = {"cuts": self.scale.cuts, **asdict(self.thresholds), "features": self.features}
        (folder / THRESHOLDS_FILE).write_text(json.dumps(plain, indent=1) + "\n", encoding="utf8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what :meth:`write` wrote."""
        facts = _facts(folder)
        return cls(_booster(folder / WORKS_FILE), _booster(folder / MEANT_FILE), *facts)

    def scaled(self, scale: Scale) -> Ranker:
        """Return the same for another log's recogniser."""
        return replace(self, scale=scale)


def best_gains(
    many: Sequence[RankingInput], works: Callable[[Floats], Floats], meant: Callable[[Floats], Floats]
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the gain of the best candidate of each request that the rules allow, and its place (-1: there is none).

    Args:
        many: requests, at least one of them with candidates.
        works: P(works) from rows of ``feature_vectors.OF_REQUEST``.
        meant: P(meant) from rows of ``RANKER_FEATURES``.
    """
    p_works = works(np.stack([each.asked for each in many]))
    sizes = np.array([len(each.candidates) for each in many])
    p_meant = meant(np.vstack([each.rows for each in many if len(each.candidates)]))
    places = np.full(len(many), -1)
    gains = np.full(len(many), -1.0, dtype=np.float32)
    start = 0
    for i, size in enumerate(sizes.tolist()):
        if size:
            mine = p_meant[start : start + size] - p_works[i]
            for place in np.argsort(-mine, kind="stable").tolist():
                if mine[place] < LEAST_LOOKED_AT:
                    break
                if many[i].allowed(place) == "rewrite":
                    places[i], gains[i] = place, mine[place]
                    break
            start += size
    return gains, places


def learned(folder: Path) -> Ranker:
    """Return the ranker of a bundle; where it reads other features than this release knows, the one that ships.

    Raises:
        BundleError: a model is none.
    """
    scale, _, features = _facts(folder)
    if features != RANKER_FEATURES:
        return shipped(SHARED_RANKER).scaled(scale)
    for name, read in ((WORKS_FILE, OF_REQUEST), (MEANT_FILE, RANKER_FEATURES)):
        trees.check(folder / name, len(read))
    return Ranker.read(folder)


@cache
def shipped(name: str) -> Ranker:
    """Return a ranker that ships, ``SHARED_RANKER`` or ``HOUSEHOLD_RANKER``, learned from simulated homes."""
    with resources.as_file(resources.files("sayagain.retrieval").joinpath("model", name)) as folder:
        return Ranker.read(folder)


def _facts(folder: Path) -> tuple[Scale, Thresholds, tuple[str, ...]]:
    """Return what stands beside the models of a ranker: the scale, the thresholds, the features that they read."""
    text = (folder / THRESHOLDS_FILE).read_bytes()
    scale = TypeAdapter(Scale).validate_json(text, strict=True)
    thresholds = TypeAdapter(Thresholds).validate_json(text, strict=True)
    return scale, thresholds, tuple(json.loads(text).get("features", ()))


def _booster(path: Path) -> xgb.Booster:
    load_xgboost()
    import xgboost as xgb  # noqa: PLC0415 - up to a second to load: most commands rank nothing

    booster = xgb.Booster(model_file=path)
    booster.set_param({"nthread": 1})  # a request is a few rows: threads cost more than they give
    return booster


def predict(booster: xgb.Booster, rows: Floats) -> Floats:
    """Return the probability that a model gives each of the rows."""
    return np.asarray(booster.inplace_predict(rows, missing=nan), dtype=np.float32)
