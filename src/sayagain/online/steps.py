"""The steps of a decision, in order: the first that has something to say of a request decides it.

A new capability joins the online layer by one step here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sayagain.online.consent import agreed, careful
from sayagain.online.pairs import Targets
from sayagain.online.respelled import respelled
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.options import Options
from sayagain.retrieval.policy import USUAL, Policy
from sayagain.retrieval.policy import decide as by_policy
from sayagain.retrieval.rank import Decision, Ranker
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of


@dataclass(frozen=True)
class Asked:
    """A request beside all that a step may look at."""

    request: Turn
    profile: UserProfile
    context: RetrievalContext
    ranker: Ranker
    contested: Targets
    """Gives the forms that several people took back: these are only offered."""
    policy: Policy = USUAL
    """Which experts are asked."""


def _agreed(asked: Asked) -> Decision | None:
    return agreed(asked.request, asked.profile, asked.context)


def _respelled(asked: Asked) -> Decision | None:
    return respelled(asked.request, asked.profile, asked.context, asked.contested)


def _proposed(asked: Asked) -> Decision:
    decision = by_policy(Options(asked.request, asked.profile, asked.context, asked.ranker), asked.policy)
    found = [decision.candidate.form] if decision.candidate is not None else []
    contested = asked.contested(form_of(asked.request.text), found)
    return careful(decision, asked.request, asked.profile, asked.context, contested)


STEPS: Mapping[str, Callable[[Asked], Decision | None]] = {
    "agreed": _agreed,
    "respelled": _respelled,
    "ranked": _proposed,
}
"""Name → step; the last decides whatever the others leave."""


def decide(asked: Asked) -> tuple[str, Decision]:
    """Return the step that decides a request, and what it decides."""
    decisions = ((name, step(asked)) for name, step in STEPS.items())
    return next((name, decision) for name, decision in decisions if decision is not None)
