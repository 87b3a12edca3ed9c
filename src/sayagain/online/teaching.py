"""The verbs of a layer about what people teach: teach, tell what is known or in force, forget."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from sayagain.online.asking import Asking, lesson_text
from sayagain.online.lessons import Home, Lessons
from sayagain.online.moments import Known
from sayagain.online.people import People
from sayagain.online.snapshot import Snapshot
from sayagain.preferences import said_back
from sayagain.preferences.commands import command
from sayagain.preferences.in_force import Moment
from sayagain.schema import Feedback, Turn
from sayagain.schema.preference import Preference, Taught
from sayagain.schema.question import Question


class Teaching(ABC):
    """What a layer does with what people teach; part of ``layer.Layer``."""

    _lessons: Lessons
    _asking: Asking
    _people: People
    _snapshot: Snapshot

    @abstractmethod
    def observe(self, turn: Turn) -> None:
        """Take in what happened."""

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        """Take in what a person says to hold from now on, or to be told or forgotten; used from the next turn on.

        Args:
            user: who speaks; None where nobody knows, and then nothing is learned.
            text: the statement.
            turn: the request that "I meant …" is about, by default their last one.
            device: where it is said.

        Raises:
            StateError: the state database cannot be used, or the layer only reads; nothing was learned.
        """
        self._people.check()
        return self._teach(user, text, turn, device)

    def _teach(
        self, user: str | None, text: str, turn: Turn | None, device: str | None = None, topic: str | None = None
    ) -> Taught:
        """Take in a statement; a taste that names no sort of thing is of the ``topic``."""
        if user is not None and (asked := command(text)) is not None and asked.does in ("guide", "quiet"):
            return self._guided(user) if asked.does == "guide" else self._quiet(user)
        last = turn
        if last is None and user is not None:
            with self._people.hold(user) as person:
                last = person.tracker.last
        context = self._snapshot.context
        home = Home(context.rules, context.catalogue, self._snapshot.household)
        return self._lessons.teach(user, text, home, last, device, topic)

    def ask(self, session: Sequence[Turn]) -> Question | None:
        """Return a question for the person of a session whose last turn was just answered; mostly None.

        Args:
            session: their turns of it, in order, with what became of them.

        Raises:
            StateError: the state database cannot be used, or the layer only reads; nothing was asked.
        """
        self._people.check()
        if not session:
            return None
        with self._people.hold(session[-1].user) as person:
            profile = person.tracker.profile.copy()
        snapshot = self._snapshot
        context = snapshot.context
        return self._asking.ask(session, Known(snapshot.scorer, profile, context.global_index, context.rules))

    def answer(self, question: Question, turn: Turn) -> Taught:
        """Take in the answer to a question: a judgement reaches the turn it is about, a meaning is taught.

        Args:
            question: as :meth:`ask` gave it.
            turn: what the person said to it.

        Raises:
            StateError: the state database cannot be used, or the layer only reads.
        """
        self._people.check()
        agreed = self._asking.taken(question, turn.text)
        if question.kind == "did_that_work":
            if agreed is not None and question.about is not None:
                self.observe(question.about.model_copy(update={"feedback": Feedback(helpful=agreed)}))
            return _thanks(agreed)
        if agreed is False and (question.kind != "guided" or self._asking.unwanted(turn.text)):
            return Taught(say=said_back.NOT_ASKED if self._asking.unwanted(turn.text) else said_back.LEFT)
        topic = question.subject if question.kind == "guided" else None
        taught = self._teach(turn.user, turn.text, question.about, turn.device, topic)
        if taught.learned is None and taught.refused is None and not self._asking.said_again(question, turn.text):
            if not self._answers(question, turn.text):
                return Taught(say=said_back.NO_ANSWER, understood=False)
            taught = self._teach(turn.user, lesson_text(question, turn.text), question.about, turn.device, topic)
        if question.kind == "guided" and taught.learned is not None:
            next_ = self._guided(turn.user)
            return taught.model_copy(update={"say": f"{taught.say} {next_.say}", "question": next_.question})
        return taught

    def _answers(self, question: Question, text: str) -> bool:
        from sayagain.online.answers import is_answer  # noqa: PLC0415 - slow to load: most people are asked nothing

        return is_answer(question, text, self._lessons.names(self._snapshot.context.catalogue))

    def _quiet(self, user: str) -> Taught:
        """Ask a person nothing more."""
        self._asking.no_more(user)
        return Taught(say=said_back.NOT_ASKED)

    def _guided(self, user: str) -> Taught:
        """Return the next question of the guided series, about what the person asks for most."""
        with self._people.hold(user) as person:
            said = [phrase.text for phrase in person.tracker.profile.phrases.values()]
        question = self._asking.guided(user, said)
        return Taught(say=said_back.ALL_KNOWN if question is None else question.say, question=question)

    def taught(self, user: str) -> list[Preference]:
        """Return what a person taught and holds, the oldest first.

        Raises:
            StateError: the state database cannot be used.
        """
        return self._lessons.of(user)

    def unlearn(self, user: str, ids: Sequence[str]) -> int:
        """Forget some of what a person taught, by the identifiers of preferences, for good; return how much held.

        Raises:
            StateError: the state database cannot be used, or the layer only reads.
        """
        self._people.check()
        return self._lessons.forget(user, ids)

    def preferences(
        self, user: str, time: datetime, place: str | None = None, device: str | None = None
    ) -> list[Preference]:
        """Return what a person taught that is in force: of each thing that something is set for, one; tastes and rules.

        Args:
            user: who.
            time: when, in their own time.
            place: where.
            device: on which device.

        Raises:
            StateError: the state database cannot be used.
        """
        return self._lessons.in_force(user, Moment(time, place, device), household=self._snapshot.household)


def _thanks(agreed: bool | None) -> Taught:
    understood = agreed is not None
    return Taught(say=said_back.THANKS if understood else said_back.NOTHING_UNDERSTOOD, understood=understood)
