"""From the log to the flat tables that learning reads: turns → exchanges → neighbours.

``exchanges`` has one slim row a turn: requests as numbers (``log/requests.py``), people as hashes, of the response only
what it admits. ``neighbours`` puts each turn beside the next and the previous one of its session. All are Ibis
expressions with nothing specific to one engine in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
from ibis import _
from ibis.expr import types as ir

from sayagain.log.people import with_person
from sayagain.schema.status import STATUSES
from sayagain.text.phrasebook import ASKS, Phrasebook, opening, phrasebook

SESSION_GAP = 300.0
"""Seconds of silence of one person on one device that end a session where the log names none."""


DAY_SECONDS = 86_400
"""Seconds."""


FIRST = -1
"""Stands for the sequence of a turn that has none: of one moment it comes first."""


def in_order(turns: ir.Table) -> list[ir.Value]:
    """Return the columns that turns are put in order by: time; within a moment, as they came; else the identifier."""
    return [turns.time, turns.sequence.fill_null(FIRST), turns.turn]


MOST_WORDS = 4
"""Words that a response opens with, at most, by which it may be known; in scripts without spaces, letters."""


def exchanges(
    turns: ir.Table,
    admits: Callable[[str], bool] = lambda response: False,
    book: Phrasebook | None = None,
    opens: bool = False,
) -> ir.Table:
    """Return one flat row for each turn.

    ``admits`` tells of a response whether it says that nothing was understood; ``book`` is the phrasebook that the log
    is read with, English by default. With ``opens`` there is a column more: the first words of each response that is
    read, which nobody may keep.

    Columns: turn, key (a hash of it), session (never null), user (a hash of the person), time, sequence, text,
    understood (an intent was found), asr_score, asr_margin (first minus second hypothesis), confidence, status (null
    where nobody here knows the word), replied (there is a response), sorry and at_a_loss (what the response admits;
    read only without a status), asks (there is a question in the response), reply (a hash of the response), barge_in,
    rewritten, rewrite (what the layer made of the text, null where it left it alone), helpful, undone_after,
    engaged_for, engaged_share, day (since 1970, in UTC), lost (the assistant says that it understood nothing).
    """
    told, outcome, book = turns.response.lower(), known_status(turns), book or phrasebook()
    begun = told.re_extract(opening(MOST_WORDS), 1)
    slim = turns.select(
        "turn",
        "session",
        "user",
        "device",
        "time",
        "sequence",
        "text",
        "barge_in",
        "undone_after",
        "engaged_for",
        "engaged_share",
        status=outcome,
        key=_.turn.hash(),
        understood=_.interpretation.intent.notnull(),
        asr_score=_.asr[0].score,
        asr_margin=_.asr[0].score - _.asr[1].score,
        confidence=_.interpretation.confidence,
        replied=(told != "").fill_null(False),
        sorry=ibis.ifelse(outcome.isnull(), told.re_search(book.sorry), False),
        at_a_loss=ibis.ifelse(outcome.isnull(), told.re_search(book.at_a_loss), False),
        asks=turns.response.re_search(ASKS),
        reply=ibis.ifelse(outcome.isnull(), told.hash(), ibis.null("int64")),
        rewritten=_.layer.rewrite.notnull(),
        rewrite=_.layer.rewrite,
        helpful=_.feedback.helpful,
        day=_.time.epoch_seconds() // DAY_SECONDS,
        lost=_lost(turns, admits),
        **({"opens": ibis.ifelse(outcome.isnull(), begun, ibis.null("string"))} if opens else {}),
    )
    told = sessions(with_person(slim))
    return told.mutate(user=_.person, day=_.day.cast("int32")).drop("device", "person")


def known_status(turns: ir.Table) -> ir.StringValue:
    """Return the status of each turn; null where it is a word that nobody here knows, so that the response is read."""
    return ibis.ifelse(turns.status.isin(STATUSES), turns.status, ibis.null("string"))


def _lost(turns: ir.Table, admits: Callable[[str], bool]) -> ir.BooleanValue:
    """Return where a response admits that nothing was understood; what went well by its status is not read.

    Different responses of turns that failed are few: each is read once.
    """
    said = turns.filter((turns.status != "ok").fill_null(True) & turns.response.notnull())
    responses = said.select("response").distinct().to_pyarrow()["response"].to_pylist()
    admitting = [each for each in responses if admits(each)]
    return turns.response.isin(admitting).fill_null(False) if admitting else ibis.literal(False)


def sessions(turns: ir.Table, gap: float = SESSION_GAP) -> ir.Table:
    """Fill in missing sessions: turns of one person on one device, cut where ``gap`` seconds pass in silence."""
    if not turns.session.isnull().any().execute():
        return turns
    who: Any = [_.user, _.device]
    before = _.time.lag().over(ibis.window(group_by=who, order_by=in_order(turns))).epoch_seconds()
    marked = turns.mutate(cut=(_.time.epoch_seconds() - before > gap).fill_null(False).cast("int64"))
    so_far = ibis.cumulative_window(group_by=who, order_by=in_order(marked))
    numbered = marked.mutate(cuts=_.cut.sum().over(so_far))
    named = numbered.user + "/" + numbered.device.fill_null("") + "/" + numbered.cuts.cast("string")
    return numbered.mutate(session=ibis.coalesce(numbered.session, named)).drop("cut", "cuts")


def neighbours(flat: ir.Table) -> ir.Table:
    """Put each turn beside the next and the previous one of its session.

    ``flat`` is ``exchanges`` with ``state`` (number of the request) and ``act`` in the place of the text. Adds
    next_state, next_act, next_understood, next_rewritten, next_gap (seconds from this request to the next; null
    for the last turn), prev_gap (null for the first turn), and stuck (the response is that of the turn
    before).
    """
    # Numbers sort faster than names; and some logs number the sessions of each person from one.
    line = ibis.window(group_by=[_.session.hash(), _.user], order_by=in_order(flat))
    seconds = flat.time.epoch_seconds()
    return flat.mutate(
        **{f"next_{name}": flat[name].lead().over(line) for name in ("state", "act", "understood", "rewritten")},
        next_gap=flat.time.lead().over(line).epoch_seconds() - seconds,
        prev_gap=seconds - flat.time.lag().over(line).epoch_seconds(),
        stuck=flat.replied & (flat.reply == flat.reply.lag().over(line)),
    ).drop("session", "time", "sequence", "reply")
