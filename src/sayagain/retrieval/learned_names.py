"""Names that a log taught, and how letters are misheard in it, as a bundle holds both.

``names.parquet`` has a row for each spelling that a name was heard in: kind (the slot), name, heard, and behind that
people, days and turns. Where ``heard`` is the name itself, that is how often it was understood in requests that work;
another spelling was heard in vain, and the name said next in its place. ``confusions.npy`` is the channel
(``text.confusions``): a row a letter said, a column a letter heard, then the probability that it is dropped; the last
row has those of letters made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from sayagain.bundle.damage import damaged
from sayagain.bundle.layout import CONFUSIONS_FILE, NAMES_FILE
from sayagain.bundle.tables import read_table
from sayagain.retrieval.catalogue import Catalogue, Entry
from sayagain.retrieval.global_index import Behind
from sayagain.text.confusions import OTHER, Confusions

NAMES_SCHEMA = pa.schema({
    "kind": pa.string(), "name": pa.string(), "heard": pa.string(), "people": pa.int32(), "days": pa.int32(),
    "turns": pa.int32(),
})  # fmt: skip

SHAPE = (OTHER + 2, OTHER + 2)
"""Of the channel as it is written."""


def entries_of(table: pa.Table) -> list[Entry]:
    """Return the entries of a table of names, in its order."""
    heard: dict[tuple[str, str], dict[str, Behind]] = {}
    for kind, name, spelling, people, days, _ in zip(
        *(table[column].to_pylist() for column in NAMES_SCHEMA.names), strict=True
    ):
        spellings = heard.setdefault((kind, name), {})
        if spelling != name:
            spellings[spelling] = Behind(people, days)
    return [Entry(name, kind, heard=spellings, learned=True) for (kind, name), spellings in heard.items()]


def read_names(folder: Path) -> pa.Table:
    """Read the names of a bundle; those of earlier releases have none.

    Raises:
        BundleError: they are damaged.
    """
    path = folder / NAMES_FILE
    return read_table(path, NAMES_SCHEMA) if path.is_file() else NAMES_SCHEMA.empty_table()


def merged(given: Sequence[Entry], learned: Iterable[Entry]) -> list[Entry]:
    """Return the names that an assistant gives, with what was learned of them, and then the other learned ones."""
    known = Catalogue(given).said_as
    heard: dict[Entry, dict[str, Behind]] = {}
    others = []
    for each in learned:
        if (entry := known.get(each.name)) is None:
            others.append(each)
        else:
            heard.setdefault(entry, {}).update(each.heard)
    return [*(replace(each, heard={**each.heard, **heard.get(each, {})}) for each in given), *others]


def write_confusions(confusions: Confusions, folder: Path) -> None:
    """Write a channel."""
    channel = np.zeros(SHAPE)
    channel[:-1, :-1], channel[:-1, -1], channel[-1, :-1] = confusions.heard, confusions.dropped, confusions.made_up
    np.save(folder / CONFUSIONS_FILE, channel, allow_pickle=False)


def read_confusions(folder: Path) -> Confusions:
    """Read the channel of a bundle; where it has none, the one that is assumed before anything is learned.

    Raises:
        BundleError: it is no channel.
    """
    path = folder / CONFUSIONS_FILE
    if not path.is_file():
        return Confusions.unlearned()
    found = np.load(path, mmap_mode="r", allow_pickle=False)  # memory for as many numbers as there are, not as it says
    if not isinstance(found, np.ndarray) or found.dtype != np.float64 or found.shape != SHAPE:
        raise damaged(path, "it holds no channel of letters")
    channel = np.array(found)
    whole = np.allclose(channel[:-1].sum(axis=1), 1) and channel[-1].sum() < 1
    if not whole or not ((channel >= 0) & (channel <= 1)).all():
        raise damaged(path, "its probabilities are none")
    return Confusions(channel[:-1, :-1], channel[:-1, -1], channel[-1, :-1])
