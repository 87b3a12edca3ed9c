"""Reading the tables of a bundle: of the columns that a release knows, with values in their range."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.bundle.damage import damaged


def read_table(
    path: Path, schema: pa.Schema, *, optional: Collection[str] = (), shares: Collection[str] = ()
) -> pa.Table:
    """Read the columns of ``schema`` that a Parquet file has; those of earlier releases have fewer.

    The function of this name in pyarrow is for whole data sets, and loads pandas for them.

    Args:
        path: the file.
        schema: columns with their types.
        optional: columns in which a text may be missing; a number never is.
        shares: columns whose values are from 0 to 1.

    Raises:
        BundleError: the file has other types, missing values, or numbers out of range.
    """
    with pq.ParquetFile(path) as file:
        if file.metadata.num_rows > path.stat().st_size:  # each row has something that no other has: a byte at least
            raise damaged(path, "it has more rows than bytes")
        found = file.schema_arrow
        known = [name for name in schema.names if name in found.names]
        for name in known:
            if found.field(name).type != schema.field(name).type:
                raise damaged(path, f"{name} is of another type")
        table = file.read(known)
    table.validate(full=True)  # lengths, offsets, UTF-8
    for name in known:
        column = table[name]
        number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if column.null_count and (number or name not in optional):
            raise damaged(path, f"{name} is missing in a row")
        if number:
            _check_range(path, name, numbers(column), share=name in shares)
    return table


def numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Return a column of numbers, of which none is null; ``to_numpy`` would load pandas for it."""
    return np.from_dlpack(column.combine_chunks())


def _check_range(path: Path, name: str, values: npt.NDArray[Any], *, share: bool) -> None:
    if not np.isfinite(values).all():
        raise damaged(path, f"{name} is no number")
    least = values.min(initial=0)
    if (share or values.dtype.kind == "i") and (least < 0 or (share and values.max(initial=0) > 1)):
        raise damaged(path, f"{name} is out of range")
