"""Who counts as one person in a log: user ids that differ only in how they are written are one."""

from __future__ import annotations

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from sayagain.schema.person import person_of
from sayagain.schema.tenant import RESERVED

NOT_PLAIN = rf"[^ -~]|^{RESERVED}[^:]*: "
"""Pattern of user ids that the engine does not fold as ``person_of`` does: those with more than printable ASCII, and
those of a tenant that begin with a space there."""


def with_person(turns: ir.Table) -> ir.Table:
    """Add ``person``, a hash of ``person_of(user)``; Python reads each id that is not plain once."""
    others = turns.filter(turns.user.re_search(NOT_PLAIN)).select("user").distinct().to_pyarrow()["user"].to_pylist()
    if not others:
        return turns.mutate(person=turns.user.strip().lower().hash())
    names = ibis.memtable(pa.table({"user": others, "folded": [person_of(user) for user in others]}))
    joined = turns.left_join(names, "user").drop("user_right")
    return joined.mutate(person=ibis.coalesce(joined.folded, joined.user.strip().lower()).hash()).drop("folded")
