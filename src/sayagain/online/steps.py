"""The steps of a decision, in order: the first that has something to say of a request decides it.

A new capability joins the online layer by one step here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sayagain.online.completed import completed
from sayagain.online.consent import agreed, careful
from sayagain.online.corrected import corrected
from sayagain.online.lessons import moment_of
from sayagain.online.looped import looped
from sayagain.online.named import named
from sayagain.online.pairs import Targets
from sayagain.online.respelled import respelled
from sayagain.online.taught import taught
from sayagain.preferences.in_force import in_force
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.options import Options
from sayagain.retrieval.policy import USUAL, Policy
from sayagain.retrieval.policy import decide as by_policy
from sayagain.retrieval.rank import Decision, Ranker
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.preference import Preference
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
    lessons: Sequence[Preference] = ()
    """What was taught that reaches the person, whenever it holds."""

    @cached_property
    def options(self) -> Options:
        """What experts may look at."""
        return Options(self.request, self.profile, self.context, self.ranker)

    @cached_property
    def proposed(self) -> Decision:
        """The decision of the policy."""
        return self.checked(by_policy(self.options, self.policy))

    def checked(self, decision: Decision) -> Decision:
        """Return a decision with a rewrite turned into an offer where the layer may only ask."""
        found = [decision.candidate.form] if decision.candidate is not None else []
        contested = self.contested(form_of(self.request.text), found)
        return careful(decision, self.request, self.profile, self.context, contested)


def _taught(asked: Asked) -> Decision | None:
    if not asked.lessons:
        return None
    aliases = [each for each in in_force(asked.lessons, moment_of(asked.request)) if each.kind == "alias"]
    found = taught(asked.request, asked.profile, asked.context, aliases)
    return None if found is None else asked.checked(found)


def _completed(asked: Asked) -> Decision | None:
    if not asked.lessons:
        return None
    now = moment_of(asked.request).time
    found = completed(asked.request, now, asked.lessons, asked.profile, asked.context)
    return None if found is None else asked.checked(found)


def _agreed(asked: Asked) -> Decision | None:
    return agreed(asked.request, asked.profile, asked.context)


def _corrected(asked: Asked) -> Decision | None:
    found = corrected(asked.request, asked.profile, asked.context)
    return None if found is None else asked.checked(found)


def _respelled(asked: Asked) -> Decision | None:
    return respelled(asked.request, asked.profile, asked.context, asked.contested)


def _looped(asked: Asked) -> Decision | None:
    found = looped(asked.request, asked.profile, asked.context)
    return None if found is None else asked.checked(found)


def _named(asked: Asked) -> Decision | None:
    if asked.proposed.do != "alone":
        return None
    found = named(asked.options)
    return None if found is None else asked.checked(found)


def _proposed(asked: Asked) -> Decision:
    return asked.proposed


STEPS: Mapping[str, Callable[[Asked], Decision | None]] = {
    "taught": _taught,
    "completed": _completed,
    "agreed": _agreed,
    "corrected": _corrected,
    "respelled": _respelled,
    "looped": _looped,
    "named": _named,
    "ranked": _proposed,
}
"""Name → step; the last decides whatever the others leave."""


def decide(asked: Asked) -> tuple[str, Decision]:
    """Return the step that decides a request, and what it decides."""
    decisions = ((name, step(asked)) for name, step in STEPS.items())
    return next((name, decision) for name, decision in decisions if decision is not None)
