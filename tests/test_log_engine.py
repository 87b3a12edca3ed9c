"""What Python lets go of disturbs no query."""

from __future__ import annotations

import gc
from pathlib import Path

from sayagain.log.engine import connect


def test_a_cached_table_that_is_let_go_of_during_a_query_is_dropped_after_it(tmp_path: Path) -> None:
    engine = connect(tmp_path)
    cached = engine.sql("SELECT 1 AS one").cache()
    name = cached.op().name
    asked = engine.raw_sql("SELECT 42")
    del cached
    gc.collect()
    assert asked.fetchall() == [(42,)]
    assert name in engine.list_tables()
    again = engine.sql("SELECT 2 AS two").cache()
    assert again.two.sum().execute() == 2
    assert name not in engine.list_tables()
