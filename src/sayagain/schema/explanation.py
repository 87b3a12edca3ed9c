"""The explanation of a decision about one request: what was considered, and why the layer did what it did."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from sayagain.schema.rewrite import Rewrite, Status
from sayagain.schema.turn import LayerAction


class Considered(BaseModel):
    """One request that may have been meant, and how far it got."""

    model_config = ConfigDict(frozen=True)

    text: str
    found: tuple[str, ...]
    """Where it comes from: personal, everyone, precomputed, catalogue."""
    p_meant: float | None = None
    """Probability that it is what was meant; None where a guard dropped it before it was ranked."""
    gain: float | None = None
    """``p_meant`` less the probability that the request works as it was heard."""
    allowed: Literal["rewrite", "offer", "alone"]
    """What the guards allow at the most."""
    reason: str | None = None
    """Why they allow no more; None where they allow a rewrite."""
    evidence: dict[str, bool | float]
    """The evidence for it that is not nothing (``guards.evidence.Evidence``)."""


class Explanation(BaseModel):
    """A decision about one request, and what it rests on."""

    model_config = ConfigDict(frozen=True)

    text: str
    """The text to work on: the request's own, unless it is rewritten."""
    rewritten: bool
    reason: str
    rewrite: Rewrite | None = None
    """The precomputed rewrite of this request, in use or not; None where there is none."""
    action: LayerAction | None = None
    """As ``Layer.rewrite`` returns it."""
    stage: Status | None = None
    """The stage that the rewrite is drawn by; None where nothing is drawn."""
    share: float | None = None
    """Share of such requests that are rewritten then; ``rewritten`` is what becomes of these."""
    experiment: str | None = None
    """The experiment that runs, by whose draw another arm may answer; what is shown is the arm ``current``."""
    step: str
    """The step that decided (``online.steps.STEPS``)."""
    expert: str | None = None
    """The expert that spoke for what is done or asked (``retrieval.experts``); None where none was asked, or did."""
    hypotheses: tuple[str, ...]
    """Normal forms of what was heard, the first first."""
    p_works: float
    """Probability that the request works as it was heard."""
    rewrite_from: float
    """Gain from which a candidate is rewritten to."""
    offer_from: float
    """Gain from which a candidate is asked about."""
    candidates: tuple[Considered, ...]
    """The surest first; those that were dropped before they were ranked last."""
    held: str | None = None
    """Why nothing is done: the layer is switched off, or the bundle served in shadow; None where it is done."""
    shadow: Explanation | None = None
    """What would be done: the decision of the bundle in shadow, or of the layer that is off; None where it is done."""
