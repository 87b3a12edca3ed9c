"""Whether a person complained of a rewrite: told by what they do, whatever the label model makes of the turn.

A complaint is no signal among others. It is read off the turn itself (feedback, taking it back by hand) and off the
next one (a denial, an undo, a cancellation, the same request again); none of it needs a status or a known language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sayagain.defects.thresholds import FOLLOW_UP, UNDONE
from sayagain.guards.evidence import ALIKE_WHOLE
from sayagain.online.acted import SAME_MOMENT, Acted, heard_as
from sayagain.online.no_complaint import answers_another, asks_for_another
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.meaning import slots_of
from sayagain.schema.turn import REPORTED, Turn
from sayagain.text.normalise import form_of
from sayagain.text.replies import agrees_to, goes_on, reply
from sayagain.text.similarity import likeness

Kind = Literal["feedback", "undo", "cancellation", "denial", "repeat", "lost"]
"""What was done. ``lost``: nobody complained, but the assistant understood nothing of the rewrite."""

AGAIN = 120.0
"""Seconds within which the same request again takes the rewrite back."""

NEARLY_SAME = 0.85
"""Likeness from which a request is the same as the one before, heard anew."""

TAKING_BACK = frozenset({
    "cancel", "hassnevermind", "nevermind", "never_mind", "deny", "negate", "undo", "hasscancel", "stop_conversation",
})  # fmt: skip
"""Intents by which the assistant itself understood, in whatever language, that something is taken back."""

OFTEN_TIMES, OFTEN_SHARE = 2, 0.3
"""Times, and share of its uses, from which a person says a request again by nature."""


@dataclass(frozen=True)
class Complaint:
    """A person took a rewrite back."""

    source: str
    target: str
    meaning: str | None
    kind: Kind
    lifted: bool = False
    """Whether it does not hold any more: see :func:`meant_after_all`."""


def told_by_itself(turn: Turn) -> Kind | None:
    """Return how a rewritten turn itself tells of a complaint.

    That a device did not answer says nothing against a rewrite.
    """
    if turn.feedback is not None and turn.feedback.helpful is False:
        return "feedback"
    if turn.layer is not None and turn.layer.accepted is False:
        return "feedback"
    if turn.undone_after is not None and turn.undone_after <= UNDONE:
        return "undo"
    rewrite = turn.layer.rewrite if turn.layer is not None else None
    if turn.status == "cancelled" and reply(form_of(rewrite or "")) != "cancellation":
        return "cancellation"
    return "lost" if turn.interpretation is None and turn.status in REPORTED else None


def told_by_next(acted: Acted, after: Turn, profile: UserProfile, least: float = NEARLY_SAME) -> Kind | None:
    """Return how the person's next request tells of a complaint; ``least`` is how like it is, said again."""
    gap = (after.time - acted.time).total_seconds()
    if not 0 <= gap <= AGAIN:
        return None
    said = said_in(after)
    another = bool(said) and all(answers_another(acted, form, gap) for form in said)
    if gap <= FOLLOW_UP and not another:
        answers = {reply(form) for form in said if not asks_for_another(acted, form, gap)}
        if "undo" in answers:
            return "undo"
        if "cancellation" in answers or (after.status == "cancelled" and "assent" not in answers):
            return "cancellation"
        intent = after.interpretation.intent if after.interpretation else None
        if "denial" in answers or (intent is not None and intent.lower() in TAKING_BACK):
            return "denial"
    apart = None not in (acted.session, after.session) and acted.session != after.session
    asked_twice = gap < SAME_MOMENT  # the assistant asks about one request a second time
    again = not acted.taught and _same(acted, said_in(after, acted.key), profile, least)
    return "repeat" if again and not (apart or asked_twice) else None


def meant_after_all(acted: Acted, turn: Turn, meaning: str | None) -> bool:
    """Return whether a request that worked shows that a rewrite had been right, though its request was said again.

    Who only did not hear the answer says it again, is not understood for want of the rewrite, and then says the very
    same in words that work. An outright complaint is not lifted so; nor by a meaning that names nothing.
    """
    said, after = acted.key(turn.text), (turn.time - acted.time).total_seconds()
    if not acted.repeated or not 0 <= after <= 2 * AGAIN or said in acted.heard:
        return False
    return said == acted.target or (meaning == acted.meaning and bool(slots_of(meaning)))


def answer(acted: Acted, after: Turn, profile: UserProfile) -> bool | None:
    """Return whether the next request says yes or no to what was asked; None where it does neither.

    Who says what was offered agrees, unless it is quite another request that they went on to before anybody asked.
    """
    gap = (after.time - acted.time).total_seconds()
    if not 0 <= gap <= FOLLOW_UP:
        return None
    said = said_in(after)
    if any(agrees_to(form, acted.target) for form in said if form != acted.target):
        return True
    if acted.target in said:
        return None if _goes_there_anyway(acted, profile) else True
    taken_back = after.status == "cancelled" or any(reply(form) not in (None, "assent") for form in said)
    return False if taken_back else None


def _goes_there_anyway(acted: Acted, profile: UserProfile) -> bool:
    """Return whether a person went on to what they are asked about by themselves, and it is not like what was heard."""
    before = any(acted.target in profile.meant.get(form, ()) for form in acted.heard)
    return before and all(likeness(form, acted.target) < ALIKE_WHOLE for form in acted.heard)


def told_of_offer(turn: Turn) -> bool | None:
    """Return whether a turn itself tells how an offer was answered."""
    if turn.layer is not None and turn.layer.accepted is not None:
        return turn.layer.accepted
    return turn.feedback.helpful if turn.feedback is not None else None


def said_in(turn: Turn, key: Callable[[str], str] = form_of) -> list[str]:
    """Return the normal forms of a request, or another ``key``: as heard, and as the layer put it."""
    rewrite = turn.layer.rewrite if turn.layer is not None else None
    return [*heard_as(turn, key), *([key(rewrite)] if rewrite else [])]


def _same(acted: Acted, said: Sequence[str], profile: UserProfile, least: float) -> bool:
    """Return whether a request is the rewritten one again, though not by nature.

    Who says the target itself meant it: that is no complaint.
    """
    exactly = any(form in acted.heard for form in said)
    alike = max((likeness(one, other) for one in acted.heard for other in said), default=0.0)
    if not exactly and (alike < least or alike <= max(likeness(acted.target, form) for form in said)):
        return False
    return not (acted.fine and _by_nature(acted, profile))


def _by_nature(acted: Acted, profile: UserProfile) -> bool:
    """Return whether what was done is asked for several times in a row: "next", or what this person says again."""
    if goes_on(form_of(acted.text), acted.intent):
        return True
    known = profile.phrases.get(form_of(acted.text))
    return known is not None and known.again >= max(OFTEN_TIMES, OFTEN_SHARE * (known.good + known.bad))
