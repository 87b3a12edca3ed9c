"""A person's history of choices: what was meant at their last moments, newer ones counting more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sayagain.choices.counts import Counts
from sayagain.choices.crosses import Crosses
from sayagain.choices.moments import Candidate, Example, Moment
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

MOST_KEPT = 150
"""Examples that are kept of a person."""

MOST_JUDGED = 6
"""Candidates of a moment that are counted for a person, beside what was meant: those that come first."""

MOST_MEANT = 50
"""Requests of which it is kept what they turned out to mean."""

MOST_REFUSED = 8
"""Of each of as many, what was chosen for it in vain."""

FADING = 0.85
"""What is left of what was counted at each new observation of the same: after ten a fifth, so that a changed habit is
followed within a few times."""

COUNTED = ("kind", "meaning", "exact", "relation")
"""Facets that a person's history is kept by, where there are such."""


@dataclass
class _Counted:
    """The counts of the first of some examples; shared by a history and its copies, of which mostly one lives on."""

    counts: Counts
    examples: int = 0
    last: Example | None = None

    def begins(self, examples: Sequence[Example]) -> bool:
        """Return whether what is counted are the first of these."""
        return self.examples <= len(examples) and (not self.examples or examples[self.examples - 1] is self.last)

    def go_on(self, examples: Sequence[Example]) -> Counts:
        """Count those that are not counted yet."""
        for each in examples[self.examples :]:
            self.counts.add(each, FADING)
        self.examples, self.last = len(examples), examples[-1] if examples else None
        return self.counts


@dataclass(frozen=True)
class _Before:
    """The last moment, and what was learned of it."""

    moment: Moment
    taken: int
    time: datetime
    p_defect: float
    learned: Sequence[Example]


@dataclass
class History:
    """What one person's moments showed."""

    examples: tuple[Example, ...] = ()
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
    _counted: _Counted | None = field(default=None, repr=False, compare=False)

    def counts(self, crosses: Crosses) -> Counts:
        """Return the person's own counts."""
        counted = self._counted
        if counted is None or counted.counts.crosses is not crosses or not counted.begins(self.examples):
            counted = self._counted = _Counted(Counts(crosses))
        return counted.go_on(self.examples)

    def went(self, turn: Turn, p_defect: float) -> None:
        """Take in how a turn went."""
        done = done_in(turn)
        before, self.before = self.before, None
        if before is not None and done is not None and asked_instead(before.moment, before.taken, before.time, turn):
            self._was_another(before, exact(done), ASKED_INSTEAD_WEIGHT * (1 - p_defect))
        if offered := offered_in(turn):
            moment, taken = moment_of(turn, offered, self.last), taken_in(turn)
            known = len(self.examples)
            self.learn(went(moment, taken, p_defect))
            self.before = _Before(moment, taken, turn.time, p_defect, self.examples[known:])
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
        self.examples = tuple(each for each in self.examples if not any(each is one for one in before.learned))
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
        kept = (*self.examples, *map(_slim, examples))
        self.examples = kept if len(kept) <= 2 * MOST_KEPT else kept[-MOST_KEPT:]

    def copy(self) -> Self:
        """Return a history that may change while this one stays as it is."""
        return replace(self)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        last = None if self.last is None else [self.last[0].isoformat(), self.last[1]]
        kept = [_plain(each) for each in self.examples[-MOST_KEPT:]]
        meant = {form: each.model_dump(mode="json", exclude_defaults=True) for form, each in self.meant.items()}
        return {
            "examples": kept,
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
        return cls(
            tuple(_example(each) for each in plain.get("examples", ())),
            None if last is None else (datetime.fromisoformat(last[0]), last[1]),
            plain.get("seen", 0),
            plain.get("explored", 0),
            {form: Interpretation.model_validate(each) for form, each in plain.get("meant", {}).items()},
            {form: list(each) for form, each in plain.get("refused", {}).items()},
        )


def _slim(example: Example) -> Example:
    """Return an example with those of its candidates only of which it says something, the first of them."""
    meant = example.meant
    kept = [each for each in example.judged[:MOST_JUDGED] if each is not meant]
    judged = [
        Candidate({name: each.facets[name] for name in COUNTED if name in each.facets})
        for each in ([meant, *kept] if meant is not None else kept)
    ]
    return Example(Moment(example.moment.context, judged), [0] if meant is not None else [], "", example.weight)


def _plain(example: Example) -> dict[str, Any]:
    return {
        "context": dict(example.moment.context),
        "candidates": [dict(each.facets) for each in example.moment.candidates],
        "possible": list(example.possible),
        "weight": round(example.weight, 3),
    }


def _example(plain: Mapping[str, Any]) -> Example:
    moment = Moment(plain["context"], [Candidate(each) for each in plain["candidates"]])
    return Example(moment, plain["possible"], "", plain["weight"])
