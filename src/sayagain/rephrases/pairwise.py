"""The pairwise rephrase scorer: does the next turn say this one again?

A logistic function of what can be read off two consecutive turns: how alike they look and sound, how soon the second
came, whether the first looks like a defect, whether they share slots, and how much oftener than by chance people
follow the one request with the other (people who are misunderstood also say it in quite other words, and what only
one person does is no habit of people), and what the span model says where it read the turns (``p_span``). Anything that
maps the table ``judged`` to ``linked`` (adds ``p_rephrase``, 0 where there is no link) can stand in its place.
"""

from __future__ import annotations

import math

import ibis
from ibis.expr import types as ir

WINDOW = 60.0
"""Seconds between two requests within which the second may say the first again. Real callers answer a failure
within seconds (DSTC2: 95 % within 30 s of the request); a minute leaves room for a long response."""

ALIKE_EVEN = 0.60
"""Likeness at which a pair is as likely a rephrase as not, other things being neutral. Requests drawn at random
from SLURP exceed 0.60 in 1 % of pairs; recordings of one request, one of them misheard, do in 90 %."""

ALIKE_LEAST = 0.35
"""Less alike than this counts as this: people who say it in other words share no more words than strangers do."""

ALIKE_SLOPE = 15.0
"""How fast likeness decides: 0.15 above the even point gives odds of 10 : 1."""

DEFECT_SLOPE = 2.0
"""How much a suspicious first turn speaks for a rephrase: P(defect) 0.9 against 0.3 moves the odds by 3 : 1."""

DEFECT_EVEN = 0.5
"""P(defect) that speaks neither for nor against a rephrase."""

SPAN_AGAINST, SPAN_FOR = 3.0, 4.0
"""Log-odds that the span model can say at most: it sees one excerpt, and that many people go a way it cannot see.
Against, no more than words that share nothing say at the usual gap (``ALIKE_LEAST``)."""

SAME_SLOTS = 1.0
"""Log-odds added when both turns were understood with the same slot values."""

GAP_EVEN = 15.0
"""Seconds that speak neither way: people who try again do so sooner (DSTC2: median 10 s) than people who go on."""

GAP_SCALE = 15.0
"""Seconds beyond ``GAP_EVEN`` that divide the odds by e."""

BOND_SLOPE = 1.5
"""Weight of the log of how much oftener than by chance the next request follows this one."""


def link(judged: ir.Table, window: float = WINDOW) -> ir.Table:
    """Add ``p_rephrase``, the probability that the next turn says this one again (0 outside the window).

    Where the span model has read a turn, its ``p_span`` stands for likeness and gap, and the turn that it chose for the
    next one; ``target`` is the request of that turn.
    """
    near = (judged.next_gap <= window).fill_null(False)
    bustle = _bustle(judged.aggregate(share=near.mean()).to_pyarrow()["share"][0].as_py())
    looks = (
        ALIKE_SLOPE * (ibis.greatest(judged.next_alike, ALIKE_LEAST) - ALIKE_EVEN)
        + (GAP_EVEN - judged.next_gap) / GAP_SCALE
        - bustle
    )
    # What the log as a whole knows, and no excerpt shows.
    whole = DEFECT_SLOPE * (judged.p_defect - DEFECT_EVEN)
    of_next = SAME_SLOTS * judged.next_same_slots.cast("float64") + BOND_SLOPE * judged.next_bond
    least, most = 1 / (1 + math.exp(SPAN_AGAINST)), 1 / (1 + math.exp(-SPAN_FOR))
    span = ibis.ifelse(judged.p_span.isnull(), judged.p_span, judged.p_span.clip(least, most))
    read = (span / (1 - span)).log() + whole + ibis.ifelse(judged.target_later, 0.0, of_next.fill_null(0.0))
    linked = near & judged.next_alike.notnull()
    cheap = ibis.ifelse(linked, _probability(looks + whole + of_next), 0.0).fill_null(0.0)
    return judged.mutate(
        p_rephrase=ibis.coalesce(_probability(read), cheap),
        target=ibis.coalesce(judged.target, judged.next_state),
        target_rewritten=ibis.coalesce(judged.target_rewritten, judged.next_rewritten),
    )


def _probability(evidence: ir.NumericValue) -> ir.NumericValue:
    return 1 / (1 + (-evidence).exp())


def _bustle(share: float) -> float:
    """Return the log-odds of going on at once, where more than half of all turns are followed at once.

    Where the assistant leads the talk (it asks, people answer) everybody always goes on, and that somebody does says
    little.
    """
    bounded = min(max(share, 0.5), 0.99)
    return math.log(bounded / (1 - bounded))
