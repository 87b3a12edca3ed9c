"""What earlier releases left on the disk, as they wrote it: bundles of formats 1 and 2, a log, a state database."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import layered
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.bundle.layout import CURRENT, MANIFEST, ONLINE, REFUSED, REWRITES, SIGNALS
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle

LATER_OF_REWRITES = ("days", "mined", "held")
"""Columns of rewrites that the first release did not have."""

SETTINGS: dict[int, dict[str, Any]] = {
    1: {"min_people": 3, "review": False, "release": "0.1.0"},
    2: {"min_people": 3, "review": False, "release": "0.1.0", "sensitive": ["unlock", "garage"]},
}
LEARNED_FROM = {
    "log": "log", "turns": 144, "users": 48, "first": "2026-01-05T08:00:00+00:00",
    "last": "2026-01-07T08:55:55+00:00", "expected_defects": 49.4, "expected_rephrases": 50.5,
}  # fmt: skip


def bundle(folder: Path, format: int, rewrites: Sequence[Rewrite]) -> Path:
    """Write version 000001 of a bundle in an earlier format; its rewrites are in the state database beside it."""
    version = folder / "000001"
    version.mkdir(parents=True)
    schema = pa.schema([field for field in Rewrite.arrow_schema() if field.name not in LATER_OF_REWRITES])
    for name, found in ((REWRITES, rewrites), (REFUSED, ())):
        pq.write_table(pa.Table.from_pylist([each.to_row() for each in found], schema), version / name)
    (version / SIGNALS).write_text(json.dumps(layered.NOTHING))
    if format > 1:
        _online(folder.with_name(f"{folder.name}-today"), version / ONLINE)
    figures = {"states": 8, "moves": 4, "rewrites": len(rewrites), "refused": {}, "seconds": 2.61}
    files = [each for each in sorted(version.rglob("*")) if each.is_file()]
    manifest = {
        "format": format,
        "created": "2026-01-08T06:00:00Z",
        "learned_from": LEARNED_FROM,
        "settings": SETTINGS[format],
        "figures": figures,
        "checksums": {str(each.relative_to(version)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files},
    }
    (version / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    (folder / CURRENT).write_text("000001")
    Lifecycle(beside(folder)).receive(rewrites, review=False)
    return folder


def _online(today: Path, folder: Path) -> None:
    """Take the online part of a bundle of today, and leave out what came later."""
    (layered.bundle(today) / "000001" / ONLINE).rename(folder)
    for name, later in (("requests.parquet", ["lost"]), ("ways.parquet", ["days", "oftener"])):
        pq.write_table(pq.read_table(folder / name).drop_columns(later), folder / name)
    (folder / "places.npy").unlink(missing_ok=True)
    ranker = json.loads((folder / "ranker.json").read_text())
    (folder / "ranker.json").write_text(json.dumps({k: ranker[k] for k in ranker.keys() - {"features", "cautious"}}))


def log(folder: Path, turns: Iterable[Turn]) -> Path:
    """Write one file of a log whose layers knew neither offers nor scores."""
    schema = Turn.arrow_schema()
    place = schema.get_field_index("layer")
    kept = [field for field in schema.field(place).type if field.name not in ("offer", "score")]
    rows = [turn.to_row() for turn in turns]
    (folder / "day=2026-01-05").mkdir(parents=True)
    earlier = schema.set(place, pa.field("layer", pa.struct(kept)))
    pq.write_table(pa.Table.from_pylist(rows, earlier), folder / "day=2026-01-05" / "part-1.parquet")
    return folder


TABLES = """
CREATE TABLE rewrite (
    id VARCHAR(8) NOT NULL, source VARCHAR NOT NULL, target VARCHAR NOT NULL, status VARCHAR(16) NOT NULL,
    decided_by VARCHAR(16) NOT NULL, decided_at DATETIME NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE memory (user VARCHAR NOT NULL, memory JSON NOT NULL, PRIMARY KEY (user));
"""
"""The state database before people's complaints were counted, and before there was an inbox."""


def state(path: Path, standings: Iterable[tuple[str, str, str, str, str]], profiles: dict[str, Any]) -> str:
    """Write a state database; a standing is id, source, target, status and who decided. Return its URL."""
    with sqlite3.connect(path) as connection:
        connection.executescript(TABLES)
        rows = [(*standing, "2026-01-09 08:00:00.000000") for standing in standings]
        connection.executemany("INSERT INTO rewrite VALUES (?, ?, ?, ?, ?, ?)", rows)
        remembered = [(user, json.dumps(profile)) for user, profile in profiles.items()]
        connection.executemany("INSERT INTO memory VALUES (?, ?)", remembered)
    connection.close()
    return f"sqlite:///{path}"
