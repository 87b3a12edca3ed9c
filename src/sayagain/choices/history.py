"""A person's history of choices: what was meant at their last moments, newer ones counting more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sayagain.choices.crosses import Crosses
from sayagain.choices.kept import Kept
from sayagain.choices.moments import Candidate, Example, Moment
from sayagain.choices.own_counts import OwnCounts
from sayagain.choices.turns import (
    ASKED_INSTEAD_WEIGHT,
    Last,
    asked_instead,
    done_in,
    exact,
    moment_of,
    offered_in,
    said_again,
    taken_in,
    went,
)
from sayagain.schema.turn import Interpretation, Turn
from sayagain.text.normalise import form_of

MOST_MEANT = 50
"""Requests of which it is kept what they turned out to mean."""

MOST_REFUSED = 8
"""Of each of as many, what was chosen for it in vain."""


@dataclass(frozen=True)
class _Before:
    """The last moment, and what was learned of it."""

    moment: Moment
    taken: int
    time: datetime
    p_defect: float
    learned: frozenset[int]
    """Numbers of the moments that were kept of it."""


@dataclass
class History:
    """What one person's moments showed."""

    kept: Kept = field(default_factory=Kept)
    last: Last | None = None
    """What was done last, and when."""
    seen: int = 0
    """Turns at which something could have been chosen."""
    explored: int = 0
    """Turns at which something was tried."""
    meant: Mapping[str, Interpretation] = field(default_factory=dict)
    """Request, in its normal form, that failed → what it turned out to mean, by what was said next and worked."""
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Request, in its normal form → what was chosen for it in vain, in its ``exact`` form: it is not chosen again."""
    before: _Before | None = field(default=None, repr=False, compare=False)
    """The last moment: the next request may ask for something else that was offered."""
    told: datetime | None = field(default=None, repr=False, compare=False)
    """When that moment was of which the request after it told what had been meant."""

    def counts(self, crosses: Crosses, moment: Moment) -> OwnCounts:
        """Return the person's own counts of the candidates of a moment."""
        return OwnCounts(crosses, self.kept, moment)

    def went(self, turn: Turn, p_defect: float) -> None:
        """Take in how a turn went."""
        done = done_in(turn)
        before, self.before = self.before, None
        if before is not None and done is not None and asked_instead(before.moment, before.taken, before.time, turn):
            self._was_another(before, exact(done), ASKED_INSTEAD_WEIGHT * (1 - p_defect))
        if offered := offered_in(turn):
            moment, taken = moment_of(turn, offered, self.last), taken_in(turn)
            known = self.kept.seen
            self.learn(went(moment, taken, p_defect))
            self.before = _Before(moment, taken, turn.time, p_defect, frozenset(range(known, self.kept.seen)))
            if taken and p_defect >= 0.5:
                self._refuse(form_of(turn.text), exact(offered[taken]))
            self.seen += 1
            self.explored += turn.choice is not None and turn.choice.explored
        if p_defect < 0.5 and done is not None and done.intent is not None:
            self.last = turn.time, done.intent

    def _was_another(self, before: _Before, meant: str, weight: float) -> None:
        """Take in that something else that was offered was most likely meant; forget what was learned before of it."""
        self.told = before.time
        self._refuse(str(before.moment.context["request"]), meant, lifted=True)
        self.kept = self.kept.without(before.learned)
        self.learn(went(before.moment, before.taken, max(before.p_defect, weight)))
        self.learn(said_again(before.moment, before.taken, meant, weight))

    def said_again(self, failed: Turn, turn: Turn, weight: float) -> None:
        """Take in that a turn went well that says, with a probability, what one said that had failed."""
        offered, done = offered_in(failed), done_in(turn)
        if done is None or failed.time == self.told:
            return
        form = form_of(failed.text)
        self._refuse(form, exact(done), lifted=True)
        others = {request: each for request, each in self.meant.items() if request != form}
        self.meant = dict([*others.items(), (form, done)][-MOST_MEANT:])
        moment = moment_of(failed, self.offers(form, offered))
        self.learn(said_again(moment, taken_in(failed), exact(done), weight))

    def _refuse(self, form: str, what: str, *, lifted: bool = False) -> None:
        """Take in that something was chosen in vain for a request; or that it was meant after all."""
        before = [each for each in self.refused.get(form, ()) if each != what]
        others = {request: each for request, each in self.refused.items() if request != form}
        kept = before if lifted else [*before, what][-MOST_REFUSED:]
        self.refused = dict([*others.items(), *([(form, kept)] if kept else [])][-MOST_MEANT:])

    def offers(self, form: str, candidates: Sequence[Interpretation]) -> Sequence[Interpretation]:
        """Return the candidates of a request with what it turned out to mean before, where that is none of them."""
        known = self.meant.get(form)
        if known is None or exact(known) in map(exact, candidates):
            return candidates
        return [*(candidates or [Interpretation()]), known]

    def learn(self, examples: Sequence[Example]) -> None:
        """Take in what a moment showed."""
        self.kept = self.kept.with_newer(examples)

    def copy(self) -> Self:
        """Return a history that may change while this one stays as it is."""
        return replace(self)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        last = None if self.last is None else [self.last[0].isoformat(), self.last[1]]
        meant = {form: each.model_dump(mode="json", exclude_defaults=True) for form, each in self.meant.items()}
        return {
            "kept": self.kept.to_json(),
            "last": last,
            "seen": self.seen,
            "explored": self.explored,
            "meant": meant,
            "refused": {form: list(each) for form, each in self.refused.items()},
        }

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` gave; an earlier release kept nothing."""
        last = plain.get("last")
        before = [_example(each) for each in plain.get("examples", ())]
        return cls(
            Kept.of_json(plain["kept"]) if "kept" in plain else Kept().with_newer(before),
            None if last is None else (datetime.fromisoformat(last[0]), last[1]),
            plain.get("seen", 0),
            plain.get("explored", 0),
            {form: Interpretation.model_validate(each) for form, each in plain.get("meant", {}).items()},
            {form: list(each) for form, each in plain.get("refused", {}).items()},
        )


def _example(plain: Mapping[str, Any]) -> Example:
    """Return an example as releases of before kept it."""
    moment = Moment(plain["context"], [Candidate(each) for each in plain["candidates"]])
    return Example(moment, plain["possible"], "", plain["weight"])
