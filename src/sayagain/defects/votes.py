"""From the turns to patterns of votes and back: the table side of the label model.

Turns are grouped by the pattern of what spoke, one integer; the model is fitted on the counts of the patterns and
its probabilities are joined back. Nothing here visits turns one by one.
"""

from __future__ import annotations

from functools import reduce
from operator import add

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.label_model import ABSENT, SILENT, LabelModel, Votes, fit
from sayagain.defects.signals import ALL_SIGNALS, FAMILIES
from sayagain.defects.thresholds import FOLLOW_UP

__all__ = ["LabelModel", "decode", "judge", "levels_of", "patterns"]

SCORE_CUTS = {"lowest": 0.1, "low": 0.3, "high": 0.6, "highest": 0.85}
"""Shares of the log's own turns. Scores have different scales in different systems (log-probabilities, 0 to 1,
counts), so a score speaks by its rank in the log it stands in, never by its size. Doubt is cut finer below than
certainty is above: assistants mostly work."""
SCORE_FIELDS = ("asr_score", "asr_margin", "confidence")

READ = frozenset({
    "act", "understood", "asr_score", "asr_margin", "confidence", "status", "replied", "sorry", "at_a_loss", "stuck",
    "asks", "barge_in", "helpful", "next_act", "next_understood", "prev_gap", "undone_after", "engaged_for",
    "engaged_share", "overlooks",
})  # fmt: skip
"""Columns of ``likened`` that nothing reads after the signals have."""


def judge(likened: ir.Table) -> tuple[ir.Table, LabelModel]:
    """Return the ``judged`` table and the model that judged it.

    Adds ``p_defect`` and ``pattern``, the integer that ``decode`` turns back into what spoke, for
    ``LabelModel.explain``; drops what only signals read.
    """
    observed = observe(likened)
    observed = observed.drop(*(name for name in observed.columns if name in READ)).cache()
    votes, counts, codes = patterns(observed)
    declared = list(ALL_SIGNALS.values())
    columns = [[getattr(each, of) for each in declared] for of in ("name", "family", "accuracy", "least")]
    model = fit(votes, counts, *columns)
    probabilities = pa.table({"pattern": codes, "p_defect": model.probability(votes)})
    return observed.join(ibis.memtable(probabilities), "pattern"), model


def measured(likened: ir.Table) -> ir.Table:
    """Add what the signals need to know of the log as a whole, asked once and the same on every row.

    Adds ``SCORE_RANK`` for each of ``SCORE_FIELDS`` and ``SCORE_CUTS`` (null without such scores), ``quick`` (lower
    quartile of the gaps inside the window), ``has_intents``, ``has_undone`` and ``has_engaged`` (whether the log tells
    such things at all: where it does, that a turn was not undone says something).
    """
    gap = likened.next_gap.cast("float64")
    whole = likened.aggregate(
        **{score: likened[score].cast("float64").quantile(list(SCORE_CUTS.values())) for score in SCORE_FIELDS},
        quick=gap.quantile(0.25, where=gap <= FOLLOW_UP),
        has_intents=likened.understood.any(),
        has_undone=likened.undone_after.notnull().any(),
        has_engaged=(likened.engaged_for.notnull() | likened.engaged_share.notnull()).any(),
    )
    (found,) = whole.to_pyarrow().to_pylist()
    cuts = {
        f"{score}_{rank}": ibis.literal(cut, "float64")
        for score in SCORE_FIELDS
        for rank, cut in zip(SCORE_CUTS, found[score] or [None] * len(SCORE_CUTS), strict=True)
    }
    return likened.mutate(
        **cuts,
        quick=ibis.literal(found["quick"], "float64"),
        **{name: ibis.literal(bool(found[name])) for name in ("has_intents", "has_undone", "has_engaged")},
    )


def observe(likened: ir.Table) -> ir.Table:
    """Add what the signals say of each turn, as one integer.

    Bit i of ``pattern`` is set where signal i of ``ALL_SIGNALS`` spoke, and bit ``len(ALL_SIGNALS) + j`` where family j
    of ``FAMILIES`` was not absent.
    """
    table = measured(likened)
    applies = {name: condition(table).fill_null(False) for name, condition in FAMILIES.items()}
    spoke = [applies[each.family] & each.holds(table).fill_null(False) for each in ALL_SIGNALS.values()]
    bits = (bit.cast("int64") * (1 << place) for place, bit in enumerate([*spoke, *applies.values()]))
    return table.select(*likened.columns, pattern=reduce(add, bits))


def patterns(observed: ir.Table) -> tuple[Votes, npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the distinct patterns of votes in order of their integers, how many turns show each, and the integers.

    Turns that the layer rewrote are judged, but not learned from: they count only where there are no others.
    """
    counts = {"organic": (~_.rewritten).sum(), "all": _.count()}
    counted = observed.group_by("pattern").aggregate(**counts).order_by("pattern").to_pyarrow()
    codes, organic = counted["pattern"].to_numpy(), counted["organic"].to_numpy()
    return decode(codes), (organic if organic.any() else counted["all"].to_numpy()).astype(np.float64), codes


def levels_of(judged: ir.Table, min_people: int) -> dict[str, set[tuple[int, ...]]]:
    """Return the levels of each family that enough people showed, from the ``judged`` table: in turns learned from."""
    shown = judged.filter(~judged.rewritten).select("pattern", "user").distinct().cache()
    codes = shown.select("pattern").distinct().to_pyarrow()["pattern"].to_numpy()
    votes, levels_in, rows = decode(codes), dict[str, npt.NDArray[np.int8]](), list[pa.Table]()
    for number, family in enumerate(FAMILIES):
        members = [place for place, signal in enumerate(ALL_SIGNALS.values()) if signal.family == family]
        levels_in[family], which = np.unique(votes[:, members], axis=0, return_inverse=True)
        rows.append(pa.table({"pattern": codes, "family": np.full(len(codes), number), "level": which.ravel()}))
    named = shown.join(ibis.memtable(pa.concat_tables(rows)), "pattern").select("family", "level", "user").distinct()
    people = named.group_by("family", "level").aggregate(people=_.count())
    found: dict[str, set[tuple[int, ...]]] = {family: set() for family in FAMILIES}
    for row in people.filter(_.people >= min_people).to_pyarrow().to_pylist():
        family = list(FAMILIES)[row["family"]]
        found[family].add(tuple(levels_in[family][row["level"]].tolist()))
    return found


def decode(codes: npt.NDArray[np.int64]) -> Votes:
    """Return the votes behind the integers of ``observe``, shape (codes, signals)."""
    names = list(FAMILIES)
    votes = np.empty((len(codes), len(ALL_SIGNALS)), dtype=np.int8)
    for place, signal in enumerate(ALL_SIGNALS.values()):
        spoke = codes >> place & 1 == 1
        present = codes >> (len(ALL_SIGNALS) + names.index(signal.family)) & 1 == 1
        votes[:, place] = np.where(spoke, signal.vote, np.where(present, SILENT, ABSENT))
    return votes
