"""Lessons: what people say to teach, list and forget, written through before they are answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sayagain.guards.rules import Rules
from sayagain.online.completed import leaves_open
from sayagain.online.taught import harmful
from sayagain.preferences import said_back
from sayagain.preferences.commands import Command, command, meant_by
from sayagain.preferences.domains import domain_of
from sayagain.preferences.in_force import Moment, in_force
from sayagain.preferences.tokens import kept, known_names, plain, tokens
from sayagain.preferences.verbs import IMPERATIVES, object_of
from sayagain.retrieval.catalogue import Catalogue
from sayagain.schema.preference import Lesson, Preference, Taught
from sayagain.schema.turn import Turn
from sayagain.state import Database
from sayagain.state.preferences import Preferences, Statement, holds

_MEANT = re.compile(
    r"^(?: (?:no|not that|wrong|sorry|well|just)(?: ,)?)*(?: (?:"
    r"(?:what )?i (?:meant|mean|was talking about|was asking for|wanted|was trying to say|said)"
    r"(?: (?:is|was|you to|to say|that you should))?"
    r"|(?:that|it) (?:was (?:supposed|meant) to be|should be|means))(?P<value>(?: [^ ]+)+)"
    r"|(?P<named>(?: (?:the|my|our)(?: [^ ]+)+)) is what i (?:meant|mean))$"
)
"""What a person says they meant, of the request before."""


@dataclass(frozen=True)
class Home:
    """What is known where somebody teaches."""

    rules: Rules
    catalogue: Catalogue
    household: bool
    """Whether all people here live together, so that what one says for all holds for all."""


class Lessons:
    """Takes what people teach, and tells what of it is in force. May be used from several threads."""

    def __init__(self, database: Database) -> None:
        self._kept = Preferences(database)
        self._names: tuple[Catalogue | None, frozenset[str]] = (None, frozenset())

    def teach(
        self,
        user: str | None,
        text: str,
        home: Home,
        last: Turn | None = None,
        device: str | None = None,
        topic: str | None = None,
    ) -> Taught:
        """Take in a statement, or a command about what was taught; what is learned is kept when this returns.

        Args:
            user: who speaks; None where nobody knows: nothing is learned of them.
            text: what they say.
            home: where.
            last: their last request, which "I meant …" is about.
            device: where it is said, by default where ``last`` was.
            topic: what a taste is of that names no sort of thing.

        Raises:
            StateError: the state database cannot be used; nothing was learned.
        """
        asked = command(text)
        lesson = None if asked else (_meant_instead(text, last) or self._understood(text, home.catalogue))
        if asked is None and lesson is None:
            return Taught(say=said_back.NOTHING_UNDERSTOOD, understood=False)
        if user is None:
            return Taught(say=said_back.UNKNOWN_SPEAKER, refused="nobody knows who is speaking")
        if asked is not None:
            return self._do(user, asked)
        assert lesson is not None
        whole = lesson if _sets_what_is_left_open(lesson) else self._whole(lesson, text, home.catalogue)
        if whole is None:
            return Taught(say=said_back.CUT, refused="not all of the request was understood")
        lesson = whole
        if (reason := harmful(lesson, home.rules)) is not None:
            return Taught(say=said_back.HARMFUL, refused=reason)
        if lesson.kind in ("like", "dislike") and not lesson.subject:
            lesson = lesson.model_copy(update={"subject": _sort(topic, last)})
        device = device or (last.device if last is not None else None)
        statement = Statement(user, lesson, datetime.now(UTC), device, evidence=text.strip()[:MOST_EVIDENCE])
        return Taught(say=said_back.remembered(lesson), learned=self._kept.teach(statement))

    def in_force(self, user: str, moment: Moment, *, household: bool) -> list[Preference]:
        """Return what a person taught that holds at a moment.

        Raises:
            StateError: the state database cannot be used.
        """
        reaching = self._kept.reaching(user, moment.device, household=household)
        return in_force(filter(holds, reaching), moment)

    def reaching(self, request: Turn, *, household: bool) -> list[Preference]:
        """Return what was taught that reaches the person of a request, whenever it holds.

        Raises:
            StateError: the state database cannot be used.
        """
        return list(filter(holds, self._kept.reaching(request.user, request.device, household=household)))

    def of(self, user: str) -> list[Preference]:
        """Return what a person taught and holds, the oldest first.

        Raises:
            StateError: the state database cannot be used.
        """
        return self._kept.of(user)

    def forget(self, user: str, ids: Sequence[str]) -> int:
        """Forget some of what a person taught, for good; return how many preferences held.

        Raises:
            StateError: the state database cannot be used.
        """
        return self._kept.forget(user, ids)

    def erase(self, user: str) -> int:
        """Erase all that a person taught; return how many preferences there were.

        Raises:
            StateError: the state database cannot be used.
        """
        return self._kept.erase(user)

    def _do(self, user: str, asked: Command) -> Taught:
        mine = self._kept.of(user)
        if asked.does == "list":
            return Taught(say=said_back.listed(mine), known=mine)
        gone = meant_by(asked, mine)
        return Taught(say=said_back.forgotten(gone), forgot=self._kept.forget(user, [each.id for each in gone]))

    def _understood(self, text: str, catalogue: Catalogue) -> Lesson | None:
        from sayagain.preferences.understand import understand  # noqa: PLC0415 - slow to load: most people teach nothing

        return understand(text, self.names(catalogue))

    def _whole(self, lesson: Lesson, text: str, catalogue: Catalogue) -> Lesson | None:
        from sayagain.preferences.whole import kept_whole  # noqa: PLC0415 - as slow

        return kept_whole(lesson, text, self.names(catalogue))

    def names(self, catalogue: Catalogue) -> frozenset[str]:
        """Return the names of a catalogue in the spelling in which statements are compared with them."""
        known, names = self._names
        if known is not catalogue:
            names = known_names(way for entry in catalogue.entries for way in entry.ways)
            self._names = (catalogue, names)
        return names


MOST_EVIDENCE = 512
"""Characters of a statement that are kept as evidence."""


def moment_of(request: Turn) -> Moment:
    """Return the moment of a request; the hour as the device tells it, else in UTC."""
    context, time = request.context, request.time
    clock = re.match(r"(\d{1,2}):(\d{2})", (context.local_time if context else None) or "")
    if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
        time = time.replace(hour=int(clock[1]), minute=int(clock[2]))
    return Moment(time, context.place if context else None, request.device)


def _sort(topic: str | None, last: Turn | None) -> str:
    """Return what a taste is of: what was asked about, or what the request before was about."""
    if topic is not None or last is None:
        return topic or ""
    return leaves_open(last.text) or domain_of(tokens(last.text)) or ""


def _sets_what_is_left_open(lesson: Lesson) -> bool:
    """Return whether a lesson sets what a request leaves open, which is completed: "wake me means wake me at seven"."""
    return lesson.kind == "value" and leaves_open(lesson.subject) is not None


def _meant_instead(text: str, last: Turn | None) -> Lesson | None:
    """Return what "I meant the lamp in the hall" teaches of the request before: its words mean that from now on."""
    found = _MEANT.match(plain(tokens(text)))
    if found is None or last is None:
        return None
    value, said = kept(found["value"] or found["named"]), plain(tokens(last.text))
    words = value.split()
    subject = kept(said) if words and words[0] in IMPERATIVES else object_of(said)
    if not subject or not value or subject == value or words[0] in ("it", "that", "this", "the", "not"):
        return None
    if subject.split()[0] in ("it", "that", "this"):  # "make it nicer" names nothing that could be the hall
        return None
    return Lesson(kind="alias", subject=subject, value=value)
