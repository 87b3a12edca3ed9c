"""What was taught, where a request is decided: words that a person gave a meaning are put in its terms.

It goes before all that was learned, for the person said so; and after the owner's "never", security and money, which no
lesson touches. What reverses a request is not made of it either, and what is deleted is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sayagain.guards.rules import Do, Rules
from sayagain.guards.side import Side, side
from sayagain.guards.stakes import Stakes
from sayagain.preferences import verbs as spoken
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

BEFORE = spoken.PREPOSITIONS | spoken.PARTICLES | spoken.IMPERATIVES | {"the", "my", "our", "a", "an", "in", "and"}
AFTER = spoken.PREPOSITIONS | spoken.PARTICLES | spoken.COMPLEMENTS | {"in", "and", "please", "is", "be"}
"""Words beside which a taught word stands alone: in "the kitchen light" and "light switch" the light is another."""

OWN = frozenset(["my", "our"])


@dataclass(frozen=True)
class Put:
    """A request put in the terms that a person taught, and the lessons that did it."""

    form: str
    by: tuple[Preference, ...]


def put(heard: str, aliases: Iterable[Preference]) -> Put | None:
    """Return a normal form with taught words replaced, the longest first; None where it has none of them."""
    words = heard.split()
    by: list[Preference] = []
    for alias in sorted(aliases, key=lambda each: -len(each.subject)):
        subject = words if _as_said(words, alias) else form_of(alias.subject).split()
        found = _replaced(words, subject, form_of(alias.value).split())
        if found is not None:
            words, by = found, [*by, alias]
    form = " ".join(words)
    return Put(form, tuple(by)) if form != heard else None


def _replaced(words: Sequence[str], subject: Sequence[str], value: Sequence[str]) -> list[str] | None:
    """Return words with a run of them replaced; a deed takes the place of a whole request only."""
    if not subject or not value or _at(words, value) is not None:
        return None
    if value[0] in spoken.IMPERATIVES:
        return list(value) if list(words) == list(subject) else None
    at = _at(words, subject)
    if at is None:
        return None
    before, after = words[:at], words[at + len(subject) :]
    if (before and before[-1] not in BEFORE) or (after and not (after[0] in AFTER or after[0].isdecimal())):
        return None
    if before and before[-1] in OWN:
        before = [*before[:-1], "the"]
    return [*before, *value, *after]


def _as_said(words: Sequence[str], alias: Preference) -> bool:
    """Return whether a whole request is what a statement said means a deed, with all its small words.

    "When I say it's dirty in here, start the vacuum" is kept as what "dirty" means.
    """
    subject, evidence = form_of(alias.subject).split(), form_of(alias.evidence).split()
    told = _at(evidence, words) is not None and set(subject) <= set(words)
    return told and alias.value.split()[0] in spoken.IMPERATIVES and not set(alias.value.split()) & set(words)


def _at(words: Sequence[str], run: Sequence[str]) -> int | None:
    places = range(len(words) - len(run) + 1)
    return next((at for at in places if list(words[at : at + len(run)]) == list(run)), None)


def taught(
    request: Turn, profile: UserProfile, context: RetrievalContext, aliases: Iterable[Preference]
) -> Decision | None:
    """Return the request in the terms that the person taught; None where nothing of them is in it, or may be done."""
    found = put(form_of(request.text), aliases)
    if found is None or not context.understands(found.form):
        return None
    return decided(request, found.form, profile, context)


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
