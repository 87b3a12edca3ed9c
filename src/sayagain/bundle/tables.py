"""Reading the tables of a bundle."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def read_table(path: Path) -> pa.Table:
    """Read a Parquet file. The function of this name in pyarrow is for whole data sets, and loads pandas for them."""
    with pq.ParquetFile(path) as file:
        return file.read()
