"""A request that the recogniser wrote several times over, though it was said once: it is made once.

Both are the same words, so that the meaning cannot change; what goes one step further at each use is meant as often as
it is heard, and what the assistant serves as it was heard is left as it is.
"""

from __future__ import annotations

from sayagain.guards.evidence import ONCE, Evidence
from sayagain.guards.rules import Rules
from sayagain.guards.side import Side, side
from sayagain.guards.values import values_of
from sayagain.retrieval.candidates import Candidate, meaning_of_form, taken_back
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.ruling import fails_here, rules_for, works_here
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of
from sayagain.text.repetition import said_once
from sayagain.text.replies import goes_on, reply

SAID_JUST_NOW = Evidence(own=ONCE, own_days=1)
"""Evidence for what the person said themself, however often it was heard."""


def looped(request: Turn, profile: UserProfile, context: RetrievalContext) -> Decision | None:
    """Return the decision to make a request once that was heard several times over; None where it was not.

    None is made of what works as it was heard, for this person or for others; of what is not known to work said once,
    by the assistant itself where it can be asked; of what somebody took back; and of an answer, a step or a number.
    """
    heard = form_of(request.text)
    once = said_once(heard)
    if once is None or works_here(heard, profile, context):
        return None
    if context.matcher is None and not works_here(once, profile, context):
        return None
    meaning = meaning_of_form(once, profile, context.global_index)
    both, rules = side(once, meaning), rules_for(once, profile, context)
    forms, unmeant = taken_back(heard, [once], profile, context)
    if _is_no_request(both, rules) or once in forms or meaning in unmeant - {None}:
        return None
    mine, number = profile.phrases.get(once), context.global_index.number.get(once)
    text = mine.text if mine is not None else once if number is None else context.global_index.texts[number]
    if context.matcher is not None:
        as_heard, said = map(bool, context.matcher([request.text, text]))
        if not said or (as_heard and not fails_here(heard, profile, context)):
            return None
    candidate = Candidate(once, text, meaning, number, found={"everyone" if mine is None else "personal"})
    return Decision(candidate, 0.0, 1.0, rules.ruling(both, both, SAID_JUST_NOW).do)


def _is_no_request(once: Side, rules: Rules) -> bool:
    """Return whether words are an answer, a step ("next") or a number: these are said repeatedly."""
    words = once.words.split()
    only_values = values_of(words, rules.words).total() >= len(words)
    return reply(once.words) is not None or goes_on(once.words, once.intent) or only_values
