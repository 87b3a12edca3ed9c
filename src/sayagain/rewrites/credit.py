"""What turns that the layer rewrote show of their targets: counted for the target, and for nothing else.

A rewritten turn counts as a turn of its target (Ponnusamy et al., "Self-Aware Feedback-Based Self-Learning in
Large-Scale Conversational AI", NAACL 2022, keep what was said and what was made of it apart as well): it tells how the
target ends. It tells nothing of the request that was said, no move leads from there, and no person said the target.

But a wrong rewrite fails because the person meant something else, whatever the target is worth. With all turns counted
a single bad pair makes its target look bad, and with it all others that lead there. So the turns of a pair count as
long as they go no worse than the target's own, beyond doubt. With planted shares, of which some pairs are wrong, this
is nearer to what the target is worth than its own turns alone, and all turns are further away (tests/test_echo.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sayagain.rewrites.share_intervals import wilson

Floats = npt.NDArray[np.float64]


def credited(outcomes: pa.Table, uses: pa.Table) -> pa.Table:
    """Return the outcomes of requests with what rewritten turns show of them.

    Args:
        outcomes: from ``counts.outcomes``: of organic turns.
        uses: from ``counts.uses``. Targets that nobody says are passed over.

    Returns:
        ``outcomes`` with ``success`` (absorbed weight) of organic and credited turns, and a column more: ``ended``,
        how many these are.
    """
    state, visits, success = (outcomes[name].to_numpy() for name in ("state", "visits", "success"))
    uses = uses.filter(pc.is_in(uses["target"], outcomes["state"].combine_chunks()))
    target, used, went = (uses[name].to_numpy() for name in ("target", "uses", "success"))
    order = np.argsort(state)
    place = order[np.searchsorted(state, target, sorter=order)]
    as_good = wilson(went / used, used)[1] >= success[place] / visits[place]

    def and_of_pairs(own: Floats, more: Floats) -> pa.Array:
        return pa.array(own + np.bincount(place[as_good], more[as_good], len(state)))

    at = outcomes.schema.get_field_index("success")
    found = outcomes.set_column(at, "success", and_of_pairs(success, went))
    return found.append_column("ended", and_of_pairs(visits, used))
