"""Why a request is rewritten, offered something else, or left alone: the decision of ``Layer.rewrite``, shown whole.

The decision itself is made by the steps that serve requests; here is only written down what they looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from sayagain.experiments.stages import SHARES
from sayagain.guards.rules import Do
from sayagain.online.precomputed import Found
from sayagain.online.steps import Asked
from sayagain.retrieval.candidates import Candidate, Request, considered
from sayagain.retrieval.rank import Decision, ranking_input
from sayagain.schema.explanation import Considered, Explanation
from sayagain.schema.rewrite import Status
from sayagain.schema.turn import LayerAction, Turn
from sayagain.text.normalise import normalise

MATCHER_REFUSED = "the assistant does not understand it"
TAKEN_BACK_BEFORE = "a rewrite of this request was taken back before: another is only asked about"
NOTHING_LEARNED = "nothing better was learned for it"
NOT_IN_USE = "the rules refuse today what was learned for it, or it was approved after the bundle was loaded"
SWITCHED_OFF = "the whole layer is switched off"
IN_SHADOW = "what the bundle would do is held: it is served in shadow"
SAID_BY_STEPS: Mapping[tuple[str, str], str] = {
    ("taught", "rewrite"): "this person taught that it means that",
    ("completed", "rewrite"): "it leaves open what this person set or likes",
    ("completed", "offer"): "it leaves open what this person set or likes, and it costs too much to be made unasked",
    ("taught", "offer"): "this person taught that it means that, and it costs too much to be made unasked",
    ("corrected", "rewrite"): "this person corrected it so, on two days",
    ("corrected", "offer"): "this person corrected it so, and others took it back",
    ("agreed", "rewrite"): "this person said yes to it twice",
    ("agreed", "offer"): "this person said yes to it twice, and it costs too much to be made unasked",
    ("respelled", "rewrite"): "the assistant refuses this spelling, and serves the other",
    ("respelled", "alone"): "this spelling works",
    ("looped", "rewrite"): "the recogniser wrote it several times over",
    ("looped", "offer"): "the recogniser wrote it several times over, and it costs too much to be made unasked",
    ("looped", "alone"): "the recogniser wrote it several times over, and the rules forbid to make it",
    ("named", "rewrite"): "a name of the catalogue was misheard in it",
    ("named", "offer"): "it may have a name of the catalogue in it, misheard",
}
"""(step, what it decided) → the reason, of steps that rank nothing."""

FIND_THEIR_OWN = frozenset({"looped", "named"})
"""Steps whose candidates ranking need not know."""

SAID_BY_EXPERTS: Mapping[str, str] = {"corrections": "people go on to it from this request"}
"""Expert → why it proposed a rewrite, of those that are added where they help (``learning.policies``)."""


def explained(
    asked: Asked,
    step: str,
    decision: Decision,
    action: LayerAction | None,
    found: Found | None,
    stage: Status | None = None,
) -> Explanation:
    """Return the explanation of a decision that was made.

    Args:
        asked: what the steps looked at.
        step: the one that decided.
        decision: what it decided.
        action: what comes of that.
        found: the request's precomputed rewrite, in use or not; None without a bundle.
        stage: the stage that the rewrite is drawn by; None where nothing is drawn.
    """
    request = Request.of(asked.request)
    candidates = tuple(sorted(_considered(asked, request, decision.p_works), key=_sureness))
    if step in FIND_THEIR_OWN and decision.candidate is not None:
        own = _shown(decision.candidate, decision.p_meant, decision.p_works, decision.do, None, {})
        candidates = (own, *(each for each in candidates if each.text != own.text))
    rewritten = action is not None and action.rewrite is not None
    return Explanation(
        text=action.rewrite if action is not None and action.rewrite is not None else asked.request.text,
        rewritten=rewritten,
        reason=_reason(asked, step, decision, found, candidates),
        rewrite=None if found is None else found.rewrite,
        action=action,
        stage=stage,
        share=None if stage is None else SHARES[stage],
        step=step,
        expert=None if decision.do == "alone" else decision.expert,
        hypotheses=request.forms,
        p_works=round(decision.p_works, 4),
        rewrite_from=asked.ranker.thresholds.rewrite,
        offer_from=asked.ranker.thresholds.offer,
        candidates=candidates,
    )


def in_shadow(made: Explanation, would: Explanation, held: str) -> Explanation:
    """Return the explanation of what is done beside that of what a bundle in shadow would do, held for a reason."""
    reason = IN_SHADOW if made.action is None and would.action is not None else made.reason
    return made.model_copy(update={"reason": reason, "rewrite": would.rewrite, "held": held, "shadow": would})


def switched_off(would: Explanation, request: Turn, why: str) -> Explanation:
    """Return the explanation of a request that is left alone since the layer is off, beside what it would do."""
    alone = {"text": request.text, "rewritten": False, "action": None, "expert": None}
    return would.model_copy(update={**alone, "reason": SWITCHED_OFF, "held": why, "shadow": would})


def _considered(asked: Asked, request: Request, p_works: float) -> Iterator[Considered]:
    if not request.forms[0]:
        return
    ranked = ranking_input(asked.request, asked.profile, asked.context, asked.ranker.scale)
    p_meant = dict(zip((each.form for each in ranked.candidates), asked.ranker.p_meant(ranked), strict=True))
    due = asked.profile.due(asked.request.time)
    for each, dropped in considered(request, asked.profile, asked.context, due):
        if each.form not in p_meant or ranked.heard is None:
            yield _shown(each, None, p_works, "alone", dropped or MATCHER_REFUSED, {})
            continue
        ruling = ranked.heard.ruling(each)
        evidence = {name: value for name, value in asdict(ranked.heard.evidence(each)).items() if value}
        yield _shown(each, float(p_meant[each.form]), p_works, ruling.do, ruling.reason, evidence)


def _shown(
    each: Candidate,
    p_meant: float | None,
    p_works: float,
    allowed: Do,
    reason: str | None,
    evidence: dict[str, bool | int | float],
) -> Considered:
    gain = None if p_meant is None else round(p_meant - p_works, 4)
    sure = None if p_meant is None else round(p_meant, 4)
    return Considered(
        text=each.text,
        found=tuple(sorted(each.found)),
        p_meant=sure,
        gain=gain,
        allowed=allowed,
        reason=reason,
        evidence=evidence,
    )


def _sureness(each: Considered) -> float:
    return 1.0 if each.p_meant is None else -each.p_meant


def _reason(
    asked: Asked, step: str, decision: Decision, found: Found | None, candidates: tuple[Considered, ...]
) -> str:
    """Return the reason of a decision in one sentence."""
    if (said := SAID_BY_STEPS.get((step, decision.do))) is not None:
        return said
    best = decision.candidate
    mined = found.reason if found is not None and found.rewrite is not None else None
    if found is not None and found.rewritten and normalise(asked.request.text) not in asked.context.precomputed:
        mined = NOT_IN_USE
    if mined is not None and (best is None or best.precomputed or decision.do == "alone"):
        return mined
    if best is None:
        return NOTHING_LEARNED if not candidates else _left_alone(asked, decision)
    ranked = _of_ranking(asked, decision, best, candidates)
    return f"{mined}; {ranked}" if mined is not None else ranked


def _of_ranking(asked: Asked, decision: Decision, best: Candidate, candidates: tuple[Considered, ...]) -> str:
    gain, thresholds = decision.p_meant - decision.p_works, asked.ranker.thresholds
    if decision.do == "rewrite" and (said := SAID_BY_EXPERTS.get(decision.expert or "")) is not None:
        return said
    if decision.do == "rewrite":
        return f"it was most likely meant: a gain of {gain:.2f}, from {thresholds.rewrite:.2f} on"
    if gain < thresholds.offer:
        return f"nothing gains enough: {gain:.2f} at the most, {thresholds.offer:.2f} is needed"
    held = next((each.reason for each in candidates if each.text == best.text), None)
    if held is None and gain >= thresholds.rewrite:
        return TAKEN_BACK_BEFORE
    return held or f"a gain of {gain:.2f} is enough to ask, {thresholds.rewrite:.2f} to rewrite"


def _left_alone(asked: Asked, decision: Decision) -> str:
    if 1 - decision.p_works < asked.ranker.thresholds.offer:
        return f"it most likely works as it was heard: P(works) is {decision.p_works:.2f}"
    return "nothing in this log shows that it fails: only the general model, which was learned from other data, says so"
