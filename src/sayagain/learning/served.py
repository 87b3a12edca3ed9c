"""Which requests are served here, by what the log shows: those that work, or that work once they are said again.

Whether some assistant could ever serve a request the reader tells from words that simulated homes taught it. Whether
this one does is seen from its log, in any domain and language.
"""

from __future__ import annotations

import ibis
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.signals import ALL_SIGNALS, DEFECT
from sayagain.failures.turns import FAILED


def with_served(linked: ir.Table) -> ir.Table:
    """Add ``served`` to the ``linked`` table: the share of the turns of a request that show that it is served here.

    They went well, and the assistant does not say otherwise; or what says them again in other words goes well.
    """
    went_well = (linked.p_defect < FAILED) & (linked.pattern.cast("int64") & _admitted() == 0)
    of_request = linked.group_by("state").aggregate(works=went_well.cast("float64").mean())
    others = of_request.select(target="state", others="works")
    again = linked.left_join(others, "target").filter(_.target != _.state)
    turns = linked.group_by("state").aggregate(turns=_.count())
    mended = again.group_by("state").aggregate(mended=(_.p_rephrase * _.others).sum())
    counted = of_request.join(turns, "state").left_join(mended, "state").drop("state_right")
    shares = counted.select("state", served=ibis.greatest(_.works, _.mended.fill_null(0.0) / _.turns))
    return linked.join(shares, "state")


def _admitted() -> int:
    """Return the bits of a pattern where the assistant itself says, by status or words, that it did not serve it."""
    outcome = (each.family == "outcome" and each.vote == DEFECT for each in ALL_SIGNALS.values())
    return sum(1 << place for place, admits in enumerate(outcome) if admits)
