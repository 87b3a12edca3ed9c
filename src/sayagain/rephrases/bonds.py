"""Bonds: which request people follow with which other far oftener than by chance.

People who are misunderstood also say it in quite other words, and no likeness shows that; that many people go the same
way does.
"""

from __future__ import annotations

import ibis
from ibis.expr import types as ir

BOND_DOUBT = 1.64
"""Standard errors by which the count of people is lowered first, so that three people by chance weigh little."""

BOND_MOST = 4.0
"""The log ratio counts up to here: fifty times chance is as good as proven, more adds nothing."""


def bonds(near: ir.Table) -> ir.Table:
    """Return (state, next_state, people, bond), one row for each pair of consecutive requests.

    ``people`` counts distinct people. ``bond`` is the log of how much oftener than by chance they go this way: a
    lower bound of pointwise mutual information over people, between 0 and ``BOND_MOST``. By chance, what follows
    does not depend on what was said: people(state) × people(next_state) / people(any pair).
    """
    pairs = near.group_by("state", "next_state").aggregate(people=near.user.nunique())
    total = pairs.mutate(
        of_state=pairs.people.sum().over(ibis.window(group_by="state")),
        of_next=pairs.people.sum().over(ibis.window(group_by="next_state")),
        of_all=pairs.people.sum().over(ibis.window()),
    )
    surely = ibis.greatest(total.people - BOND_DOUBT * total.people.sqrt(), 0.0)
    ratio = ibis.greatest(surely * total.of_all / total.of_state / total.of_next, 1.0).log()
    return total.select("state", "next_state", "people", bond=ibis.least(ratio, BOND_MOST))
