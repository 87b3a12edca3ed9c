"""Asking: whether this is a moment to ask, what, and what an answer teaches.

The kinds, the one that is worth most first: *teach me* where a request failed that had failed before, or that names
what nobody here knows (``moments.py``); *which one* where two interpretations were close; *did that work* where nobody
can tell. A guided question is asked only where somebody wants to be asked ("learn my preferences").
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from rapidfuzz import fuzz

from sayagain.online.lessons import Lessons, moment_of
from sayagain.online.moments import SAME_REQUEST, Known, Worth, moments
from sayagain.preferences.annoyance import Asked, cost, may_ask
from sayagain.preferences.domains import domain_of
from sayagain.preferences.tokens import tokens
from sayagain.schema.question import Question
from sayagain.schema.turn import Turn
from sayagain.state import Database
from sayagain.state.questions import Questions
from sayagain.text.normalise import form_of
from sayagain.text.phrasebook import Phrasebook

STOP = re.compile(r"\b(?:(?:stop|quit) (?:asking|questions)|(?:never|dont|do not) ask|(?:no more|want no) questions)\b")
"""What wants no more questions."""
NONE_OF_THEM = re.compile(
    r"^(?:neither|none|nothing|not (?:one|any|these)|something (?:else|different)|(?:forget|leave|skip) it)\b"
)
"""Answers that give none."""

OPEN: Mapping[str, str] = {
    "alarm": "When do you get up? You can say: wake me means seven.",
    "music": "Which music do you like?",
}
"""What a request leaves open → the question about it."""

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
SORTS = {"temperature": "units"}
"""Domain → the one whose question is answered by what is set for it."""


class Asking:
    """Decides when to ask, and takes the answers."""

    def __init__(self, database: Database, lessons: Lessons) -> None:
        self._kept, self._lessons = Questions(database), lessons

    def ask(self, session: Sequence[Turn], known: Known) -> Question | None:
        """Return a question about a session that goes on, its last turn just answered; None where none is worth it.

        Raises:
            StateError: the state database cannot be used; nothing was asked.
        """
        if not session:
            return None
        last = session[-1]
        worth = max(moments(session, known), key=lambda each: each.gain, default=None)
        if worth is None:
            return None
        before = [Asked(time, place, outcome) for time, place, outcome in self._kept.of(last.user)]  # type: ignore[arg-type]
        place, price = _digest(last.session or session[0].turn), cost(before)
        if worth.gain <= price or not may_ask(before, place, last.time, moment_of(last).time.hour):
            return None
        made = Question(
            id=uuid4().hex, user=last.user, kind=worth.kind, say=_said(worth), options=list(worth.options),
            about=worth.turn, subject=worth.subject, worth=round(worth.gain - price, 4),
        )  # fmt: skip
        self._kept.ask(made.id, last.user, place, last.time)
        return made

    def guided(self, user: str, said: Sequence[str]) -> Question | None:
        """Return the next question of the guided series: about what a person asks for most and has set nothing for."""
        known = {SORTS.get(each.subject, each.subject) for each in self._lessons.of(user)}
        asked = [domain_of(tokens(text)) for text in said]
        left = sorted((each for each in GUIDED if each not in known), key=lambda each: -asked.count(each))
        if not left:
            return None
        made = Question(id=uuid4().hex, user=user, kind="guided", say=GUIDED[left[0]], subject=left[0])
        self._kept.ask(made.id, user, _digest(made.id), datetime.now(UTC))
        return made

    def no_more(self, user: str) -> None:
        """Keep that a person wants to be asked nothing more.

        Raises:
            StateError: the state database cannot be used.
        """
        id = uuid4().hex
        self._kept.ask(id, user, _digest(id), datetime.now(UTC))
        self._kept.take(id, user, "stop")

    def taken(self, question: Question, answer: str) -> bool | None:
        """Keep how a question was taken; return yes, no, or None where the answer is neither; a refusal is a no.

        Raises:
            StateError: the state database cannot be used.
        """
        form = form_of(answer)
        if STOP.search(form):
            self._kept.take(question.id, question.user, "stop")
            return False
        act = Phrasebook().act(form) if Phrasebook().nothing_but_acts(form) else None
        answered = form and act != "cancellation"
        self._kept.take(question.id, question.user, "answered" if answered else "ignored")
        if NONE_OF_THEM.match(form):
            return False
        known = {"assent": True, "thanks": True, "denial": False, "cancellation": False}
        return known.get(act or "", True if form in YES else None)

    @staticmethod
    def unwanted(answer: str) -> bool:
        """Return whether an answer wants no more questions."""
        return STOP.search(form_of(answer)) is not None

    @staticmethod
    def said_again(question: Question, answer: str) -> bool:
        """Return whether an answer only says again what failed: that teaches nothing."""
        about = question.about.text if question.about is not None else ""
        return fuzz.token_set_ratio(form_of(about), form_of(answer)) >= SAME_REQUEST

    def erase(self, user: str) -> int:
        """Delete what a person was asked; return how many questions there were."""
        return self._kept.erase(user)


YES = frozenset(["yes", "yes it did", "it did", "yeah", "yep", "sure", "yes please", "right", "correct"])


def _said(worth: Worth) -> str:
    if worth.subject:
        return OPEN[worth.subject]
    if worth.kind == "teach_me":
        why = "I do not know that." if worth.reason == "unknown" else "That did not work again."
        return f"{why} What did you mean? You can say: I meant …"
    if worth.kind == "which_one":
        return f"Which one: {', '.join(worth.options[:-1])} or {worth.options[-1]}?"
    return "Did that work?"


def _digest(session: str) -> str:
    return hashlib.blake2b(session.encode("utf8", "surrogatepass"), digest_size=16).hexdigest()


def lesson_text(question: Question, answer: str) -> str:
    """Return an answer as a statement, for it leaves unsaid what the question said."""
    if question.kind == "guided":
        frames = {
            "name": "call me {}",
            "music": "use {} for music",
            "food": "I do not eat {}",
            "units": "use {} units",
        }
        return frames.get(question.subject, f"for {question.subject} use {{}}").format(answer.rstrip(".!"))
    said = form_of(answer)
    if question.subject:
        frame = {"alarm": "wake me means {}", "music": "my favourite music is {}"}[question.subject]
        return frame.format(answer.rstrip(".!"))
    return answer if said.startswith(("i meant", "i mean", "no i meant")) else f"I meant {answer.rstrip('.!')}"
