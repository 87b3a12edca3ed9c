"""The span model at work on a log: which turns it reads, what follows them, and what it finds.

Reading costs milliseconds a turn where all else costs microseconds, so a log of millions is read in part: turns whose
next turn could be a rephrase, or which failed, of requests that enough people say for a rewrite to come of it. Where a
turn failed and nearly the same was said next, the pairwise scorer is as sure (docs/performance.md). Of the others, each
request's turns in an order that is random but always the same, the first of every request before the second of any.
Turns that are not read take the mean of those read that went the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.log.requests import Requests
from sayagain.log.tables import FIRST, in_order, known_status, sessions
from sayagain.rephrases.excerpt import EXCERPT_TURNS, EXCERPT_WINDOW, FAILED, Excerpt, Said
from sayagain.rephrases.span_model import Found, SpanReader
from sayagain.rephrases.trust import read_log
from sayagain.text.normalise import EMPTY, normalise

WORTH_READING = 0.5
"""Likeness from which the next turn could say this one again; unrelated requests of a few words reach it by chance."""

NEEDS_NO_READING = 0.8
"""Likeness from which what is said after a failure surely says it again: of 3,600 such turns of two logs, reading
changed the link of 12 (docs/performance.md)."""

MOST_TURNS_READ = 20_000
"""Turns read of any log, where there are so many worth it; about a minute's work for two cores."""

MOST_SHARE = 0.02
"""Share of its turns read of a log so large that this is more."""

SCORE_QUANTILES = 100
"""Recogniser scores are ranked among so many quantiles of the log."""

UNREAD = {"p_span": "float64", "target": "int32", "target_rewritten": "boolean", "target_later": "boolean"}
"""Columns that reading adds: probability that a later turn says this one again, the number of the request that it says,
whether the layer had rewritten it, and whether it is not the next turn. Null where nothing is known."""

SURE_TARGET = 0.5
"""A turn after the next one is the target only where it is as likely as not to say the request again."""


def unread(likened: ir.Table) -> ir.Table:
    """Add the columns of reading with nothing in them."""
    return likened.mutate(**{name: ibis.null(kind) for name, kind in UNREAD.items()})


