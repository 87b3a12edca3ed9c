"""From linked turns to the counts of an absorbing Markov chain (Ponnusamy et al., IAAI 2020, section 3).

A state is a normalised request. A turn moves to the state of the next turn with the probability that the next turn
rephrases it; with the rest it is absorbed: in success if it is no defect, in failure if it is. The counts are sums
of these probabilities, as Ibis expressions that any engine runs.

Turns that the layer rewrote show what the rewrite does, not what the request does: they are left out, and so are
turns whose rephrase was rewritten.
"""

from __future__ import annotations

from ibis import _
from ibis.expr import types as ir

LINK_FLOOR = 0.1
"""Links less likely than this are taken as no link. Otherwise every pair of consecutive turns would be an edge, and
the graph one giant component of noise."""

SURE_LINK = 0.5
"""People are counted as supporting an edge when their link is more likely than not."""


def organic(linked: ir.Table) -> ir.Table:
    """Return the turns whose request and whose rephrase the layer did not touch, with sure non-links set to 0."""
    untouched = linked.filter(~linked.rewritten & ~linked.next_rewritten.fill_null(False))
    return untouched.filter(untouched.state != "").mutate(
        p_rephrase=((_.p_rephrase >= LINK_FLOOR) & (_.next_state != "")).ifelse(_.p_rephrase, 0.0)
    )


def transitions(turns: ir.Table) -> ir.Table:
    """Return the weighted edges of the chain: source, target, weight, people (distinct), from :func:`organic`."""
    moves = turns.filter(turns.p_rephrase > 0)
    return moves.group_by(source=moves.state, target=moves.next_state).aggregate(
        weight=moves.p_rephrase.sum(),
        people=moves.user.nunique(where=moves.p_rephrase >= SURE_LINK),
    )


def outcomes(turns: ir.Table) -> ir.Table:
    """Return what becomes of each state: visits, success and failure (absorbed weight), from :func:`organic`."""
    ends = 1 - turns.p_rephrase
    return turns.group_by("state").aggregate(
        visits=turns.count(),
        success=(ends * (1 - turns.p_defect)).sum(),
        failure=(ends * turns.p_defect).sum(),
        request=turns.text.mode(),
        intent=turns.intent.mode(),
        slots=turns.slots.mode(),
    )
