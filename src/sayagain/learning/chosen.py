"""The turns of a log at which something could be chosen: what was done, how it went, what people said instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sayagain.choices.moments import Example, Moment
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
from sayagain.learning.log_tables import LogTables
from sayagain.log.people import with_person
from sayagain.log.tables import in_order
from sayagain.rephrases.pairwise import WINDOW
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of
from sayagain.text.replies import asked

MOST_TURNS = 12_000
"""Turns that are learned from at the most, of people drawn by a hash."""


EXPLORED = '"explored": true'
"""What the log has beside a turn at which something was tried (``Turn.choice``)."""


MOST_WEIGHT = 10.0
"""Weight of a turn that was tried with a small probability, at the most."""


@dataclass(frozen=True)
class Chosen:
    """A turn at which something could be chosen, and what became of it."""

    turn: Turn
    moment: Moment
    taken: int
    """Place of what was done."""
    p_defect: float
    meant: str | None
    """What a later turn that says the same was understood as, to the entity, and worked."""
    p_meant: float
    """Probability that this was meant at this one."""
    share: float = 1.0
    """Share of the log's people whose turns are learned from; a turn at which something was tried always is, and counts
    so much less."""

    @cached_property
    def examples(self) -> list[Example]:
        """Return what it teaches."""
        found = went(self.moment, self.taken, max(self.p_defect, self.p_meant))
        if self.meant is not None:
            found += said_again(self.moment, self.taken, self.meant, self.p_meant)
        return [replace(each, weight=each.weight * self.weight, taught=self.open) for each in found]

    @property
    def open(self) -> bool:
        """Return whether there was anything to choose."""
        return len(self.moment.candidates) > 2

    @property
    def weight(self) -> float:
        """Return what it stands for: a turn at which something was tried also for those at which it was not."""
        choice = self.turn.choice
        if choice is None:
            return 1.0
        weight = 1 / max(choice.propensity, 1 / MOST_WEIGHT)
        return weight * self.share if choice.explored else weight


def chosen_in(tables: LogTables) -> list[Chosen]:
    """Return the turns of a log at which something could be chosen, in the order of time."""
    log = with_person(tables.turns)
    share = min(1.0, MOST_TURNS / max(1, log.count().to_pyarrow().as_py()))
    drawn = (log.person % 1000).abs() < round(1000 * share)
    some = log.filter(drawn | log.extra.contains(EXPLORED).fill_null(False))  # few, and they tell most
    judged = tables.linked.select("key", "p_defect", "p_rephrase", "target")
    rows = some.mutate(key=some.turn.hash()).inner_join(judged, "key").order_by(in_order(some)).to_pyarrow()
    people: dict[str, list[_Judged]] = {}
    states = tables.requests.states
    for row in rows.to_pylist():
        told = {name: row.pop(name) for name in ("key", "person", "p_defect", "p_rephrase", "target")}
        target = states[told["target"]] if told["target"] is not None else None
        one = _Judged(Turn.from_row(row), told["p_defect"], told["p_rephrase"], target)
        people.setdefault(one.turn.user, []).append(one)
    found = [each for turns in people.values() for each in _of_person(turns, share)]
    return sorted(found, key=lambda each: each.turn.time)


@dataclass(frozen=True)
class _Judged:
    turn: Turn
    p_defect: float
    p_rephrase: float
    target: str | None


def _of_person(turns: Sequence[_Judged], share: float) -> Iterator[Chosen]:
    last: Last | None = None
    for place, each in enumerate(turns):
        offered = offered_in(each.turn)
        if offered:
            moment = moment_of(each.turn, offered, last)
            taken = taken_in(each.turn)
            meant, p_meant = _said_again(turns, place, moment, taken)
            yield Chosen(each.turn, moment, taken, each.p_defect, meant, p_meant, share)
        done = done_in(each.turn)
        if done is not None and done.intent is not None and each.p_defect < 0.5:
            last = each.turn.time, done.intent


def _said_again(turns: Sequence[_Judged], place: int, moment: Moment, taken: int) -> tuple[str | None, float]:
    """Return what the turn that says this one again was understood as, where it worked, and how likely that is."""
    each = turns[place]
    for at, later in enumerate(turns[place + 1 : place + 6]):
        done = done_in(later.turn)
        if done is None:
            continue
        if at == 0 and asked_instead(moment, taken, each.turn.time, later.turn):
            return exact(done), ASKED_INSTEAD_WEIGHT * (1 - later.p_defect)
        if (later.turn.time - each.turn.time).total_seconds() > WINDOW:
            break
        if each.target in (form_of(later.turn.text), form_of(asked(later.turn.text))):
            return exact(done), each.p_defect * each.p_rephrase * (1 - later.p_defect)
    return None, 0.0
