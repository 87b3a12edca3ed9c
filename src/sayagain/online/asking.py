"""Asking: whether this is a moment to ask, what, and what an answer teaches.

The kinds, the one that is worth most first: *teach me* where the same request failed twice; *which one* where two
interpretations were close; *did that work* where nobody can tell. A guided question is asked only where somebody wants
to be asked ("learn my preferences").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from rapidfuzz import fuzz

from sayagain.defects.scorer import DefectScorer
from sayagain.online.lessons import Lessons, moment_of
from sayagain.preferences.annoyance import Asked, cost, may_ask
from sayagain.preferences.domains import domain_of
from sayagain.preferences.tokens import tokens
from sayagain.schema.question import MOST_OPTIONS, Question, QuestionKind
from sayagain.schema.turn import Turn
from sayagain.state import Database
from sayagain.state.questions import Questions
from sayagain.text.normalise import form_of
from sayagain.text.phrasebook import Phrasebook

GAINS: Mapping[QuestionKind, float] = {"teach_me": 1.0, "which_one": 0.9, "did_that_work": 0.7}
"""Kind → what an answer gains where the turn was a defect: a lesson ends it for good, a judgement only tells of it."""
SAME_REQUEST = 75
"""Likeness (0 to 100) from which two failed requests of a session are one goal."""
FAILED = 0.5
"""P(defect) from which a turn failed."""
CLOSE = 0.1
"""Difference of confidences below which two interpretations are close."""
STOP = ("stop asking", "do not ask", "dont ask", "no more questions", "never ask me")

GUIDED: Mapping[str, str] = {
    "name": "What should I call you?",
    "music": "Where should I play music when you do not say where?",
    "news": "Which news would you like to hear?",
    "units": "Do you prefer metric or imperial units?",
    "weather": "For which place do you want the weather?",
    "alarm": "When do you want to be woken when you name no time?",
    "food": "Is there food that you do not eat?",
}
"""Domain → the question of the guided series."""


@dataclass(frozen=True)
class Worth:
    """A question that might be asked."""

    kind: QuestionKind
    turn: Turn
    gain: float
    options: tuple[str, ...] = ()


class Asking:
    """Decides when to ask, and takes the answers."""

    def __init__(self, database: Database, lessons: Lessons) -> None:
        self._kept, self._lessons = Questions(database), lessons

    def ask(self, session: Sequence[Turn], scorer: DefectScorer) -> Question | None:
        """Return a question about a session that goes on, its last turn just answered; None where none is worth it.

        Raises:
            StateError: the state database cannot be used; nothing was asked.
        """
        if not session:
            return None
        last = session[-1]
        worth = max(_moments(session, scorer), key=lambda each: each.gain, default=None)
        if worth is None:
            return None
        before = [Asked(time, place, outcome) for time, place, outcome in self._kept.of(last.user)]  # type: ignore[arg-type]
        place, price = _digest(last.session or session[0].turn), cost(before)
        if worth.gain <= price or not may_ask(before, place, last.time, moment_of(last).time.hour):
            return None
        made = Question(
            id=uuid4().hex, user=last.user, kind=worth.kind, say=_said(worth), options=list(worth.options),
            about=worth.turn, worth=round(worth.gain - price, 4),
        )  # fmt: skip
        self._kept.ask(made.id, last.user, place, last.time)
        return made

    def guided(self, user: str, said: Sequence[str]) -> Question | None:
        """Return the next question of the guided series: about what a person asks for most and has set nothing for."""
        known = {each.subject for each in self._lessons.of(user)}
        asked = [domain_of(tokens(text)) for text in said]
        left = sorted((each for each in GUIDED if each not in known), key=lambda each: -asked.count(each))
        if not left:
            return None
        made = Question(id=uuid4().hex, user=user, kind="guided", say=GUIDED[left[0]], subject=left[0])
        self._kept.ask(made.id, user, _digest(made.id), datetime.now(UTC))
        return made

    def taken(self, question: Question, answer: str) -> bool | None:
        """Keep how a question was taken; return yes, no, or None where the answer is neither.

        Raises:
            StateError: the state database cannot be used.
        """
        form = form_of(answer)
        if any(each in form for each in STOP):
            self._kept.take(question.id, question.user, "stop")
            return None
        act = Phrasebook().act(form) if Phrasebook().nothing_but_acts(form) else None
        answered = form and act != "cancellation"
        self._kept.take(question.id, question.user, "answered" if answered else "ignored")
        return {"assent": True, "thanks": True, "denial": False}.get(act or "", True if form in YES else None)

    def erase(self, user: str) -> int:
        """Delete what a person was asked; return how many questions there were."""
        return self._kept.erase(user)


YES = frozenset(["yes", "yes it did", "it did", "yeah", "yep", "sure", "yes please", "right", "correct"])


def _moments(session: Sequence[Turn], scorer: DefectScorer) -> Iterator[Worth]:
    """Yield what might be asked about the last turn of a session."""
    last, after = session[-1], [*session[1:], None]
    defects = [scorer.p_defect(turn, next_) for turn, next_ in zip(session, after, strict=True)]
    p = defects[-1]
    same = [
        chance
        for turn, chance in zip(session[:-1], defects[:-1], strict=True)
        if chance >= FAILED and fuzz.token_set_ratio(form_of(turn.text), form_of(last.text)) >= SAME_REQUEST
    ]
    if same and p >= FAILED:
        yield Worth("teach_me", last, GAINS["teach_me"] * max(p, *same))
    if options := _close(last):
        yield Worth("which_one", last, GAINS["which_one"] * max(p, 1 - 1 / len(options)), options)
    if last.status is None or last.outcome == "ok":
        yield Worth("did_that_work", last, GAINS["did_that_work"] * 4 * p * (1 - p))


def _close(turn: Turn) -> tuple[str, ...]:
    """Return what a request may have been about, where two interpretations were about as sure."""
    first = turn.interpretation
    if first is None or first.confidence is None:
        return ()
    others = [each for each in turn.alternatives if first.confidence - (each.confidence or 0.0) < CLOSE]
    names = [slot.value for each in (first, *others) for slot in each.slots]
    options = tuple(dict.fromkeys(name for name in names if names.count(name) < 1 + len(others)))[:MOST_OPTIONS]
    return options if others and len(options) > 1 else ()


def _said(worth: Worth) -> str:
    if worth.kind == "teach_me":
        return "That did not work twice. What did you mean? You can say: I meant …"
    if worth.kind == "which_one":
        return f"Which one: {', '.join(worth.options[:-1])} or {worth.options[-1]}?"
    return "Did that work?"


def _digest(session: str) -> str:
    return hashlib.blake2b(session.encode("utf8", "surrogatepass"), digest_size=16).hexdigest()


def lesson_text(question: Question, answer: str) -> str:
    """Return an answer as a statement, for it leaves unsaid what the question said."""
    if question.kind == "guided":
        frames = {"name": "call me {}", "food": "I do not like {}", "units": "use {} units"}
        return frames.get(question.subject, f"for {question.subject} use {{}}").format(answer.rstrip(".!"))
    said = form_of(answer)
    return answer if said.startswith(("i meant", "i mean", "no i meant")) else f"I meant {answer.rstrip('.!')}"
