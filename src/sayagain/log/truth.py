"""The truth table beside a log (``DIR/truth`` beside ``DIR/log``): what evaluation compares with, by turn id.

Learning code never imports this module; import-linter holds that.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import LogError
from sayagain.log.store import Log


def read(log_path: Path) -> pa.Table:
    """Return the truth about the turns of a log: the columns of Truth, and others that a simulation added.

    Raises:
        LogError: there is no log, or nothing is known about it.
    """
    log = Log.open(log_path)
    parts = log.truth_files()
    if not parts:
        raise LogError(f"There is no truth beside {log_path}", "Only labelled formats and simulations come with it")
    return pa.concat_tables([pq.read_table(part) for part in parts], promote_options="default")
