"""The signals: small named observations on a turn and its neighbours, each speaking for or against a defect.

A signal is a condition on a row of the ``likened`` table (docs/architecture.md). Where it holds, the turn gets the vote
that the signal was declared with (1 defect, 0 fine); elsewhere it abstains. Signals that look at the same thing form a
*family* (two views of one recogniser score are not two witnesses): the label model takes each family as one
observation. A family that could have spoken and did not is *silent*, which says a little; one that had nothing to look
at (no next turn, no scores in the log) is *absent*, which says nothing.

The row ``t`` is that of a whole log, in Ibis (``votes.py``), or that of one turn as it happens (``one_turn.py``). Both
have comparisons, ``&``, ``|``, ``~``, ``isin``, ``isnull``, ``notnull`` and ``fill_null``, with the null of SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayagain.defects.label_model import ACCURACY, EVEN
from sayagain.defects.thresholds import CLOSE, FOLLOW_UP, HARDLY_ANY, LEFT, MOST, REPHRASE, STAYED, UNDONE, UNLIKE
from sayagain.text.normalise import EMPTY

if TYPE_CHECKING:
    from ibis.expr import types as ir

DEFECT, FINE = 1, 0

BOUND = 2.0
"""Log of how much oftener than by chance people go on from one request to another: seven times, surely."""
SURELY = 0.8
"""Probability of the span model that speaks."""

OUTRIGHT = 0.95
"""How often a signal is right that states an outcome outright (an error, nothing found, a person's answer), before
anything is known; all others are hints (``label_model.ACCURACY``). Chosen with it and ``PRIOR_SHARE`` on half of the
callers, days and homes of three sets, and confirmed on the other half (docs/defects.md)."""

STATED = 0.9
"""How often, at the least, a person is right who says outright what became of the request: who presses a button, or
denies an answer that asked nothing. A log's other witnesses cannot refute a person. Assistants admit some failures and
people deny others, never the same ones, so where apologies are many the model would take denials for witnesses of
success (docs/defects.md). Nine in ten is what it takes for a denial to be believed against an assistant that says that
all went well; the figures of the real sets are no worse for it."""

MOST_BITS = 63
"""Bits of the integer that a pattern of signals and families is."""

Condition = Callable[["ir.Table"], "ir.BooleanValue"]


@dataclass(frozen=True)
class Signal:
    """One observation: where ``holds`` is true of a turn, the turn gets ``vote``."""

    name: str
    family: str
    vote: int
    holds: Condition
    accuracy: float = ACCURACY
    """How often it is right when it speaks, before anything is known."""
    least: float = EVEN
    """The same at the least, whatever a log's other signals say."""


def _did(t: ir.Table) -> ir.BooleanValue:
    """Return where the assistant, as far as it says, did something that could be undone or stayed with."""
    return (t.status == "ok").fill_null(True) & ~(t.sorry | t.at_a_loss).fill_null(False)


FAMILIES: dict[str, Condition] = {
    "outcome": lambda t: t.status.notnull() | t.replied,
    "hearing": lambda t: t.asr_score.notnull() | (t.state == EMPTY),
    "meaning": lambda t: t.has_intents & (t.state != EMPTY),
    "understanding": lambda t: t.confidence.notnull() & (t.state != EMPTY) & ~overlooked(t),
    "next": lambda t: t.next_gap.notnull(),
    "reaction": lambda t: t.next_gap <= FOLLOW_UP,
    "interruption": lambda t: t.barge_in.notnull() & t.next_gap.notnull(),
    "before": lambda t: t.prev_gap.notnull(),
    "feedback": lambda t: t.helpful.notnull(),
    "undoing": lambda t: t.undone_after.notnull() | (t.has_undone & _did(t)),
    "engagement": lambda t: t.engaged_for.notnull() | t.engaged_share.notnull() | (t.has_engaged & _did(t)),
}
"""For each family, the turns that give it something to look at; on all others it is absent."""

ALL_SIGNALS: dict[str, Signal] = {}
"""Every signal by name, in the order of this file."""


def signal(family: str, vote: int, accuracy: float = ACCURACY, least: float = EVEN) -> Callable[[Condition], Condition]:
    """Declare a signal: the decorated condition is one, under its own name, in each log that is judged from then on.

    A deployment may add its own; they are learned with all others. Online, those are looked at that ask for nothing but
    what ``one_turn.OneTurn`` has, with the operators above.

    Args:
        family: one of ``FAMILIES``: what the signal looks at.
        vote: ``DEFECT`` or ``FINE``.
        accuracy: how often it is right when it speaks, before anything is known.
        least: the same at the least, whatever a log's other signals say.

    Raises:
        ValueError: there is no such family, a signal of this name is there, or there is no room for more.
    """

    def register(holds: Condition) -> Condition:
        if family not in FAMILIES:
            raise ValueError(f"There is no family {family}; families are {', '.join(FAMILIES)}")
        if holds.__name__ in ALL_SIGNALS:
            raise ValueError(f"There is a signal {holds.__name__} already")
        if len(ALL_SIGNALS) + len(FAMILIES) >= MOST_BITS:
            raise ValueError(f"There is room for {MOST_BITS - len(FAMILIES)} signals")
        ALL_SIGNALS[holds.__name__] = Signal(holds.__name__, family, vote, holds, accuracy, least)
        return holds

    return register


def _next(t: ir.Table) -> ir.BooleanValue:
    return t.next_gap <= FOLLOW_UP


def _denied(t: ir.Table) -> ir.BooleanValue:
    """Return where the next request denies what was done; who says no to a question answers it."""
    return (t.next_act == "denial") & ~t.asks.fill_null(False)


# What the assistant itself made of the request.


@signal("outcome", DEFECT, OUTRIGHT)
def error(t: ir.Table) -> ir.BooleanValue:
    """The assistant reported an error."""
    return t.status == "error"


@signal("outcome", DEFECT)
def unsupported(t: ir.Table) -> ir.BooleanValue:
    """The assistant could not do what it took the request to be; often it took it wrong."""
    return t.status == "unsupported"


@signal("outcome", DEFECT)
def clarify(t: ir.Table) -> ir.BooleanValue:
    """The assistant had to ask what was meant."""
    return t.status == "clarify"


@signal("outcome", FINE)
def ok(t: ir.Table) -> ir.BooleanValue:
    """The assistant reported success: it believes so, at least."""
    return t.status == "ok"


@signal("outcome", DEFECT)
def apology(t: ir.Table) -> ir.BooleanValue:
    """The response apologises."""
    return t.sorry


@signal("outcome", DEFECT)
def at_a_loss(t: ir.Table) -> ir.BooleanValue:
    """The response says that the assistant did not understand, know or find."""
    return t.at_a_loss


@signal("outcome", FINE)
def plain_answer(t: ir.Table) -> ir.BooleanValue:
    """There is a response and it admits no failure."""
    return t.status.isnull() & t.replied & ~(t.sorry | t.at_a_loss)


@signal("outcome", DEFECT)
def abandoned(t: ir.Table) -> ir.BooleanValue:
    """The session ends on a request that the assistant itself says it did not serve."""
    reported = t.status.isin(["error", "clarify", "unsupported"]).fill_null(False)
    return t.next_gap.isnull() & (reported | t.sorry | t.at_a_loss)


@signal("outcome", DEFECT)
def stuck(t: ir.Table) -> ir.BooleanValue:
    """The assistant said the very same as before this request: the request moved nothing."""
    return t.stuck


# How well it heard and understood.


@signal("hearing", DEFECT)
def empty(t: ir.Table) -> ir.BooleanValue:
    """Nothing was heard, or nothing but fillers."""
    return t.state == EMPTY


@signal("hearing", DEFECT)
def asr_lost(t: ir.Table) -> ir.BooleanValue:
    """The recogniser's score is among the log's lowest tenth."""
    return t.asr_score <= t.asr_score_lowest


@signal("hearing", DEFECT)
def asr_doubtful(t: ir.Table) -> ir.BooleanValue:
    """The recogniser's score is among the log's low ones."""
    return t.asr_score <= t.asr_score_low


@signal("hearing", DEFECT)
def asr_torn(t: ir.Table) -> ir.BooleanValue:
    """The recogniser hardly preferred its first hypothesis to its second."""
    return t.asr_margin <= t.asr_margin_low


@signal("hearing", FINE)
def asr_sure(t: ir.Table) -> ir.BooleanValue:
    """The recogniser's score is among the log's high ones."""
    return t.asr_score >= t.asr_score_high


@signal("hearing", FINE)
def asr_certain(t: ir.Table) -> ir.BooleanValue:
    """The recogniser's score is among the log's highest."""
    return t.asr_score >= t.asr_score_highest


@signal("meaning", DEFECT, OUTRIGHT)
def no_intent(t: ir.Table) -> ir.BooleanValue:
    """The assistant found no meaning in the request, in a log that has meanings."""
    return ~t.understood & t.has_intents


@signal("meaning", DEFECT, OUTRIGHT)
def overlooked(t: ir.Table) -> ir.BooleanValue:
    """A part of the request was not understood that the assistant understands where it is said alone.

    Confidence, which is in what was understood, tells nothing of such a turn.
    """
    return t.understood & t.overlooks


@signal("understanding", DEFECT)
def nlu_lost(t: ir.Table) -> ir.BooleanValue:
    """Confidence in the interpretation is among the log's lowest tenth."""
    return t.confidence <= t.confidence_lowest


@signal("understanding", DEFECT)
def nlu_doubtful(t: ir.Table) -> ir.BooleanValue:
    """Confidence in the interpretation is among the log's low ones."""
    return t.confidence <= t.confidence_low


@signal("understanding", FINE)
def nlu_sure(t: ir.Table) -> ir.BooleanValue:
    """Confidence in the interpretation is among the log's high ones."""
    return t.confidence >= t.confidence_high


@signal("understanding", FINE)
def nlu_certain(t: ir.Table) -> ir.BooleanValue:
    """Confidence in the interpretation is among the log's highest."""
    return t.confidence >= t.confidence_highest


# What the person did next.


@signal("next", DEFECT)
def repeat(t: ir.Table) -> ir.BooleanValue:
    """The same request again."""
    return _next(t) & (t.next_state == t.state) & (t.state != EMPTY)


@signal("next", DEFECT)
def close_rephrase(t: ir.Table) -> ir.BooleanValue:
    """The next request differs by a word, or by what was misheard."""
    return _next(t) & (t.next_alike >= CLOSE) & (t.next_state != t.state)


@signal("next", DEFECT)
def rephrase(t: ir.Table) -> ir.BooleanValue:
    """The next request resembles this one more than unrelated requests do."""
    return _next(t) & (t.next_alike >= REPHRASE) & (t.next_alike < CLOSE)


@signal("next", DEFECT)
def said_again(t: ir.Table) -> ir.BooleanValue:
    """The span model finds that a later turn says this one again."""
    return t.p_span >= SURELY


@signal("next", FINE)
def moved_on(t: ir.Table) -> ir.BooleanValue:
    """Something else was asked next, and understood; not what many people ask next, which may be a way round.

    Who denies what was done is still at it.
    """
    understood = (t.next_understood | ~t.has_intents) & ~_denied(t).fill_null(False)
    return _next(t) & (t.next_alike < UNLIKE) & (t.next_state != EMPTY) & understood & (t.next_bond < BOUND)


@signal("next", FINE)
def came_back_later(t: ir.Table) -> ir.BooleanValue:
    """The session goes on, but not before the person had time to use the answer."""
    return t.next_gap > FOLLOW_UP


@signal("reaction", DEFECT, least=STATED)
def denial(t: ir.Table) -> ir.BooleanValue:
    """The next request opens by denying ("no", "I said", "not that"), where the assistant had asked nothing."""
    return _next(t) & _denied(t)


@signal("reaction", DEFECT)
def cancellation(t: ir.Table) -> ir.BooleanValue:
    """The next request calls this one off."""
    return _next(t) & (t.next_act == "cancellation")


@signal("reaction", FINE)
def thanks(t: ir.Table) -> ir.BooleanValue:
    """The person thanks or praises."""
    return _next(t) & (t.next_act == "thanks")


@signal("reaction", FINE)
def assent(t: ir.Table) -> ir.BooleanValue:
    """The person says yes to the response."""
    return _next(t) & (t.next_act == "assent")


@signal("interruption", DEFECT)
def cut_short(t: ir.Table) -> ir.BooleanValue:
    """The person interrupted the response to say something at once; an interruption alone says nothing."""
    return t.barge_in & (t.next_gap <= t.quick)


# What the person did with it, by hand, eye and ear.


@signal("undoing", DEFECT)
def undone(t: ir.Table) -> ir.BooleanValue:
    """What came of it was undone by hand at once: a device put back, an order deleted, a text edited."""
    return t.undone_after <= UNDONE


@signal("engagement", FINE)
def stayed(t: ir.Table) -> ir.BooleanValue:
    """The person stayed with what came of it: listened, watched, read on, clicked."""
    return (t.engaged_for >= STAYED) | (t.engaged_share >= MOST)


@signal("engagement", DEFECT)
def left(t: ir.Table) -> ir.BooleanValue:
    """The person left what came of it as soon as they saw what it was, or did not click."""
    at_once = (t.engaged_for <= LEFT) | (t.engaged_share <= HARDLY_ANY)
    return at_once & ~stayed(t).fill_null(False)


# What the request itself says, and what the person says when asked.


@signal("before", DEFECT)
def objection(t: ir.Table) -> ir.BooleanValue:
    """This request itself opens by denying what the assistant just said."""
    return (t.prev_gap <= FOLLOW_UP) & (t.act == "denial")


@signal("feedback", DEFECT, OUTRIGHT, STATED)
def unhelpful(t: ir.Table) -> ir.BooleanValue:
    """The person said that it did not help."""
    return ~t.helpful


@signal("feedback", FINE, OUTRIGHT, STATED)
def helpful(t: ir.Table) -> ir.BooleanValue:
    """The person said that it helped."""
    return t.helpful
