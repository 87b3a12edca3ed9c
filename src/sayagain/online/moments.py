"""Moments to ask: what of a session speaks for a question, and how probably the question is worth it.

How often each reason held was measured in simulated homes (seed 911, of which none is judged): of failed requests that
follow another failure within half a minute 94 % were for a goal that had failed before, of those like another one of
the session 91 %, of those that had failed on another day and never worked 89 %; of requests of which nothing was found
87 % named what nobody there knew, or had failed before. Requests that leave open what only their person can tell, and
that were made before, are taken to be worth it where it is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rapidfuzz import fuzz

from sayagain.defects.scorer import DefectScorer
from sayagain.guards.rules import Rules
from sayagain.guards.side import Side
from sayagain.guards.stakes import Stakes
from sayagain.online.completed import leaves_open
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.question import MOST_OPTIONS, QuestionKind
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

GAINS: Mapping[QuestionKind, float] = {"teach_me": 1.0, "which_one": 0.9, "did_that_work": 0.7}
"""Kind → what an answer gains where the turn was a defect: a lesson ends it for good, a judgement only tells of it."""
REASONS: Mapping[str, float] = {"open": 0.95, "soon": 0.94, "alike": 0.91, "before": 0.89, "unknown": 0.87}
"""Reason for *teach me* → how often it holds."""
SAME_REQUEST = 75
"""Likeness (0 to 100) from which two failed requests of a session are one goal."""
SOON = timedelta(seconds=30)
"""Who fails again so soon after a failure pursues the same goal, in whatever words."""
FAILED = 0.5
"""P(defect) from which a turn failed; and times that a request failed before, of which it went well fewer."""
NEVER = 0.1
"""Share of good ends below which a request of everyone never works."""
CLOSE = 0.1
"""Difference of confidences below which two interpretations are close."""


@dataclass(frozen=True)
class Worth:
    """A question that might be asked."""

    kind: QuestionKind
    turn: Turn
    gain: float
    """Probability that it is worth it × what an answer gains."""
    options: tuple[str, ...] = ()
    reason: str = ""
    """Of ``REASONS``."""
    subject: str = ""
    """What the request leaves open."""


@dataclass(frozen=True)
class Known:
    """What a question is judged by beside the session."""

    scorer: DefectScorer
    profile: UserProfile
    index: GlobalIndex
    rules: Rules = field(default_factory=Rules)


def moments(session: Sequence[Turn], known: Known) -> Iterator[Worth]:
    """Yield what might be asked about the last turn of a session."""
    last, after = session[-1], [*session[1:], None]
    defects = [known.scorer.p_defect(turn, next_) for turn, next_ in zip(session, after, strict=True)]
    p = defects[-1]
    options = _close(last)
    helps = (
        p >= FAILED and _not_understood(last) and not _hopeless(last, known.index) and not _refused(last, known.rules)
    )
    if (open_ := leaves_open(last.text)) is not None and _open_before(open_, session, known.profile):
        yield Worth("teach_me", last, GAINS["teach_me"] * REASONS["open"], reason="open", subject=open_)
    if helps:
        before = [turn for turn, chance in zip(session[:-1], defects[:-1], strict=True) if chance >= FAILED]
        for each in _reasons(last, before, known):
            if not (options and each == "unknown"):  # which of them is the better question
                yield Worth("teach_me", last, GAINS["teach_me"] * REASONS[each], reason=each)
    if options and helps:
        yield Worth("which_one", last, GAINS["which_one"] * p, options)
    if last.outcome is None:
        yield Worth("did_that_work", last, GAINS["did_that_work"] * 4 * p * (1 - p))


def _not_understood(turn: Turn) -> bool:
    """Return whether words were the trouble: else nothing that somebody says about them helps.

    The assistant knew no deed for them; it neither asked back itself nor said that it cannot do such a thing.
    """
    return turn.outcome == "error" and turn.action is None


def _refused(turn: Turn, rules: Rules) -> bool:
    """Return whether no answer would be learned: nothing is taught of what unlocks or pays, or the owner forbids."""
    said = Side(form_of(turn.text))
    return rules.owner.untouchable(said) is not None or rules.stakes_of(said, said) >= Stakes.MONEY


def _open_before(what: str, session: Sequence[Turn], profile: UserProfile) -> bool:
    """Return whether a person asked before for what leaves this open, and no lesson of theirs completed it now."""
    last = session[-1]
    if last.layer is not None and last.layer.source == "taught":
        return False
    said = [*(turn.text for turn in session[:-1]), *(each.text for each in profile.phrases.values())]
    return any(leaves_open(text) == what for text in said)


def _hopeless(turn: Turn, index: GlobalIndex) -> bool:
    """Return whether nobody ever got what they asked for with these words, whatever they said next.

    That speaks for what no assistant here can do.
    """
    form = form_of(turn.text)
    number = index.number.get(form)
    return number is not None and index.success[number] < NEVER and not index.ways.get(form)


def _reasons(last: Turn, before: Sequence[Turn], known: Known) -> Iterator[str]:
    form = form_of(last.text)
    if any(fuzz.token_set_ratio(form_of(turn.text), form) >= SAME_REQUEST for turn in before):
        yield "alike"
    if any(_not_understood(turn) and last.time - turn.time <= SOON for turn in before):
        yield "soon"
    phrase = known.profile.phrases.get(form)
    if phrase is not None and phrase.bad >= FAILED > phrase.good:
        yield "before"
    slots = last.interpretation.slots if last.interpretation is not None else []
    resolves = any(stage.stage == "entity" for stage in last.trace)
    if resolves and slots and all(slot.entity is None for slot in slots):
        yield "unknown"


def _close(turn: Turn) -> tuple[str, ...]:
    """Return what a request may have been about, where two interpretations were about as sure."""
    first = turn.interpretation
    if first is None or first.confidence is None:
        return ()
    others = [each for each in turn.alternatives if first.confidence - (each.confidence or 0.0) < CLOSE]
    names = [slot.value for each in (first, *others) for slot in each.slots]
    options = tuple(dict.fromkeys(name for name in names if names.count(name) < 1 + len(others)))[:MOST_OPTIONS]
    return options if others and len(options) > 1 else ()
