"""Learning to choose from a log, without labels: what was done and how it went, and what people said instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sayagain.choices.chooser import LEAST_MEANT, Chooser
from sayagain.choices.crosses import Crosses
from sayagain.choices.design import DESIGN
from sayagain.choices.history import FADING, History
from sayagain.choices.moments import Example, Moment
from sayagain.choices.ranker import Ranker
from sayagain.choices.sharing import counted_by_enough, shared
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

MOST_TURNS = 12_000
"""Turns that are learned from at the most, of people drawn by a hash."""


CANDIDATES = '"candidates":'
"""What the log has beside a turn of which candidates are known (``Turn.candidates``)."""

EXPLORED = '"explored": true'
"""What the log has beside a turn at which something was tried (``Turn.choice``)."""


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
        if form_of(later.turn.text) == each.target:
            return exact(done), each.p_defect * each.p_rephrase * (1 - later.p_defect)
    return None, 0.0


VALIDATION = 0.25
"""Share of the turns, the last in time, that say from which margin on the chooser acts, and whether it does."""

LEAST_MOMENTS = 500
"""Moments with something to choose below which a log teaches too little."""

LOSS_RATE = 0.001
"""Share of the turns that went well which the chooser may spoil in that period."""

MARGINS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Margins to choose from."""

LOSS_WEIGHT = 8.5
"""Wins that one loss weighs as much as (docs/policies.md)."""

MOST_WEIGHT = 10.0
"""Weight of a turn that was tried with a small probability, at the most."""


def learned_chooser(tables: LogTables) -> Chooser | None:
    """Return what a log teaches about choosing; None where it is too little."""
    turns = tables.turns
    offering = turns.extra.contains(CANDIDATES) | (turns.alternatives.length() > 0)
    if turns.filter(offering.fill_null(False)).count().to_pyarrow().as_py() < LEAST_MOMENTS:
        return None  # known without going through the turns
    found = chosen_in(tables)
    if sum(each.open for each in found) < LEAST_MOMENTS:
        return None
    cut = round(len(found) * (1 - VALIDATION))
    least = tables.settings.min_people
    first, _ = _ranker(found[:cut], least)
    judged = _judged(first, found, cut)
    working = sum(each.p_defect < 0.5 for each in found[cut:])
    margin = next((m for m in MARGINS if sum(each.lost(m) for each in judged) <= LOSS_RATE * working), MARGINS[-1])
    acts = _least_gain(judged, margin) > 0
    ranker, public = _ranker(found, least)
    return Chooser(replace(ranker, everyone=counted_by_enough(ranker.everyone, public, least)), margin, acts)


def _ranker(found: Sequence[Chosen], min_people: int) -> tuple[Ranker, list[Example]]:
    """Return a ranker, and the examples that it counts for everyone: what ``min_people`` people stand behind."""
    examples = [example for each in found for example in each.examples]
    public = shared(examples, min_people)
    design = replace(DESIGN, crosses=Crosses.of(DESIGN.crosses.names, (each.moment for each in public)))
    return Ranker.fit(design, examples, FADING, public), public


@dataclass(frozen=True)
class _Pick:
    """What the chooser would have picked at a turn, and what the turn says of it."""

    person: str
    gain: float
    """Of the pick over the assistant's own."""
    wins: float
    losses: float
    works: bool
    """Whether the assistant's own went well."""

    def lost(self, margin: float) -> bool:
        """Return whether it would have spoilt what went well."""
        return self.works and self.gain >= margin


def _judged(ranker: Ranker, found: Sequence[Chosen], cut: int) -> list[_Pick]:
    """Go through all turns in the order of time; return picks of those from ``cut`` on that are not the first."""
    people: dict[str, History] = {}
    picks: list[_Pick] = []
    chooser = Chooser(ranker)
    for place, each in enumerate(found):
        history = people.setdefault(each.turn.user, History())
        if place >= cut and each.open:
            p = chooser.p_meant(each.moment, history)
            best = int(np.argmax(p))
            if best and p[best] >= LEAST_MEANT:
                picks.append(_pick(each, best, p))
        history.learn(each.examples)
    return picks


def _pick(each: Chosen, best: int, p: npt.NDArray[np.float64]) -> _Pick:
    gain = float(p[best] - p[0])
    weight = each.weight
    if each.taken == 0:
        shown = each.p_meant if each.moment.candidates[best].facets["exact"] == each.meant else 0.0
        works = each.p_defect < 0.5
        return _Pick(each.turn.user, gain, weight * shown, weight * works, works)
    if each.taken != best:
        return _Pick(each.turn.user, gain, 0.0, 0.0, False)
    went = 1 - each.p_defect
    return _Pick(each.turn.user, gain, weight * went * (1 - p[0]), weight * (1 - went) * p[0], False)


def _least_gain(picks: Sequence[_Pick], margin: float) -> float:
    """Return the lower end of what acting from a margin on gains, people drawn again."""
    by_person: dict[str, float] = {}
    for each in picks:
        if each.gain >= margin:
            by_person[each.person] = by_person.get(each.person, 0.0) + each.wins - LOSS_WEIGHT * each.losses
    gains = np.array(list(by_person.values()))
    if not len(gains):
        return 0.0
    drawn = np.random.default_rng(1).integers(len(gains), size=(1000, len(gains)))
    return float(np.percentile(gains[drawn].sum(axis=1), 2.5))
