"""What online rewriting needs, from a log: the requests of everyone, and a ranker that has lived through the log.

The ranker learns from turns as they were at the time: some people's turns are gone through in their order, candidates
are gathered from their memory so far and from what *other* people say, and what became of the turn is the label.
The code that gathers and remembers is the one that runs online.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.scorer import Judge
from sayagain.guards.evidence import oftener
from sayagain.log.people import with_person
from sayagain.log.requests import EMPTY, Requests
from sayagain.online.user_tracker import Attention
from sayagain.retrieval.context import Known
from sayagain.retrieval.features import Scale
from sayagain.retrieval.fit import Example
from sayagain.retrieval.global_index import SCHEMA, SERVED, WAYS_SCHEMA, Everyone
from sayagain.retrieval.index import VECTORS, WORDS, VectorIndex, WordIndex
from sayagain.retrieval.rank import Options, options
from sayagain.retrieval.user_profile import Memory
from sayagain.rewrites.counts import ways as ways_of
from sayagain.schema.turn import Turn
from sayagain.text.acts import nothing_but_an_act
from sayagain.text.encoder import Encoder
from sayagain.text.normalise import form_of

MOST_TURNS = 30_000
"""Turns that are gone through at the most; some thousandths of a second each."""

PARTS = 3
"""Parts of the people: each is gone through beside what the others say."""

KEPT = 0.15
"""Share of the turns that went well that become examples: there are many, and they say all the same."""

NEW = 0.2
"""Share of the examples in which the person is taken as new, so that people without a past are served as well."""

IMAGINED = 0.5
"""Weight of a request as it could have been heard: a lower hypothesis is nearer to what was said than most errors."""

QUANTILES = 20
"""Parts into which the recogniser's scores are cut."""

LEAST_WAY = 0.02
"""Share of a request's turns from which on a way that people go is kept."""

SURE = 0.6
"""Probability from which the turn that says a failed one again says what was meant."""


def tables(organic: ir.Table, requests: Requests, min_people: int) -> tuple[pa.Table, pa.Table]:
    """Return the requests of everyone and the ways that people go on, from the turns that the layer did not touch.

    Args:
        organic: as ``rewrites.chain.organic`` returns it.
        requests: what it numbers.
        min_people: people who must say a request, or go a way, for it to be known to others.
    """
    said = organic.group_by("state").aggregate(
        visits=_.count(), people=_.user.nunique(), success=(1 - _.p_defect).mean(), lost=_.lost.mean()
    )
    rows = said.filter((_.people >= min_people) & (_.state != EMPTY)).order_by("state").to_pyarrow()
    states = rows["state"].to_numpy()
    meanings = [_meaning(requests, int(i)) for i in states]
    known = pa.table(
        [
            [requests.states[i] for i in states], [requests.texts[i] for i in states], meanings, rows["people"],
            rows["visits"], rows["success"], rows["lost"],
        ],
        names=SCHEMA.names,
    ).cast(SCHEMA)  # fmt: skip
    wanted = pc.invert(pa.array([nothing_but_an_act(form) for form in known["form"].to_pylist()], pa.bool_()))
    numbers = requests.meanings()
    meaning = ibis.memtable({"target": np.arange(len(numbers), dtype=np.int32), "meaning": numbers})
    going = ways_of(organic, meaning).to_pyarrow()
    visits = dict(zip(states.tolist(), rows["visits"].to_pylist(), strict=True))
    meant = _meant(organic, numbers)
    everything = float(meant.sum())
    of_number = {int(number): int(i) for i, number in reversed(list(enumerate(numbers)))}
    going = going.filter(pc.greater_equal(going["people"], min_people))
    lines = [
        {
            "form": requests.states[row["source"]],
            "meaning": _meaning(requests, of_number[row["meaning"]]),
            "share": row["weight"] / visits[row["source"]],
            "people": row["people"],
            "days": row["days"],
            "oftener": oftener(row["weight"], visits[row["source"]], meant[row["meaning"]], everything),
        }
        for row in going.to_pylist()
        if row["source"] in visits and row["weight"] >= LEAST_WAY * visits[row["source"]]
    ]
    lines = [line for line in lines if line["meaning"] is not None]
    lines.sort(key=lambda line: (line["form"], -line["share"], line["meaning"]))  # the same log gives the same bundle
    return known.filter(wanted), pa.Table.from_pylist(lines, schema=WAYS_SCHEMA)


