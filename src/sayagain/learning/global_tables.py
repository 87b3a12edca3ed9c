"""The tables and indices of what everyone says, as the bundle holds them for rewriting online."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from pathlib import Path

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir

from sayagain.bundle.layout import VECTORS_FILE, WORDS_FOLDER
from sayagain.guards.evidence import oftener
from sayagain.guards.slots import SERVED_SHARE
from sayagain.log.anonymity import Public
from sayagain.log.people import with_person
from sayagain.log.requests import Requests
from sayagain.retrieval.global_index import REQUESTS_SCHEMA, WAYS_SCHEMA, GlobalIndex
from sayagain.retrieval.index import VectorIndex, WordIndex
from sayagain.retrieval.views import Scale
from sayagain.schema.meaning import joined
from sayagain.text.encoder import Encoder
from sayagain.text.normalise import EMPTY
from sayagain.text.phrasebook import nothing_but_an_act

QUANTILES = 20
"""Parts into which the recogniser's scores are cut."""


SCORE_DIGITS = 3
"""Significant digits of a published cut: enough for a rank, too few to know a person's turn by."""


LEAST_WAY = 0.02
"""Share of a request's turns from which on a way that people go is kept."""


def tables(
    organic: ir.Table, ways: pa.Table, requests: Requests, public: Public, min_people: int
) -> tuple[pa.Table, pa.Table]:
    """Return the requests of everyone and the ways that people go on, from the turns that the layer did not touch.

    Args:
        organic: as ``rewrites.counts.organic`` returns it.
        ways: as ``rewrites.counts.ways`` returns them of these turns.
        requests: what both number.
        public: what may be published of them.
        min_people: people who must say a request, or go a way, for it to be known to others.
    """
    said = organic.group_by("state").aggregate(
        visits=_.count(), people=_.user.nunique(), success=(1 - _.p_defect).mean(), lost=_.lost.mean()
    )
    rows = said.filter((_.people >= min_people) & (_.state != EMPTY)).order_by("state").to_pyarrow()
    states = rows["state"].to_numpy()
    forms = [requests.states[i] for i in states]
    known = pa.table(
        [
            forms, [public.shown[form] for form in forms], [public.meanings.get(form) for form in forms],
            rows["people"], rows["visits"], rows["success"], rows["lost"],
        ],
        names=REQUESTS_SCHEMA.names,
    ).cast(REQUESTS_SCHEMA)  # fmt: skip
    wanted = pc.invert(pa.array([nothing_but_an_act(form) for form in known["form"].to_pylist()], pa.bool_()))
    visits = dict(zip(states.tolist(), rows["visits"].to_pylist(), strict=True))
    meant = _meant(organic, requests.meanings)
    everything = float(meant.sum())
    of_number = {int(number): int(i) for i, number in reversed(list(enumerate(requests.meanings)))}
    going = ways.filter(pc.greater_equal(ways["people"], min_people))
    lines = [
        {
            "form": requests.states[row["source"]],
            "meaning": meaning_of(requests, of_number[row["meaning"]]),
            "share": row["weight"] / visits[row["source"]],
            "people": row["people"],
            "days": row["days"],
            "oftener": oftener(row["weight"], visits[row["source"]], meant[row["meaning"]], everything),
        }
        for row in going.to_pylist()
        if row["source"] in visits and row["weight"] >= LEAST_WAY * visits[row["source"]]
    ]
    lines = [line for line in lines if line["meaning"] in public.meant]
    lines.sort(key=lambda line: (line["form"], -line["share"], line["meaning"]))  # the same log gives the same bundle
    return known.filter(wanted), pa.Table.from_pylist(lines, schema=WAYS_SCHEMA)


def _meant(organic: ir.Table, meanings: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Return how many turns mean each meaning."""
    said = organic.group_by("state").aggregate(visits=_.count()).to_pyarrow()
    visits = said["visits"].to_numpy().astype(np.float64)
    return np.bincount(meanings[said["state"].to_numpy()], visits, meanings.max(initial=0) + 1).astype(np.float64)


def meaning_of(requests: Requests, number: int) -> str | None:
    """Return the text of what a request is usually understood as."""
    return joined(requests.intents[number], requests.slots[number])


def indices(global_index: GlobalIndex, encoder: Encoder, folder: Path | None = None) -> tuple[WordIndex, VectorIndex]:
    """Index the requests that work, and those that fail from which people go on; in ``folder`` or in memory."""
    served = global_index.success > SERVED_SHARE
    numbers = [i for i, form in enumerate(global_index.forms) if served[i] or form in global_index.ways]
    forms = [global_index.forms[i] for i in numbers]
    words = WordIndex.build(forms, numbers, folder and folder / WORDS_FOLDER)
    return words, VectorIndex.build(forms, numbers, encoder, folder and folder / VECTORS_FILE)


def scale_of(turns: ir.Table, min_people: int) -> Scale:
    """Return the scale of the recogniser's scores in a log.

    Each cut stands for the scores of ``min_people`` people at the least, and is no single score to its last digit.
    """
    scored = turns.select("user", score=_.asr[0].score.cast("float64")).filter(_.score.notnull())
    found = scored.score.quantile([i / QUANTILES for i in range(1, QUANTILES)]).to_pyarrow().as_py()
    if not found or min_people == 1:
        return Scale(tuple(found or ()))
    return Scale(tuple(_shared(with_person(scored), found, min_people)))


def _shared(scored: ir.Table, cuts: Sequence[float], min_people: int) -> Iterator[float]:
    """Yield the cuts between which enough people have scores; one below which too few have falls to the one before."""
    above = reduce(add, ((scored.score > cut).cast("int32") for cut in cuts), ibis.literal(0))
    binned = scored.select("person", bin=above).distinct().cache()
    kept = -1
    for at in range(len(cuts)):
        within = (binned.bin > kept) & (binned.bin <= at)
        if binned.person.nunique(where=within).to_pyarrow().as_py() >= min_people:
            kept = at
        if kept >= 0:
            yield float(f"{cuts[kept]:.{SCORE_DIGITS}g}")
