"""One person's memory, kept up to date turn by turn: judge each turn when the next one is there, and remember.

Both compositions use it: ``layer`` as things happen, ``rehearse`` as they happened in a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sayagain.defects.online import Judge
from sayagain.defects.signals import FOLLOW_UP
from sayagain.guards.responses import admits_not_understood
from sayagain.retrieval.memory import Memory, Phrase, around, meaning_of
from sayagain.schema.turn import Turn
from sayagain.text.acts import act, nothing_but_an_act
from sayagain.text.normalise import form_of
from sayagain.text.similarity import likeness

WINDOW = 120.0
"""Seconds after a failed request in which something else that goes well may have said it again."""

PLAUSIBLE = 0.5
"""Likeness from which a later request surely enough says the failed one again."""

UNLIKELY, AT_A_LOSS = 0.2, 0.5
"""Weight of a later request that is not like the failed one; more where the assistant had understood nothing at all."""

CORRECTED = 0.6
"""Likeness to what was first heard from which the next request corrects a rewrite."""


@dataclass
class Attention:
    """What is kept of one person: memory, the turn that is not judged yet, and failures not yet made good."""

    memory: Memory = field(default_factory=Memory)
    last: Turn | None = None
    failed: list[Turn] = field(default_factory=list)

    def settle(self, judge: Judge, after: Turn | None) -> None:
        """Judge the last turn in the light of the next request, ``after``, and remember how it went."""
        if self.last is not None:
            turn, self.last = self.last, None
            self._remember(turn, judge.p_defect(turn, after), after)
        if after is not None:
            self._forget_failures(after.time)

    def observe(self, judge: Judge, turn: Turn) -> None:
        """Take in what happened. The same turn again brings feedback: it is judged at once, and by that."""
        if self.last is not None and self.last.turn != turn.turn:
            self.settle(judge, turn)
        self.last = turn
        if turn.feedback is not None and turn.feedback.helpful is not None:
            self.settle(judge, None)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them shared with this."""
        waiting = {"last": self.last and _plain(self.last), "failed": [_plain(turn) for turn in self.failed]}
        return {"memory": self.memory.to_json(), **waiting}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` gave."""
        failed = [Turn.model_validate(turn) for turn in plain["failed"]]
        memory = Memory.of_json(plain["memory"])
        memory.recent = [form_of(turn.text) for turn in failed]
        return cls(memory, plain["last"] and Turn.model_validate(plain["last"]), failed)

    def _remember(self, turn: Turn, p_defect: float, after: Turn | None) -> None:
        form = form_of(turn.text)
        if not form or nothing_but_an_act(form):
            return
        self._forget_failures(turn.time)
        meaning = meaning_of(turn.interpretation)
        if p_defect < 0.5 and meaning is not None:
            own = None if turn.layer is not None and turn.layer.rewrite is not None else form
            self.memory.wanted(meaning, p_defect, turn.time, around(turn), own)
        if turn.layer is not None and turn.layer.rewrite is not None:
            self._rewritten(turn, form, form_of(turn.layer.rewrite), p_defect, after)
        else:
            self.memory.went(form, Phrase(turn.text, meaning, lost=self._lost(turn)), p_defect)
        if p_defect >= 0.5:
            self.failed.append(turn)
            self.memory.recent.append(form)
            return
        said = form if turn.layer is None or turn.layer.rewrite is None else form_of(turn.layer.rewrite)
        for each in self.failed:
            before = form_of(each.text)
            if before and before != said:
                weight = (1 - p_defect) * _again(each, before, said)
                self.memory.said_again(before, said, weight, turn.time.date())
        self.failed, self.memory.recent = [], []

    def _lost(self, turn: Turn) -> int:
        """Return 1 where the assistant understood nothing: it says so, or found no meaning where it finds meanings."""
        meant_nothing = turn.interpretation is None and bool(self.memory.habits) and turn.status is not None
        return int(meant_nothing or admits_not_understood(turn.response))

    def _forget_failures(self, now: datetime) -> None:
        """Forget the failures that are too old to be said again."""
        self.failed = [each for each in self.failed if (now - each.time).total_seconds() <= WINDOW]
        self.memory.recent = [form_of(each.text) for each in self.failed]

    def _rewritten(self, turn: Turn, form: str, target: str, p_defect: float, after: Turn | None) -> None:
        """Remember how a rewrite went: one that the person corrects stops at once, for this person."""
        if p_defect >= 0.5 and _corrected(turn, form, after):
            self.memory.block(form, target)
        elif p_defect < 0.5 and target in self.memory.phrases:
            self.memory.said_again(form, target, 1 - p_defect, turn.time.date())


def _plain(turn: Turn) -> dict[str, Any]:
    return turn.model_dump(mode="json", exclude_defaults=True)


def _again(failed: Turn, before: str, said: str) -> float:
    if likeness(before, said) >= PLAUSIBLE:
        return 1.0
    return AT_A_LOSS if failed.interpretation is None else UNLIKELY


def _corrected(turn: Turn, form: str, after: Turn | None) -> bool:
    """Return whether a rewrite was taken back: by a word, by saying it again, by hand, or as never understood.

    That a device did not answer says nothing against the rewrite.
    """
    if turn.feedback is not None and turn.feedback.helpful is False:
        return True
    if turn.interpretation is None and turn.status is not None:
        return True
    if "undone_after" in (turn.model_extra or {}):
        return True
    if after is None or (after.time - turn.time).total_seconds() > FOLLOW_UP:
        return False
    then = form_of(after.text)
    return act(then) == "denial" or likeness(form, then) >= CORRECTED
