"""What a correction asks for: "no, turn on the bedside lamp" says the same as "turn on the bedside lamp".

The request that says a failed one again may open with a denial, which only answers what was just done. It leads to what
stands behind the denial, where people say that by itself, too: a fragment ("no, the other one") means something only
where it was said.
"""

from __future__ import annotations

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from sayagain.log.requests import Requests
from sayagain.text.normalise import normalise
from sayagain.text.replies import asked


def without_denials(linked: ir.Table, requests: Requests) -> ir.Table:
    """Put, as ``target`` of each turn that a correction says again, what the correction asks for.

    Args:
        linked: the table ``linked``.
        requests: what its states number.
    """
    number = {form: i for i, form in enumerate(requests.states) if requests.said[i]}
    found = {
        i: number[form]
        for i, text in enumerate(requests.texts)
        if (rest := asked(text)) is not text and (form := normalise(rest)) in number
    }
    if not found:
        return linked
    plain = pa.table({"target": pa.array([*found], pa.int32()), "plain": pa.array([*found.values()], pa.int32())})
    beside = linked.left_join(ibis.memtable(plain), "target").drop("target_right")
    return beside.mutate(target=ibis.coalesce(beside.plain, beside.target)).drop("plain")
