"""A spelling that the assistant needs: what it refuses as it is spelled, in the spelling in which it serves it.

Both are one request, so that its meaning cannot change; and a spelling that works is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sayagain.guards.evidence import Evidence
from sayagain.guards.side import side
from sayagain.online.pairs import Targets
from sayagain.retrieval.candidates import Candidate, meaning_of_form
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.phrase import Phrase, Spelling
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.ruling import rules_for
from sayagain.retrieval.spellings import Spelled
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of
from sayagain.text.spelling import spelling_of

NEVER_SAID = Phrase("")


def respelled(request: Turn, profile: UserProfile, context: RetrievalContext, contested: Targets) -> Decision | None:
    """Return what to do with a request that the assistant serves in one spelling and refuses in another; else None.

    What a person did goes before what everyone does: a spelling that the assistant ever served for them is not changed.
    """
    heard, spelling = form_of(request.text), spelling_of(request.text)
    mine = profile.phrases.get(heard, NEVER_SAID).spellings
    theirs = context.global_index.spellings.get(heard, {})
    own, shared = mine.get(spelling), theirs.get(spelling)
    works_for_others = shared is not None and shared.works
    if own.works if own else works_for_others:
        apart = any(each.fails for each in mine.values()) or any(not each.works for each in theirs.values())
        return Decision(None, 1.0, 0.0, "alone") if apart else None
    if not (own.fails if own else shared):
        return None
    found, times = _working(heard, mine, {} if works_for_others else theirs)
    if not times or not _may_become(request, found, profile, context, contested):
        return None
    behind = (shared.people, shared.days, shared.turns) if shared and not shared.works else (0, 0, 0)
    personally = float(own is not None and "personal" in found.found)
    evidence = Evidence(*behind, own=personally, own_days=int(personally), not_understood=own is not None)
    meaning = meaning_of_form(heard, profile, context.global_index)
    both = side(heard, meaning)
    if rules_for(heard, profile, context).ruling(both, both, evidence).do != "rewrite":
        return None
    found = replace(found, meaning=meaning, number=context.global_index.number.get(heard))
    return Decision(found, 0.0, (times + 1) / (times + 2), "rewrite")


def _working(form: str, mine: Mapping[str, Spelling], theirs: Mapping[str, Spelled]) -> tuple[Candidate, int]:
    """Return the spelling of a request that works, the person's own one before that of others; and how often."""
    own = [(each.served, each.text) for each in mine.values() if each.works]
    others = [(each.turns, each.text) for each in theirs.values() if each.works]
    times, text = max(own or others, default=(0, ""))
    return Candidate(form, text, None, found={"personal" if own else "everyone"}), times


def _may_become(
    request: Turn,
    found: Candidate,
    profile: UserProfile,
    context: RetrievalContext,
    contested: Targets,
) -> bool:
    """Return whether nobody took the change of spelling back, and the assistant, where it can be asked, needs it."""
    spelling = spelling_of(request.text)
    if spelling_of(found.text) in profile.blocked.get(spelling, ()):
        return False
    if any(found.form in targets(spelling, [found.form]) for targets in (context.stopped, contested)):
        return False
    return context.matcher is None or [bool(each) for each in context.matcher([request.text, found.text])] == [
        False,
        True,
    ]
