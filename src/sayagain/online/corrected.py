"""Corrections: what a person said behind a denial is made for them, where they said it on several days.

"Turn on my lamp" lights the lava lamp, and she says "no, turn on the bedside lamp". The assistant believed that it
served her, so that no failure shows it; but she said so herself. It holds on the device where she said it: elsewhere
the same words may mean something else.
"""

from __future__ import annotations

from sayagain.guards.side import side
from sayagain.guards.stakes import Stakes
from sayagain.retrieval.candidates import Candidate, meaning_of_form
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

DAYS_NEEDED = 2
"""Days on which a person must have corrected a request alike, as many as an offer needs yeses."""


def corrected(request: Turn, profile: UserProfile, context: RetrievalContext) -> Decision | None:
    """Return the rewrite that this person's corrections ask for.

    None is made of a request that works as often as not, of what the person or others took back, of what the guards
    forbid, or where a mistake costs anything; nor where the assistant does not understand the target.
    """
    heard = form_of(request.text)
    if heard not in profile.corrected or profile.works(heard):
        return None
    meaning = meaning_of_form(heard, profile, context.global_index)
    taken_back, unmeant = profile.taken_back(heard)
    for target, devices in profile.corrected[heard].items():
        if len(devices.get(request.device or "", [])) < DAYS_NEEDED or not profile.works(target):
            continue
        meant = meaning_of_form(target, profile, context.global_index)
        if target in taken_back or meant in unmeant - {None} or target in context.stopped(heard, [target]):
            continue
        sides, rules = (side(heard, meaning), side(target, meant)), context.rules
        if rules.forbids(*sides) or rules.stakes_of(*sides) > Stakes.REVERSIBLE:
            continue
        text = profile.phrases[target].text
        if not context.understands(text):
            continue
        number = context.global_index.number.get(target)
        candidate = Candidate(target, text, meant, number, found={"personal"})
        return Decision(candidate, 0.0, profile.phrases[target].success, "rewrite")
    return None
