"""Names put right: what a request that fails may have been, by the names that the assistant knows.

It speaks where nothing that people said speaks, and asks: likeness to a name is nothing that the log has shown. Only a
spelling of which the log has shown that people mean the name by it is put right unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sayagain.guards.difference import difference
from sayagain.guards.places import Places
from sayagain.guards.side import Side
from sayagain.guards.slots import another
from sayagain.retrieval.candidates import SERVED_OWN, Candidate, Request, meaning_of_form, screened
from sayagain.retrieval.catalogue import Catalogue
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.names import PutRight, answered, put_right
from sayagain.retrieval.options import Options
from sayagain.retrieval.rank import Decision, understood_as_heard
from sayagain.retrieval.ruling import Heard
from sayagain.retrieval.user_profile import UserProfile
from sayagain.text.normalise import form_of

ASKED_FOR = "asked_for"
"""Field of a turn in which an assistant says what kind of entry it has just asked for."""

SURE_NAME = 0.8
"""Probability of an entry from which it is put right unasked: of two that are about as near neither has it. Likeness
alone does not suffice, however sure: in simulated homes it won one request, and lost one (docs/catalogue.md)."""

LIKELIER_THAN_NOT = 0.5
"""Probability of an entry from which it is asked about, and of a request that it works from which it is left alone."""


def named(options: Options) -> Decision | None:
    """Return what the catalogue makes of a request that was left alone; None where it says nothing."""
    heard, profile, context = options.request, options.profile, options.context
    if not context.catalogue.entries or not heard.forms[0]:
        return None
    if (kind := (options.turn.model_extra or {}).get(ASKED_FOR)) is not None:
        entries = context.catalogue.by_kind.get(kind) if isinstance(kind, str) else None
        return None if entries is None else _answer(heard, profile, context, entries)
    doubted = options.p_works < LIKELIER_THAN_NOT
    if options.ranker.thresholds.cautious:
        doubted = doubted and options.known_to_fail
    if not doubted and not profile.recent:
        return None  # most requests end here
    found = put_right(heard.forms, profile.recent, context.catalogue, context.confusions, _working(profile, context))
    if found is None or found.probability < LIKELIER_THAN_NOT or not (doubted or found.again):
        return None
    return _request(found, heard, profile, context, options.p_works)


def _answer(heard: Request, profile: UserProfile, context: RetrievalContext, entries: Catalogue) -> Decision | None:
    """Return the offer of the entry that was asked for: what is at stake is in the question, which nobody told."""
    found = answered(heard.forms, profile.recent, entries, context.confusions)
    if found is None or found.probability < LIKELIER_THAN_NOT:
        return None
    candidate = _candidate(found, heard, profile, context)
    said = Side(candidate.form)
    if candidate.form in context.stopped(heard.forms[0], [candidate.form]) or context.rules.forbids(said, said):
        return None
    return Decision(candidate, 0.0, found.probability, "offer")


def _request(
    found: PutRight, heard: Request, profile: UserProfile, context: RetrievalContext, p_works: float
) -> Decision | None:
    """Return the request with a name put right, as far as the rules allow it."""
    candidate = _candidate(found, heard, profile, context)
    if candidate.form == heard.forms[0] or _dropped(candidate, heard, profile, context):
        return None
    shown = bool(candidate.led_by)
    if found.entry.learned and not (shown and _in_its_place(heard.forms[0], candidate.form, context.rules.places)):
        return None  # of a name that no assistant gave, likeness says too little: it asked where nothing was amiss
    not_understood = understood_as_heard(heard, profile, context) == 0.0
    known = Heard.of(heard, profile, context, not_understood=not_understood)
    do = known.ruling(candidate).do
    if known.works or (do == "alone" and not _in_part(found, known, candidate)):
        return None
    sure = do == "rewrite" and shown and found.probability >= SURE_NAME
    return Decision(candidate, p_works, found.probability, "rewrite" if sure else "offer")


def _in_its_place(heard: str, target: str, places: Places) -> bool:
    """Return whether what comes in the place of what was heard stands there in requests that work."""
    changes = difference(heard, target).changes
    return all(places.has(replace(each, lost=each.found, found=each.lost)) for each in changes)


def _in_part(found: PutRight, known: Heard, candidate: Candidate) -> bool:
    """Return whether nothing forbids the offer but a list of names, of which a word was heard in a name of several.

    A lamb is no lamp, but where the assistant knows a bed lamp, and no bed lamb, the person may be asked.
    """
    target = Side(candidate.form)
    listed = (known.ruling(candidate).reason or "").startswith(another(""))
    heard, names = set(found.heard.split()), set(form_of(" ".join(found.entry.ways)).split())
    return listed and not heard.isdisjoint(names) and known.rules.forbids(target, target) is None


def _candidate(found: PutRight, heard: Request, profile: UserProfile, context: RetrievalContext) -> Candidate:
    form = form_of(found.text)
    meaning, number = meaning_of_form(form, profile, context.global_index), context.global_index.number.get(form)
    behind = found.entry.heard.get(found.heard)
    led_by = {} if behind is None else {heard.forms[0]: behind}
    return Candidate(form, found.text, meaning, number, found={"catalogue"}, led_by=led_by)


def _dropped(candidate: Candidate, heard: Request, profile: UserProfile, context: RetrievalContext) -> bool:
    """Return whether it was taken back, replaces a known name, means the same, or is not understood either."""
    [(_, why)] = screened(heard, [candidate], profile, context)
    return why is not None or not context.understands(candidate.text)


def _working(profile: UserProfile, context: RetrievalContext) -> Callable[[str], bool]:
    """Return what tells of a word whether it stands in a request that works, of everyone or of this person."""
    of_everyone = context.global_index.working_words
    mine = {word for form, phrase in profile.phrases.items() if phrase.success > SERVED_OWN for word in form.split()}
    return lambda word: word in of_everyone or word in mine