def read(
    likened: ir.Table,
    turns: ir.Table,
    requests: Requests,
    reader: SpanReader,
    min_people: int,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> ir.Table:
    """Read what is worth it; adds ``UNREAD`` to the table ``likened``.

    Args:
        likened: one row a turn, beside its neighbours.
        turns: the log.
        requests: what ``likened`` numbers.
        reader: the span model.
        min_people: people who must say a request for its turns to be read.
        told: is told how many turns were read, and of how many.
    """
    likened = likened.drop(*UNREAD)
    chosen = _worth_reading(likened, min_people).to_pyarrow()
    if not chosen.num_rows:
        return unread(likened)
    keys, excerpts, rewritten = _excerpts(turns, chosen)
    so_far = [0]

    def done(count: int) -> None:
        so_far[0] += count
        told(so_far[0], len(excerpts))

    found = read_log(reader, excerpts, done)
    known = {form: number for number, form in enumerate(requests.states)}
    rows = [_row(*each, known) for each in zip(keys, excerpts, rewritten, found, strict=True)]
    table = ibis.memtable(pa.Table.from_pylist(rows, schema=_ROW))
    return _spread(likened.left_join(table, "key").drop("key_right"))


_ROW = pa.schema({
    "key": pa.int64(), "p_span": pa.float64(), "target": pa.int32(), "target_rewritten": pa.bool_(),
    "target_later": pa.bool_(), "p_next": pa.float64(),
})  # fmt: skip


def _worth_reading(likened: ir.Table, min_people: int) -> ir.Table:
    near = likened.next_gap <= EXCERPT_WINDOW
    alike = (likened.next_alike >= WORTH_READING) | (likened.next_bond > 0)
    failed = likened.status.isin(FAILED) | likened.sorry | likened.at_a_loss
    sure = (failed & (likened.next_alike >= NEEDS_NO_READING)).fill_null(False)
    unsure = (near & (alike | failed)).fill_null(False) & ~sure
    able = likened.filter(unsure & (likened.state != EMPTY) & ~likened.rewritten)
    people = able.group_by("state").aggregate(people=_.user.nunique()).filter(_.people >= min_people)
    order = ibis.window(group_by="state", order_by="key")
    ranked = able.semi_join(people, "state").mutate(rank=ibis.row_number().over(order))
    most = max(MOST_TURNS_READ, round(MOST_SHARE * likened.count().to_pyarrow().as_py()))
    return ranked.order_by("rank", "key").limit(most).select("key")


def _excerpts(turns: ir.Table, chosen: pa.Table) -> tuple[list[int], list[Excerpt], list[list[bool]]]:
    """Return the key of each chosen turn, its excerpt, and of each turn in it whether the layer rewrote it."""
    slim = sessions(turns.select(
        "turn", "session", "user", "device", "time", "sequence", "text", "response", "barge_in",
        key=_.turn.hash(), status=known_status(turns), score=_.asr[0].score, intent=_.interpretation.intent,
        rewritten=_.layer.rewrite.notnull(),
    )).drop("device")  # fmt: skip
    whole = slim.aggregate(
        intents=_.intent.notnull().any(),
        scores=_.score.cast("float64").quantile([i / SCORE_QUANTILES for i in range(1, SCORE_QUANTILES)]),
    )
    (log,) = whole.to_pyarrow().to_pylist()
    cuts = np.array(log["scores"] or [np.nan], dtype=np.float64)
    first = slim.semi_join(ibis.memtable(chosen), "key")
    first = first.select(
        of="key", line="session", who="user", began="time", place=_.sequence.fill_null(FIRST), name="turn"
    )
    after = slim.join(first, [slim.session == first.line, slim.user == first.who])
    gap = after.time.epoch_seconds() - after.began.epoch_seconds()
    place = after.sequence.fill_null(FIRST)
    beside = (place > after.place) | ((place == after.place) & (after.turn >= after.name))
    later = (after.time > after.began) | ((after.time == after.began) & beside)
    near = after.mutate(after=gap.cast("float64")).filter(later & (gap <= EXCERPT_WINDOW))
    rows = (
        near.order_by(["of", *in_order(near)])
        .select("of", "after", "text", "status", "response", "barge_in", "score", "intent", "rewritten")
        .to_pyarrow()
    )
    keys, excerpts, rewritten = list[int](), list[Excerpt](), list[list[bool]]()
    for key, group in groupby(rows.to_pylist(), lambda row: int(row["of"])):
        lines = list(group)[:EXCERPT_TURNS]
        if len(lines) > 1:
            keys.append(key)
            excerpts.append(tuple(_said(row, cuts, log["intents"]) for row in lines))
            rewritten.append([row["rewritten"] for row in lines])
    return keys, excerpts, rewritten


def _said(row: dict[str, Any], cuts: npt.NDArray[np.float64], intents: bool) -> Said:
    score = row["score"]
    return Said(
        text=str(row["text"]),
        after=float(row["after"]),
        response=row["response"] or None,
        barge_in=row["barge_in"],
        failed=None if row["status"] is None else row["status"] in FAILED,
        score=None if score is None else float(np.searchsorted(cuts, score)) / SCORE_QUANTILES,
        understood=row["intent"] is not None if intents else None,
    )


def _row(key: int, excerpt: Excerpt, rewritten: list[bool], found: Found, known: dict[str, int]) -> dict[str, Any]:
    best = int(np.argmax(found.probability))
    best = best if found.probability[best] >= SURE_TARGET else 0
    start, end = found.spans[best]
    text = excerpt[best + 1].text
    target = known.get(normalise(text[start:end])) or known[normalise(text)]
    return {
        "key": key,
        "p_span": float(found.probability[best]),
        "target": target,
        "target_rewritten": rewritten[best + 1],
        "target_later": best > 0,
        "p_next": float(found.probability[0]),
    }


def _spread(read: ir.Table) -> ir.Table:
    """Give turns that were not read the mean of those that were and went the same way."""
    ways = read.filter(read.p_next.notnull()).group_by("state", "next_state").aggregate(p_way=_.p_next.mean())
    joined = read.left_join(ways, ["state", "next_state"]).drop("state_right", "next_state_right")
    near = (joined.next_gap <= EXCERPT_WINDOW).fill_null(False)
    way = ibis.ifelse(near, joined.p_way, ibis.null("float64"))
    return joined.mutate(p_span=ibis.coalesce(joined.p_span, way)).drop("p_next", "p_way")
