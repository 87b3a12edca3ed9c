"""From linked turns to the counts of an absorbing Markov chain (Ponnusamy et al., IAAI 2020, section 3).

A state is a request in normal form. A turn moves to the state of the turn that says it again (the next one, or a later
one that the span model found) with the probability that it does; with the rest it is absorbed: in success if it is no
defect, in failure if it is. The counts are sums of these probabilities, as Ibis expressions that any engine runs.

Turns that the layer rewrote show what the rewrite does, not what the request does: they count for their targets only
(:func:`uses`, ``credit``). A turn that was left alone counts as it is, also where a draw left it alone, and where the
layer rewrote what the person said next: which words those were is the person's doing.
"""

from __future__ import annotations

from ibis import _
from ibis.expr import types as ir

from sayagain.text.normalise import EMPTY

LINK_FLOOR = 0.1
"""Links less likely than this are taken as no link. Otherwise every pair of consecutive turns would be an edge, and
the graph one giant component of noise."""

SURE_LINK = 0.5
"""People are counted as supporting a move when their link is more likely than not."""

ORGANIC = ("user", "day", "state", "lost", "target", "p_defect", "p_rephrase")


def organic(linked: ir.Table) -> ir.Table:
    """Return the turns that the layer left alone, with sure non-links set to 0.

    Columns: user, day, state, lost, target, p_defect, p_rephrase.
    """
    return _with_links(linked.filter(~linked.rewritten & (linked.state != EMPTY))).select(*ORGANIC)


def _with_links(linked: ir.Table) -> ir.Table:
    link = (linked.p_rephrase >= LINK_FLOOR) & (linked.target != EMPTY)
    return linked.mutate(p_rephrase=link.fill_null(False).ifelse(linked.p_rephrase, 0.0))


def transitions(turns: ir.Table) -> ir.Table:
    """Return the weighted moves of the chain: source, target, weight, people, days (distinct), from :func:`organic`."""
    moves = turns.filter(turns.p_rephrase > 0)
    return moves.group_by("target", source="state").aggregate(
        weight=_.p_rephrase.sum(),
        people=_.user.nunique(where=_.p_rephrase >= SURE_LINK),
        days=_.day.nunique(where=_.p_rephrase >= SURE_LINK),
    )


def ways(turns: ir.Table, meaning: ir.Table) -> ir.Table:
    """Return how people say each request again, other words with the same meaning put together.

    Columns: source, meaning (number), weight (sum of P(rephrase)), people and days (distinct), from :func:`organic`;
    ``meaning`` has the number of the meaning (``meaning``) of each request (``target``).
    """
    sure = turns.filter((turns.p_rephrase >= SURE_LINK) & (turns.target != turns.state))
    return (
        sure.join(meaning, "target")
        .group_by("meaning", source="state")
        .aggregate(weight=_.p_rephrase.sum(), people=_.user.nunique(), days=_.day.nunique())
    )


def outcomes(turns: ir.Table) -> ir.Table:
    """Return what becomes of each state: visits, people, success (absorbed weight) and lost (share)."""
    return turns.group_by("state").aggregate(
        visits=_.count(), people=_.user.nunique(), success=_SUCCESS.sum(), lost=_.lost.mean()
    )


def uses(linked: ir.Table) -> ir.Table:
    """Return what became of the turns that the layer rewrote: source, target, uses, success (absorbed weight)."""
    turns = _with_links(linked.filter(linked.made.notnull() & (linked.state != EMPTY)))
    return turns.group_by(source="state", target="made").aggregate(uses=_.count(), success=_SUCCESS.sum())


_SUCCESS = (1 - _.p_rephrase) * (1 - _.p_defect)
