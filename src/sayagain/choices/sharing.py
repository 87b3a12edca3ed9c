"""What of examples may be counted for everyone: what enough people stand behind, each part of it and each count."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from sayagain.choices.counts import Counts, Facet, Tally
from sayagain.choices.crosses import Cell, Crosses
from sayagain.choices.moments import Candidate, Example, Moment, Value
from sayagain.schema.person import person_of


def shared(examples: Sequence[Example], least: int) -> list[Example]:
    """Return examples without what fewer than ``least`` people met with, in what is known of a moment and in facets."""
    if least <= 1:
        return list(examples)
    behind = _Behind(least)
    for each in examples:
        known_of = (_plain(name, value) for name, value in each.moment.context.items())
        behind.add(each.fold, (*known_of, *_facets(each.moment.candidates)))
    known: dict[int, Moment] = {}
    for each in examples:  # several examples are of one moment
        if id(each.moment) not in known:
            known[id(each.moment)] = _without(each.moment, behind)
    return [replace(each, moment=known[id(each.moment)]) for each in examples]


def counted_by_enough(counts: Counts, examples: Sequence[Example], least: int) -> Counts:
    """Return counts of examples without those that fewer than ``least`` people contributed to."""
    if least <= 1:
        return counts
    behind = _Behind(least)
    for each in examples:
        facets = [*_facets(each.judged)]
        for cell in _cells(counts.crosses, each.moment):
            behind.add(each.fold, [cell, *((cell, facet) for facet in facets)])
    kept = Counts(counts.crosses)
    for cell, tally in counts.tallies.items():
        if behind.enough(cell):
            kept.tallies[cell] = Tally(
                {facet: seen for facet, seen in tally.meant.items() if behind.enough((cell, facet))},
                {facet: seen for facet, seen in tally.offered.items() if behind.enough((cell, facet))},
                tally.open,
            )
    return kept


class _Behind:
    """Who stands behind what, as far as it matters: no more people are kept than are asked for."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._people: dict[Hashable, set[str]] = {}
        self._names: dict[str, str] = {}

    def add(self, user: str, things: Iterable[Hashable]) -> None:
        if user not in self._names:
            self._names[user] = person_of(user)
        person = self._names[user]
        for thing in things:
            people = self._people.setdefault(thing, set())
            if len(people) < self._least:
                people.add(person)

    def enough(self, thing: Hashable) -> bool:
        return len(self._people.get(thing, ())) >= self._least


def _without(moment: Moment, behind: _Behind) -> Moment:
    context = {name: value for name, value in moment.context.items() if behind.enough(_plain(name, value))}
    candidates = [
        replace(each, facets={name: value for name, value in each.facets.items() if behind.enough((name, value))})
        for each in moment.candidates
    ]
    return Moment(context, candidates, moment.people)


def _plain(name: str, value: Value) -> tuple[str, str]:
    """Return a value of a context; of numbers, which are counted by their part, that there is one."""
    return name, value if isinstance(value, str) else "a number"


def _facets(candidates: Sequence[Candidate]) -> Iterable[Facet]:
    return (facet for each in candidates for facet in each.facets.items())


def _cells(crosses: Crosses, moment: Moment) -> Iterable[Cell]:
    cells = (*crosses.cells(moment.context), *crosses.unlisted(moment.context))
    return (cell for cell in cells if cell is not None)
