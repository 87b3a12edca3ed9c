"""From the log to the flat tables that learning reads: turns → exchanges → neighbours.

``exchanges`` has one row a turn and only plain columns; ``sessions`` fills in missing sessions at silence gaps;
``neighbours`` puts each turn beside the next and the previous one of its session. All are Ibis expressions with
nothing specific to one engine in them.
"""

from __future__ import annotations

import ibis
from ibis import _
from ibis.expr import types as ir

SESSION_GAP = 300.0
"""Seconds of silence of one person on one device that end a session where the log names none. Ablation: between
120 and 900 s, the rewrites learned from the SLURP replay do not change (tests/test_view.py pins the cut itself)."""


def exchanges(turns: ir.Table) -> ir.Table:
    """Return one flat row for each turn.

    Columns: turn, session (never null), user, device, time, end_time, text, asr_score, asr_margin (first minus
    second hypothesis), intent ("domain.intent"), slots ("name=value" pairs, sorted, joined by ";"), confidence,
    confidence_margin (first minus second interpretation), status, response, barge_in, rewritten, helpful.
    """
    meaning = turns.interpretation
    flat = turns.select(
        "turn",
        "session",
        "user",
        "device",
        "time",
        "end_time",
        "text",
        asr_score=turns.asr[0].score,
        asr_margin=turns.asr[0].score - turns.asr[1].score,
        intent=ibis.coalesce(meaning.domain + ".", "") + meaning.intent,
        slots=meaning.slots.map(lambda slot: slot["name"].lower() + "=" + slot["value"].lower()).sort().join(";"),
        confidence=meaning.confidence,
        confidence_margin=meaning.confidence - turns.alternatives[0].confidence,
        status=turns.status,
        response=turns.response,
        barge_in=turns.barge_in,
        rewritten=turns.layer.rewrite.notnull(),
        helpful=turns.feedback.helpful,
    )
    return sessions(flat)


def sessions(flat: ir.Table, gap: float = SESSION_GAP) -> ir.Table:
    """Fill in the missing sessions: turns of one person on one device, cut where ``gap`` seconds pass in silence."""
    person = ibis.window(group_by=[_.user, _.device], order_by=[_.time, _.turn])
    before = flat.time.lag().over(person).epoch_seconds()
    marked = flat.mutate(cut=(flat.time.epoch_seconds() - before > gap).fill_null(False).cast("int64"))
    so_far = ibis.cumulative_window(group_by=[_.user, _.device], order_by=[_.time, _.turn])
    numbered = marked.mutate(cuts=marked.cut.sum().over(so_far))
    named = numbered.user + "/" + numbered.device.fill_null("") + "/" + numbered.cuts.cast("string")
    return numbered.mutate(session=ibis.coalesce(numbered.session, named)).drop("cut", "cuts")


def neighbours(flat: ir.Table) -> ir.Table:
    """Put each turn beside the next and the previous one of its session.

    ``flat`` is ``exchanges`` with the column ``state`` (normal form of the request). Adds: next_text, next_state,
    next_intent, next_slots, next_rewritten, next_gap (seconds from this request to the next; null for the last
    turn), prev_state, prev_response, prev_gap (null for the first turn).
    """
    line = ibis.window(group_by=_.session, order_by=[_.time, _.turn])
    carried = ("text", "state", "intent", "slots", "rewritten")
    seconds = flat.time.epoch_seconds()
    return flat.mutate(
        **{f"next_{name}": flat[name].lead().over(line) for name in carried},
        next_gap=flat.time.lead().over(line).epoch_seconds() - seconds,
        prev_state=flat.state.lag().over(line),
        prev_response=flat.response.lag().over(line),
        prev_gap=seconds - flat.time.lag().over(line).epoch_seconds(),
    )
