"""The names that a log teaches: values that were understood in requests that work, and what else was heard for them.

Nobody labels anything. A name is a value that enough people filled a slot with, in words that they said; another
spelling of it is what stood in its place in a request that failed, where enough people then said the request with the
name, and it looks or sounds like it. From such pairs of requests, with enough people behind each, the confusions of
letters are learned as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.guards.difference import RESEMBLES, difference, words_alike
from sayagain.guards.slots import SERVED_SHARE
from sayagain.log.anonymity import Public
from sayagain.log.requests import Requests
from sayagain.retrieval.catalogue import learned_confusions
from sayagain.retrieval.learned_names import NAMES_SCHEMA
from sayagain.retrieval.names import SAME_LENGTH
from sayagain.schema.meaning import parse_slots, slots_text
from sayagain.text.confusions import Confusions
from sayagain.text.normalise import EMPTY, form_of

LEAST_PAIRS = 100
"""Pairs of requests from which on confusions are learned: fewer say next to nothing beside what is assumed of letters
(``confusions.PRIOR``)."""

SURE_LINK = 0.5
"""P(rephrase) from which a turn counts as said again, as in ``rewrites.counts``."""

Named = tuple[str, str]
"""Kind and name."""


def count_names(
    organic: ir.Table, requests: Requests, public: Public, min_people: int
) -> tuple[pa.Table, Confusions | None]:
    """Return the names of a log with the spellings that they were heard in, and how letters are misheard in it.

    Args:
        organic: the turns that the layer did not touch, as ``rewrites.counts.organic`` returns them.
        requests: what they number.
        public: what may be published of them.
        min_people: people who must stand behind each name, spelling, and pair of requests.

    Returns:
        ``learned_names.NAMES_SCHEMA``, in order; and the channel, None where too few pairs show it.
    """
    ends = organic.group_by("state").aggregate(success=(1 - _.p_defect).mean())
    working = ends.filter((_.success > SERVED_SHARE) & (_.state != EMPTY)).cache()
    works = [int(state) for state in working.order_by("state").to_pyarrow()["state"].to_pylist()]
    linked = organic.filter(_.p_rephrase >= SURE_LINK).semi_join(working.select(target="state"), "target")
    again = linked.anti_join(working, "state").cache()
    went = again.group_by("state", "target").aggregate(people=_.user.nunique()).order_by("state", "target").to_pyarrow()
    pairs = list(zip(went["state"].to_pylist(), went["target"].to_pylist(), strict=True))
    names = {state: list(_names(requests, public, state)) for state in works}
    known = {name for of_state in names.values() for _, name in of_state}
    said = [(state, *named, named[1]) for state in works for named in names[state]]
    heard = [
        (source, target, kind, name, spelling)
        for source, target in pairs
        for kind, name in names[target]
        for spelling in heard_as(requests.states[source], requests.states[target], name)
        if spelling not in known
    ]
    counted = [
        _counted(organic.filter(_.p_defect < 1 - SERVED_SHARE), ("state",), said, min_people),
        _counted(again, ("state", "target"), heard, min_people),
    ]
    shared = [pair for pair, people in zip(pairs, went["people"].to_pylist(), strict=True) if people >= min_people]
    order = [(name, "ascending") for name in ("kind", "name")]
    return pa.concat_tables(counted).sort_by([*order, ("turns", "descending"), ("heard", "ascending")]), _confusions(
        [(requests.states[target], requests.states[source]) for source, target in shared]
    )


def heard_as(source: str, target: str, name: str) -> Iterator[str]:
    """Yield what stands in a request in the place of a name of another that is else the same, where it is like it.

    >>> list(heard_as("turn on the bed lamb please", "turn on the bed lamp please", "bed lamp"))
    ['bed lamb']
    >>> list(heard_as("turn on the oven", "turn on the bed lamp", "bed lamp"))
    []
    """
    heard, meant, words = source.split(), target.split(), name.split()
    for start in range(len(meant) - len(words) + 1):
        before, after = meant[:start], meant[start + len(words) :]
        end = len(heard) - len(after)
        if meant[start : start + len(words)] == words and start < end:
            place = heard[start:end]
            framed = heard[:start] == before and heard[end:] == after
            if framed and place != words and _like(place, words):
                yield " ".join(place)


def _like(place: Sequence[str], name: Sequence[str]) -> bool:
    """Return whether some words may be a name, misheard: of about its length, and like it."""
    short, long = sorted((len("".join(place)), len("".join(name))))
    return short >= SAME_LENGTH * long and words_alike(place, name, RESEMBLES, RESEMBLES)


def _names(requests: Requests, public: Public, state: int) -> Iterator[Named]:
    """Yield the names in a request: values that it says, and that enough people mean; amounts and times are none."""
    for kind, value in parse_slots(requests.slots[state] or ""):
        name = form_of(value)
        said = f" {name} " in f" {requests.states[state]} "
        if name and said and not name[0].isdecimal() and slots_text([(kind, value)]) in public.values:
            yield kind, name


def _counted(turns: ir.Table, by: Sequence[str], rows: Collection[tuple[object, ...]], min_people: int) -> pa.Table:
    """Return how many people, days and turns stand behind each spelling of a name; ``rows`` says where each stands."""
    if not rows:
        return NAMES_SCHEMA.empty_table()
    spelled = ibis.memtable(pa.table([pa.array(column) for column in zip(*rows, strict=True)], [*by, *_OF_NAME]))
    stood = turns.join(spelled, list(by)).group_by(*_OF_NAME)
    counts = stood.aggregate(people=_.user.nunique(), days=_.day.nunique(), turns=_.count())
    return counts.filter(_.people >= min_people).to_pyarrow().select(NAMES_SCHEMA.names).cast(NAMES_SCHEMA)


_OF_NAME = NAMES_SCHEMA.names[:3]


def _confusions(pairs: Sequence[tuple[str, str]]) -> Confusions | None:
    """Learn from pairs of what was said and what was heard of it: of those that differ in what sounds alike."""
    misheard = [(said, heard) for said, heard in pairs if _alike(heard, said)]
    return learned_confusions(misheard) if len(misheard) >= LEAST_PAIRS else None


def _alike(heard: str, said: str) -> bool:
    changes = difference(heard, said).changes
    return bool(changes) and all(each.alike for each in changes)