def _meant(organic: ir.Table, meanings: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Return how many turns mean each meaning."""
    said = organic.group_by("state").aggregate(visits=_.count()).to_pyarrow()
    visits = said["visits"].to_numpy().astype(np.float64)
    return np.bincount(meanings[said["state"].to_numpy()], visits, meanings.max(initial=0) + 1).astype(np.float64)


def _meaning(requests: Requests, number: int) -> str | None:
    """Return what a request is usually understood as, as ``retrieval.memory.meaning_of`` writes it."""
    intent = requests.intents[number]
    return None if intent is None else f"{intent}|{requests.slots[number] or ''}"


def indices(everyone: Everyone, encoder: Encoder, folder: Path | None = None) -> tuple[WordIndex, VectorIndex]:
    """Index the requests that work, and those that fail from which people go on; in ``folder`` or in memory."""
    served = everyone.success > SERVED
    numbers = [i for i, form in enumerate(everyone.forms) if served[i] or form in everyone.ways]
    forms = [everyone.forms[i] for i in numbers]
    words = WordIndex.build(forms, numbers, folder and folder / WORDS)
    return words, VectorIndex.build(forms, numbers, encoder, folder and folder / VECTORS)


def scale(turns: ir.Table) -> Scale:
    """Return the scale of the recogniser's scores in a log."""
    cuts = turns.asr[0].score.cast("float64").quantile([i / QUANTILES for i in range(1, QUANTILES)])
    found = cuts.to_pyarrow().as_py()
    return Scale(tuple(found or ()))


def part(user: ir.IntegerValue, number: int) -> ir.BooleanValue:
    """Return whether a person, by the hash of their name (``with_person``), is of part ``number``."""
    return (user % (PARTS * 1000)).abs() % PARTS == number


def turns(log: ir.Table, number: int) -> list[tuple[int, Turn]]:
    """Return the turns of a part that are gone through, in the order of time, with the hashes of their ids."""
    share = min(1.0, MOST_TURNS / max(log.count().to_pyarrow().as_py(), 1))
    log = with_person(log)
    some = (log.person % (PARTS * 1000)).abs() // PARTS < round(1000 * share)
    chosen = log.filter(part(log.person, number) & some).drop("person")
    rows = chosen.mutate(key=_.turn.hash()).order_by("time", "turn").to_pyarrow()
    return [(row.pop("key"), Turn.from_row(row)) for row in rows.to_pylist()]


@dataclass(frozen=True)
class Fate:
    """What the log says became of a turn."""

    p_defect: float
    meant: str | None
    """The normal form that says what was meant: the turn's own where it went well; None where nobody knows."""
    meaning: str | None
    """What that form is understood as."""


def fates(linked: ir.Table, requests: Requests) -> dict[int, Fate]:
    """Return what became of each turn, by the hash of its id.

    A request that failed was said again in vain where its target mostly fails too: nobody knows then what was meant.
    """
    columns = ("key", "state", "target", "p_defect", "p_rephrase")
    rows = linked.select(*columns).to_pyarrow()
    states, defects = rows["state"].to_numpy(), rows["p_defect"].to_numpy()
    served = np.bincount(states, 1 - defects) > SERVED * np.bincount(states)
    return {row["key"]: _fate(row, requests, served) for row in rows.to_pylist()}


def _fate(row: Mapping[str, Any], requests: Requests, served: npt.NDArray[np.bool_]) -> Fate:
    good = row["p_defect"] <= 1 - SURE
    again = row["p_defect"] >= SURE and row["p_rephrase"] >= SURE
    state = row["state"] if good else row["target"] if again else None
    if state is None or state >= len(served) or not (good or served[state]):
        return Fate(row["p_defect"], None, None)
    return Fate(row["p_defect"], requests.states[state], _meaning(requests, state))


def rehearse(
    turns: Iterable[tuple[int, Turn]],
    fate: Mapping[int, Fate],
    known: Known,
    judge: Judge,
    scale: Scale,
    done: Callable[[], None] = lambda: None,
) -> list[Example]:
    """Go through turns in the order of time; return examples of those whose fate is known.

    Args:
        turns: (hash of the id, turn) of some people.
        fate: by the hash of the id.
        known: what *other* people say.
        judge: of turns, as it will judge online.
        scale: of the recogniser's scores.
        done: is called at each turn.
    """
    people: dict[str, Attention] = {}
    draw = np.random.default_rng(1)
    found: list[Example] = []
    for key, turn in turns:
        person = people.setdefault(turn.user, Attention())
        person.settle(judge, turn)
        after = fate.get(key)
        if after is not None and form_of(turn.text) and (turn.layer is None or turn.layer.rewrite is None):
            found += _examples(turn, after, person.memory, known, scale, draw)
        person.observe(judge, turn)
        done()
    return found


def _examples(
    turn: Turn, fate: Fate, memory: Memory, known: Known, scale: Scale, draw: np.random.Generator
) -> Iterator[Example]:
    """Yield the turn as an example, and as it could have been heard; of those that went well, a share."""
    fine = fate.p_defect < 1 - SURE
    if fine and draw.random() >= KEPT:
        return
    understood = float(turn.interpretation is not None) if turn.status is not None else None
    memory = memory if draw.random() >= NEW else Memory()
    each = options(turn, memory, known, scale, understood)
    yield Example(each, fate.p_defect, _right(each, fate), 1 / KEPT if fine else 1.0)
    misheard = _misheard(turn, draw) if fine else None
    if misheard is not None:
        each = options(misheard, memory, known, scale)
        yield Example(each, 1.0, _right(each, fate), IMAGINED, imagined=True)


def _misheard(turn: Turn, draw: np.random.Generator) -> Turn | None:
    """Return a turn as if a lower hypothesis had been the first; what stood above it was never thought of."""
    forms = [form_of(one.text) for one in turn.asr]
    others = [place for place, form in enumerate(forms) if form and form != forms[0]]
    if not others:
        return None
    place = others[int(draw.integers(len(others)))]
    below = [one for one, form in zip(turn.asr[place:], forms[place:], strict=True) if form != forms[0]]
    return turn.model_copy(update={"text": below[0].text, "asr": below})


def _right(each: Options, fate: Fate) -> npt.NDArray[np.bool_] | None:
    if fate.meant is None:
        return None
    same = [
        one.form == fate.meant or (one.meaning is not None and one.meaning == fate.meaning) for one in each.candidates
    ]
    return np.array(same, dtype=bool)
