"""What was taught, where a request is decided: words that a person gave a meaning are put in its terms.

It goes before all that was learned, for the person said so; and after the owner's "never", security and money, which no
lesson touches. What reverses a request is not made of it either, and what is deleted is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable

from sayagain.guards.rules import Do, Rules
from sayagain.guards.side import Side, side
from sayagain.guards.stakes import Stakes
from sayagain.online.put import Put, of_a_thing, put
from sayagain.retrieval.candidates import Candidate, meaning_of_form
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.preference import Lesson, Preference
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

SURE = 1.0
"""Probability that a request means what the person said it means."""

SAID_OTHERWISE = ("names another", "changes a")
"""Beginnings of reasons of the guards that a lesson answers: another name, or another number, is what it is about."""


def taught(
    request: Turn, profile: UserProfile, context: RetrievalContext, aliases: Iterable[Preference]
) -> Decision | None:
    """Return the request in the terms that the person taught; None where nothing of them is in it, or may be done."""
    usable = list(aliases)
    ways = (put(request.text, usable, context.catalogue, as_said=as_said) for as_said in (True, False))
    found = next((each for each in ways if each is not None and context.understands(each.form)), None)
    if found is None or _about_people(request, found, context):
        return None
    decision = decided(request, found.form, profile, context)
    if decision is not None and decision.candidate is not None and not _doubted(request, found, profile):
        decision.candidate.own_way = SURE
    return decision


def _doubted(request: Turn, found: Put, profile: UserProfile) -> bool:
    """Return whether a meaning is in what the person took back of such a request; one that they taught since is not."""
    back = profile.taken_back(form_of(request.text))[0]
    return any(f" {form_of(each.value)} " in f" {form} " for each in found.by for form in back)


def _about_people(request: Turn, found: Put, context: RetrievalContext) -> bool:
    """Return whether the name of a thing was put into a request that reaches people: "call Fred" calls no lamp."""
    stakes = context.rules.stakes_of(Side(form_of(request.text)), Side(found.form))
    return stakes is Stakes.PEOPLE and any(of_a_thing(each, context.catalogue) for each in found.by)


def decided(
    request: Turn, form: str, profile: UserProfile, context: RetrievalContext, plainly: str | None = None
) -> Decision | None:
    """Return what is done with a request that, by what its person taught, means ``form``; None where it may not be.

    The guards see the request as it was heard, or in plain words where these are known to say the same.
    """
    heard = form_of(request.text)
    if form in context.stopped(heard, [form]) or form in profile.taken_back(heard)[0]:
        return None
    said, index = plainly or heard, context.global_index
    meaning = meaning_of_form(form, profile, index)
    do = _allowed(context.rules, side(said, meaning_of_form(said, profile, index)), side(form, meaning))
    if do == "alone":
        return None
    number = index.number.get(form)
    candidate = Candidate(form, form, meaning, number, found={"personal", "taught"})
    return Decision(candidate, 0.0, SURE, do)


def _allowed(rules: Rules, heard: Side, meant: Side) -> Do:
    if forbidden(rules, heard, meant) is not None:
        return "alone"
    return "offer" if rules.stakes_of(heard, meant) is Stakes.DELETION else "rewrite"


def forbidden(rules: Rules, heard: Side, meant: Side) -> str | None:
    """Return why one must not be taken for the other, whoever says that it means it; None where nothing forbids it."""
    reason = rules.forbids(heard, meant)
    if reason is None or not reason.startswith(SAID_OTHERWISE):
        return reason
    amount = "person" in reason and any(word.isdecimal() for word in meant.words.split())  # "send 20 pounds to dan"
    stakes = rules.stakes_of(heard, meant)  # which the reasons that a lesson answers may have hidden
    return f"stakes: {stakes.name.lower()}" if amount or stakes >= Stakes.MONEY else None


def harmful(lesson: Lesson, rules: Rules) -> str | None:
    """Return why a lesson is not learned; None where nothing forbids it.

    Words are given no meaning that the owner forbids, that unlocks or pays, or that reverses them; and nothing of that
    is made a duty. What forbids something, or has the person asked, may always be learned.
    """
    said, meant = Side(form_of(lesson.subject)), Side(form_of(lesson.value))
    if lesson.kind in ("alias", "value"):
        return forbidden(rules, said, meant)
    if lesson.kind == "rule" and lesson.value.startswith(("always", "only")):
        deed = Side(form_of(f"{lesson.value.partition(' ')[2]} {lesson.subject}"))
        if sensitive := rules.owner.untouchable(deed):
            return sensitive
        stakes = rules.stakes_of(deed, deed)
        return (
            f"stakes: {stakes.name.lower()}"
            if stakes >= Stakes.MONEY and not _SECURES & set(deed.words.split())
            else None
        )
    return None


_SECURES = frozenset(["lock", "close", "shut", "arm", "locked", "closed"])
"""Deeds about what secures a home that may be made a duty: they make it safer."""
