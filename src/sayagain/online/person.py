"""A person as the layer has them at hand: what was observed of them, and beside it what they only asked for since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sayagain.choices.history import History
from sayagain.defects.scorer import DefectScorer
from sayagain.online.user_tracker import Found, UserTracker
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema import Turn


@dataclass
class _Asked:
    """A person as observed, and what they asked for since."""

    tracker: UserTracker
    requests: set[tuple[datetime, str]] = field(default_factory=set)
    """By time and text: without an identifier of its own, a turn has another one once its outcome is known."""
    found: list[Found] = field(default_factory=list)
    """What these requests showed of the turn before."""

    def hear(self, scorer: DefectScorer, request: Turn) -> UserProfile:
        """Hear a request, once however often it is asked about; return the profile that it is answered from."""
        key = (request.time, request.text)
        if key not in self.requests:
            self.requests.add(key)
            self.found += self.tracker.judge_previous(scorer, request)
        return self.tracker.profile


@dataclass
class Person:
    """One person: a tracker of what was observed, and beside it one that has heard what was asked since.

    A request tells how the turn before it went ("no, not that"), and that is heard at once. Whether it was made at all
    is known when its turn is observed: only then what was heard is kept. Until then it is in memory, apart; when any
    other turn is observed, it is gone.
    """

    tracker: UserTracker = field(default_factory=UserTracker)
    """What was observed: what is written to the state database."""
    _asked: _Asked | None = None

    def asks(self, scorer: DefectScorer, request: Turn) -> UserProfile:
        """Hear a request; return the profile that it is answered from."""
        self._asked = self._asked or _Asked(self.tracker.copy())
        return self._asked.hear(scorer, request)

    @property
    def choices(self) -> History:
        """What the person's choices showed, with what was heard since."""
        return (self.tracker if self._asked is None else self._asked.tracker).choices

    @property
    def began(self) -> datetime | None:
        """When the first of the last requests began of which each may be a retry of the one before."""
        return (self.tracker if self._asked is None else self._asked.tracker).began

    def would_ask(self, scorer: DefectScorer, request: Turn) -> UserProfile:
        """Return the profile that a request would be answered from."""
        before = self._asked or _Asked(self.tracker)
        return _Asked(before.tracker.copy(), set(before.requests)).hear(scorer, request)

    def observe(self, scorer: DefectScorer, turn: Turn) -> list[Found]:
        """Take in what happened; return what the person took back thereby, and what came of draws."""
        asked, self._asked = self._asked, None
        if asked is None or asked.requests != {(turn.time, turn.text)}:
            return self.tracker.observe(scorer, turn)
        self.tracker = asked.tracker
        return [*asked.found, *self.tracker.observe(scorer, turn)]
