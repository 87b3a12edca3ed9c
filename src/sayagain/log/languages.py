"""The languages that a log names itself: ``language`` or ``locale`` of a turn or of its context."""

from __future__ import annotations

import ibis
from ibis.expr import types as ir

LEAST_SHARE = 0.15
"""Share of the turns that name a language which must name this one."""
_NAMED = r'"(?:language|locale)": "([A-Za-z]{2,3})\b'
"""Where it stands among the fields that have no column of their own: a code, perhaps with a region ("de-AT")."""


def told_languages(turns: ir.Table) -> frozenset[str]:
    """Return the codes of the languages that enough turns name; empty where none does."""
    beside = turns.extra.fill_null("") + " " + turns.context.extra.fill_null("")
    code = beside.re_extract(_NAMED, 1).lower()
    counted = turns.select(code=code).filter(ibis._.code != "").group_by("code").aggregate(turns=ibis._.count())
    found = {row["code"]: row["turns"] for row in counted.to_pyarrow().to_pylist()}
    return frozenset(code for code, turns in found.items() if turns >= LEAST_SHARE * sum(found.values()))
