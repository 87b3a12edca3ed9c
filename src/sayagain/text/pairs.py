"""Training pairs of the sentence encoder: requests as heard, the wording that worked, what was not meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import FormatError


@dataclass(frozen=True)
class Pair:
    """A failed request and its successful rephrase, in normal form."""

    heard: str
    meant: str
    meaning: str
    """Pairs with the same one mean the same: none of them is the wrong answer to another."""
    hard: tuple[str, ...] = ()
    """Requests that are alike in words or sound, but mean something else."""
    source: str = ""
    """Where the pair comes from: the name of a set, or ``log``."""


PAIRS_SCHEMA = pa.schema({
    "heard": pa.string(), "meant": pa.string(), "meaning": pa.string(), "hard": pa.list_(pa.string()),
    "source": pa.string(),
})  # fmt: skip


def write_pairs(pairs: Iterable[Pair], path: Path) -> None:
    """Write pairs as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.Table.from_pylist([asdict(pair) for pair in pairs], schema=PAIRS_SCHEMA), path, compression="zstd"
    )


def read_pairs(path: Path) -> list[Pair]:
    """Read pairs.

    Raises:
        FormatError: the file is missing or holds no pairs.
    """
    try:
        rows = pq.read_table(path, schema=PAIRS_SCHEMA).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise FormatError(f"{path} holds no pairs", "Make it with: sayagain encoder pairs") from error
    return [Pair(row["heard"], row["meant"], row["meaning"], tuple(row["hard"]), row["source"]) for row in rows]


def texts_of(pairs: Sequence[Pair]) -> list[str]:
    """Return every distinct text of the pairs, sorted."""
    return sorted({text for pair in pairs for text in (pair.heard, pair.meant, *pair.hard)})
