"""Checking a file of usearch before it is mapped: whatever it says of a place is within the file.

The library follows the graph by the numbers in the file, without a look at whether there is a node of that number. The
file holds, in this order: rows and bytes a row; the vectors; a head with kinds and counts; the sizes of the graph; the
level of each node; the nodes. A node has its key, its level, and for each level from 0 up how many neighbours it has,
and room for their numbers: twice as many at level 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sayagain.bundle.damage import damaged

ROWS = np.dtype([("rows", "<u4"), ("width", "<u4")])
HEAD = np.dtype({
    "names": ["magic", "version", "kinds", "present", "deleted", "dimensions", "multi"],
    "formats": ["S7", "<u2", ("u1", 4), "<u8", "<u8", "<u8", "u1"],
    "offsets": [0, 7, 13, 17, 25, 33, 41],
    "itemsize": 64,
})  # fmt: skip
"""Kinds: of the metric, of numbers, of keys, of the numbers of nodes."""
SAME = ("magic", "version", "kinds", "dimensions", "multi")
"""What the heads of two indices of one kind have in common."""
GRAPH = np.dtype([(name, "<u8") for name in ("size", "connectivity", "base", "top", "entry")])
NODE = np.dtype([("key", "<u8"), ("level", "<i2")], align=False)
SLOT = np.dtype("<u4")

MOST_NEIGHBOURS = 256
"""Neighbours of a node that a graph may have room for; the default of the library, which is used, is 32."""
MOST_LEVELS = 64
"""Levels of a graph: each has a sixteenth of the nodes of the one below."""
CHUNK = 4096
"""Nodes that are looked at together."""

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


def check(path: Path, empty: bytes, requests: int) -> None:
    """Check a file of vectors.

    Args:
        path: the file.
        empty: what the library writes of an index without vectors, of the same kinds and dimensions.
        requests: requests that are numbered: keys are below.

    Raises:
        BundleError: the file is not one that the library wrote of such an index.
    """
    file = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.empty(0, np.uint8)
    try:
        _check(file, np.frombuffer(empty, np.uint8), requests)
    except ValueError as error:
        raise damaged(path, str(error)) from None


def _check(file: Bytes, empty: Bytes, requests: int) -> None:
    rows, expected_rows = _read(file, 0, ROWS), _read(empty, 0, ROWS)
    count, start = int(rows["rows"]), ROWS.itemsize
    at = start + count * int(rows["width"])
    head, expected = _read(file, at, HEAD), _read(empty, start, HEAD)
    graph = _read(file, at + HEAD.itemsize, GRAPH)
    same = all(np.array_equal(head[name], expected[name]) for name in SAME)
    _require(same and rows["width"] == expected_rows["width"], "it is of another kind")
    _require(count == head["present"] == graph["size"] <= requests and head["deleted"] == 0, "its counts differ")
    at += HEAD.itemsize + GRAPH.itemsize
    if count:
        _check_graph(file, at, graph, requests)
    else:
        _require(at == len(file), "it has another length")


def _check_graph(file: Bytes, at: int, graph: Any, requests: int) -> None:
    count, top = int(graph["size"]), int(graph["top"])
    room, base = int(graph["connectivity"]), int(graph["base"])
    _require(0 < room <= MOST_NEIGHBOURS and 0 < base <= MOST_NEIGHBOURS and top < MOST_LEVELS, "its graph has no size")
    _require(at + 2 * count <= len(file), "it is cut short")
    levels = file[at : at + 2 * count].view("<i2").astype(np.int64)
    _require(bool((levels >= 0).all()) and levels.max() == top and graph["entry"] < count, "its levels are wrong")
    _require(levels[int(graph["entry"])] == top, "its levels are wrong")
    above, ground = SLOT.itemsize * (room + 1), SLOT.itemsize * (base + 1)
    sizes = NODE.itemsize + ground + above * levels
    starts = at + 2 * count + np.concatenate([[0], np.cumsum(sizes)])
    _require(int(starts[-1]) == len(file), "it has another length")
    for first in range(0, count, CHUNK):
        mine, these = starts[first : first + CHUNK], levels[first : first + CHUNK]
        nodes = _rows(file, mine[: len(these)], NODE.itemsize).view(NODE)[:, 0]
        _require(bool((nodes["level"] == these).all()), "its levels are wrong")
        _require(bool((nodes["key"] < requests).all()), "it has a request that is not there")
        for level in range(int(these.max()) + 1):
            has = np.flatnonzero(these >= level)
            place = mine[has] + NODE.itemsize + (ground + above * (level - 1) if level else 0)
            lists = _rows(file, place, above if level else ground).view(SLOT)
            _check_neighbours(lists, levels, level)


def _check_neighbours(lists: npt.NDArray[np.uint32], levels: Longs, level: int) -> None:
    """Check the neighbours of some nodes at a level: a row is how many there are, then their numbers."""
    many, slots = lists[:, :1], lists[:, 1:]
    _require(bool((many <= slots.shape[1]).all()), "a node has too many neighbours")
    used = slots[np.arange(slots.shape[1]) < many]
    _require(bool((used < len(levels)).all()), "a neighbour is not there")
    _require(bool((levels[used] >= level).all()), "a neighbour is not at its level")


def _rows(file: Bytes, starts: Longs, width: int) -> Bytes:
    """Return runs of ``width`` bytes, shape (starts, width)."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(file, width)[starts])


def _read(file: Bytes, at: int, kind: np.dtype[Any]) -> Any:
    _require(at + kind.itemsize <= len(file), "it is cut short")
    return file[at : at + kind.itemsize].view(kind)[0]


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise ValueError(why)
