"""Consent: what a person agreed to, and where the layer may only ask, checked before a decision is carried out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sayagain.guards.rules import Do
from sayagain.guards.side import side
from sayagain.guards.stakes import Stakes
from sayagain.retrieval.candidates import Candidate, meaning_of_form
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

YESES_NEEDED = 2
"""Yeses after which an offer becomes a rewrite, for this person."""


def agreed(request: Turn, profile: UserProfile, context: RetrievalContext) -> Decision | None:
    """Return the rewrite that this person agreed to twice; the offer of it where what is done is not taken back.

    A call was made, a message reached somebody, a thing is gone, paid or unlocked: there they are asked every time.

    What the guards forbid, what somebody blocked, and what the assistant does not understand is not made of it either.
    """
    heard = form_of(request.text)
    meaning = meaning_of_form(heard, profile, context.global_index)
    for target, offered in profile.offers.get(heard, {}).items():
        meant = meaning_of_form(target, profile, context.global_index)
        sides = side(heard, meaning), side(target, meant)
        if offered.yes < YESES_NEEDED or target in context.stopped(heard, [target]) or context.rules.refuses(*sides):
            continue
        if not context.understands(offered.text):
            continue
        stakes = max(context.rules.stakes(heard, meaning), context.rules.stakes(target, meant))
        do: Do = "offer" if stakes >= Stakes.PEOPLE else "rewrite"
        candidate = Candidate(target, offered.text, meant, context.global_index.number.get(target), found={"personal"})
        return Decision(candidate, 0.0, (offered.yes + 1) / (offered.yes + 2), do)
    return None


def careful(
    decision: Decision, request: Turn, profile: UserProfile, context: RetrievalContext, contested: Collection[str]
) -> Decision:
    """Return the decision with a rewrite turned into an offer where the layer may only ask.

    So it is for what several people complained of; and for a request of which this person took a rewrite back before:
    another guess is asked about, unless their own words led to it.
    """
    candidate = decision.candidate
    if candidate is None or decision.do != "rewrite":
        return decision
    meanings = {meaning_of_form(form, profile, context.global_index) for form in contested} - {None}
    doubted = candidate.form in contested or candidate.meaning in meanings
    heard = form_of(request.text)
    guessed = bool(profile.blocked) and bool(profile.taken_back(heard)[0]) and not candidate.own_way
    return replace(decision, do="offer") if doubted or guessed else decision
