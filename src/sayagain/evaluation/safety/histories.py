"""A case as a log of its own: some days of a home, in which the request fails and, perhaps, the target then works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any, Literal

from sayagain.evaluation.safety.case import Case, meant
from sayagain.evaluation.safety.tables import not_understood, refusals, table
from sayagain.schema.turn import Interpretation, Turn

Kept = Literal["status", "response", "both", "slots"]
"""What the log keeps of a turn: slots stands for status, response and interpretation."""
Evidence = Literal["failure", "correction", "corrections"]
"""What speaks for the pair: one failure after which nobody said anything, one correction, five on five days."""

KEPT_IN_LOG: tuple[Kept, ...] = ("status", "response", "both", "slots")
ALL_EVIDENCE: tuple[Evidence, ...] = ("failure", "correction", "corrections")

HISTORY_START = datetime(2026, 5, 1, 7, tzinfo=UTC)
DAYS_BEFORE_FAILURE = 6
"""Days on which the target works before anything fails."""
CORRECTIONS = 5
"""Days with a correction, where there are several."""
NEXT_AFTER = timedelta(seconds=9)
"""From a failure to what is said next."""
DEVICE = "kitchen"


@dataclass(frozen=True)
class History:
    """The turns of a log, in the order of time, and when the request is made again."""

    case: Case
    kept: Kept
    evidence: Evidence
    people: tuple[str, ...]
    turns: list[Turn]
    then: datetime

    def ask(self, user: str) -> Turn:
        """Return the request, made again by somebody, with nothing known of what becomes of it."""
        return Turn(user=user, device=DEVICE, time=self.then, text=self.case.request)


def history(case: Case, kept: Kept, evidence: Evidence, people: tuple[str, ...] = ("ann",)) -> History:
    """Return the log of a case.

    Each person says the target, and something else, on each of some days. Then the request fails: once each; once
    each, the target 9 seconds later; or so on five days, by two people a day where there are more than one.
    """
    writer = _Writer(case, kept)
    for _ in range(DAYS_BEFORE_FAILURE):
        for person in people:
            writer.something_else(person)
            writer.works(person)
        writer.sleep()
    a_day = min(len(people), 2) if evidence == "corrections" else 1
    for number, person in enumerate(_failing(people, evidence), 1):
        writer.fails(person)
        if evidence != "failure":
            writer.works(person, NEXT_AFTER)
        writer.something_else(person)
        if number % a_day == 0:
            writer.sleep()
    return History(case, kept, evidence, people, writer.turns, writer.now)


def _failing(people: tuple[str, ...], evidence: Evidence) -> Iterator[str]:
    """Yield who fails, in turn."""
    if evidence == "corrections":
        return islice(cycle(people), CORRECTIONS * min(len(people), 2))
    return iter(people)


class _Writer:
    """Writes turns, as the assistant of this home would have logged them."""

    def __init__(self, case: Case, kept: Kept) -> None:
        self.turns: list[Turn] = []
        self.now = HISTORY_START
        self._case, self._kept = case, kept
        self._table = table(case.language)
        self._background = cycle(self._table.background)
        self._worked = cycle(self._table.worked)

    def sleep(self) -> None:
        """Go on to the next morning."""
        self.now = (self.now + timedelta(days=1)).replace(hour=7, minute=0, second=0)

    def something_else(self, person: str) -> None:
        """Say something that has nothing to do with the case."""
        text = next(self._background)
        self._turn(person, text, True, next(self._worked), meant(f"Other{self._table.background.index(text)}"))

    def works(self, person: str, gap: timedelta = timedelta(minutes=50)) -> None:
        """Say the target, which works."""
        self._turn(person, self._case.target, True, next(self._worked), self._case.target_meaning, gap)

    def fails(self, person: str) -> None:
        """Say the request, which fails: not done though understood or, without a meaning, not understood."""
        case = self._case
        if case.meaning is None:
            self._turn(person, case.request, False, not_understood(case.language), None)
            return
        reasons = refusals(case.language)
        reason = reasons[sum(case.request.encode()) % len(reasons)]
        understood = None if reason == not_understood(case.language) else case.meaning
        self._turn(person, case.request, False, reason, understood)

    def _turn(
        self,
        person: str,
        text: str,
        worked: bool,
        response: str,
        meaning: Interpretation | None,
        gap: timedelta = timedelta(minutes=50),
    ) -> None:
        self.now += gap
        more: dict[str, Any] = {}
        if self._kept != "response":
            more["status"] = "ok" if worked else "error"
        if self._kept != "status":
            more["response"] = response
        if self._kept == "slots":
            more["interpretation"] = meaning
        self.turns.append(Turn(user=person, device=DEVICE, time=self.now, text=text, **more))
