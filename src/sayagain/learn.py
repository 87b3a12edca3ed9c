"""The offline composition: log → defects → rephrases → rewrites → bundle."""

from __future__ import annotations

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from sayagain.log.view import exchanges, neighbours
from sayagain.rephrases.cheap import WINDOW
from sayagain.text.normalise import normalise
from sayagain.text.similarity import alike


def likened(turns: ir.Table) -> ir.Table:
    """Return one row a turn beside its neighbours, with normal forms and how alike neighbours are.

    Distinct texts and distinct pairs of neighbouring states are few beside turns: Python sees only those.
    """
    flat = exchanges(turns)
    texts = flat.select("text").distinct().to_pyarrow()["text"]
    forms = pa.table({"text": texts, "state": [normalise(text) for text in texts.to_pylist()]})
    stated = flat.join(ibis.memtable(forms), "text")
    lines = neighbours(stated).cache()
    near = lines.filter(lines.next_gap <= WINDOW)
    pairs = near.select("state", "next_state").distinct().to_pyarrow()
    scores = alike(pairs["state"].to_pylist(), pairs["next_state"].to_pylist())
    scored = ibis.memtable(pairs.append_column("alike", pa.array(scores)))
    after = scored.rename(next_alike="alike")
    before = scored.select(prev_state="state", state="next_state", prev_alike="alike")
    return (
        lines.left_join(after, ["state", "next_state"])
        .drop("state_right", "next_state_right")
        .left_join(before, ["prev_state", "state"])
        .drop("state_right", "prev_state_right")
    )
