"""The action that a decision of the layer comes to: what is done or asked, where it came from, what to say of it."""

from __future__ import annotations

from sayagain.online import words
from sayagain.retrieval.rank import Decision
from sayagain.schema import LayerAction, Turn


def action_of(decision: Decision, request: Turn) -> LayerAction | None:
    """Return the action that a decision about a request comes to; None where it is left alone."""
    candidate = decision.candidate
    if candidate is None or decision.do == "alone":
        return None
    where = next((each for each in ("taught", "personal", "catalogue") if each in candidate.found), "everyone")
    source = f"precomputed {candidate.precomputed}" if candidate.precomputed else where
    made = decision.do == "rewrite"
    say, undo = words.told(request, candidate.text, asked=not made)
    return LayerAction(
        rewrite=candidate.text if made else None,
        offer=None if made else candidate.text,
        source=source,
        score=round(decision.p_meant, 4),
        propensity=1.0,
        say=say,
        undo=undo,
    )
