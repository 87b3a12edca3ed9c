"""The languages that a log names itself: ``language`` or ``locale`` of a turn or of its context."""

from __future__ import annotations

from collections import Counter

import ibis
from ibis.expr import types as ir

LEAST_SHARE = 0.15
"""Share of the turns that name a language which must name this one."""
_NAMED = r'"(?:language|locale)": "([A-Za-z]{2,3})\b'
"""Where it stands among the fields that have no column of their own: a code, perhaps with a region ("de-AT")."""


OTHER_CODES = {"no": "nb", "nn": "nb", "cmn": "zh"}
"""Codes under which other systems know a language that we know."""


def told_languages(turns: ir.Table) -> frozenset[str]:
    """Return the codes of the languages that enough turns name; empty where none does."""
    beside = turns.extra.fill_null("") + " " + turns.context.extra.fill_null("")
    code = beside.re_extract(_NAMED, 1).lower()
    counted = turns.select(code=code).filter(ibis._.code != "").group_by("code").aggregate(turns=ibis._.count())
    found = Counter[str]()
    for row in counted.to_pyarrow().to_pylist():
        found[OTHER_CODES.get(row["code"], row["code"])] += row["turns"]
    return frozenset(code for code, turns in found.items() if turns >= LEAST_SHARE * found.total())
