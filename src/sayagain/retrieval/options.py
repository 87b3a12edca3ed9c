"""The options of a request: what is known of it and what it may become, each made when it is first asked for.

Most requests end before anything is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sayagain.guards.slots import SERVED_SHARE
from sayagain.retrieval.candidates import Request
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.rank import Ranker, RankingInput, asked_features, beside, predict
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import Floats
from sayagain.schema.turn import Turn


@dataclass(frozen=True)
class Options:
    """A request, the person, what everyone says, and the ranker: all that an expert may look at."""

    turn: Turn
    profile: UserProfile
    context: RetrievalContext
    ranker: Ranker

    @cached_property
    def request(self) -> Request:
        """The request as ranking sees it."""
        return Request.of(self.turn)

    @property
    def heard(self) -> str:
        """The normal form of the first hypothesis."""
        return self.request.forms[0]

    @cached_property
    def _asked(self) -> Floats:
        return asked_features(self.request, self.profile, self.context, self.ranker.scale, None)

    @cached_property
    def p_works(self) -> float:
        """The probability that the request works as it was heard."""
        return float(predict(self.ranker.works, self._asked[None, :])[0])

    @cached_property
    def found(self) -> RankingInput:
        """The request beside its candidates."""
        return beside(self.request, self._asked, self.profile, self.context, self.ranker.scale)

    @cached_property
    def p_meant(self) -> Floats:
        """The probability that each candidate is what was meant, shape (candidates,)."""
        return self.ranker.p_meant(self.found)

    @cached_property
    def works(self) -> bool:
        """Whether the request as heard mostly works for this person."""
        phrase = self.profile.phrases.get(self.heard)
        return phrase is not None and phrase.success > SERVED_SHARE

    @property
    def led(self) -> bool:
        """Whether the person went on to a candidate from the request, or from one nearly so heard."""
        return any(each.own_way for each in self.found.candidates)

    @cached_property
    def known_to_fail(self) -> bool:
        """Whether anything but the models says that the request fails as it was heard."""
        if self.context.matcher is not None:
            return True  # the model reads what it said
        number, mine = self.context.global_index.number.get(self.heard), self.profile.phrases.get(self.heard)
        return (
            self.heard in self.context.precomputed
            or (number is not None and bool(self.context.global_index.success[number] <= SERVED_SHARE))
            or (mine is not None and mine.success < SERVED_SHARE)
        )

    def surest(self, sureness: Floats) -> list[tuple[int, float]]:
        """Return the places of candidates with how sure each is, the surest first."""
        return [(place, float(sureness[place])) for place in np.argsort(-sureness, kind="stable").tolist()]
