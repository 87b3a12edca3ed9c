"""Opening the files of a word index: only those that belong to it, and without a trace in their folder.

tantivy makes a lock file in the folder of an index that it only reads, which fails where nothing can be written. It is
given a folder of its own with links to the files, for as long as it opens them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import tantivy

from sayagain.bundle.damage import damaged

META = "meta.json"
SEGMENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
"""Files of a segment."""
MOST_SEGMENTS = 1_000
"""Parts of an index; one that is written at once has a few."""

REMOVALS = 5
"""Times that the folder of links is removed: after the first, or seldom the second, nothing is made there any more."""


def opened(folder: Path, schema: tantivy.Schema, requests: int) -> tantivy.Index:
    """Open the index in a folder, which has that schema and no more documents than there are requests.

    Raises:
        BundleError: it is another index, or none.
    """
    links = Path(mkdtemp(prefix="sayagain-"))
    try:
        for name in _files(folder / META, requests):
            _link(folder / name, links / name)
        index = tantivy.Index.open(str(links))
    finally:
        _remove(links)
    if index.schema != schema:
        raise damaged(folder, "it has other fields")
    return index


def _files(path: Path, requests: int) -> list[str]:
    """Return the files of an index, by what its ``meta.json`` says of it."""
    meta = json.loads(path.read_text(encoding="utf8"))
    segments: list[dict[str, Any]] = meta["segments"]
    if len(segments) > MOST_SEGMENTS or not all(SEGMENT.fullmatch(each["segment_id"]) for each in segments):
        raise damaged(path, "it names other files")
    sizes = [each["max_doc"] for each in segments]
    if any(each["deletes"] for each in segments) or not all(type(size) is int and size > 0 for size in sizes):
        raise damaged(path, "its requests are not counted")
    if sum(sizes) > requests:
        raise damaged(path, "it has requests that are not there")
    names = [META, *(f"{each['segment_id'].replace('-', '')}.{part}" for each in segments for part in PARTS)]
    if not all(path.with_name(name).is_file() for name in names):
        raise damaged(path, "it names files that are not there")
    return names


def _remove(links: Path) -> None:
    """Remove the folder of links. tantivy looks for newer files in another thread, and may make its lock file anew."""
    for _ in range(REMOVALS):
        with suppress(OSError):
            shutil.rmtree(links)
            return


def _link(file: Path, link: Path) -> None:
    try:
        os.symlink(file.resolve(), link)
    except OSError:  # a file system without links
        shutil.copyfile(file, link)
