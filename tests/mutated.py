"""Bundles that were damaged on purpose, with checksums that are right: each file of a version, in many ways."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.bundle.layout import MANIFEST
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.schema import Turn

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
AGAIN = (
    ("turn on the haul light", "turn on the hall light", "turn_on|area=hall"),
    ("dim the porch lamb", "dim the porch lamp", "dim|light=porch lamp"),
    ("play radio juan", "play radio one", "play|station=radio one"),
)
"""What is not understood, what is said then, and what that means."""


def household() -> Iterator[Turn]:
    """People who are not understood and say it again; one spelling of a request is refused, another one served."""
    for number in range(48):
        for begun, (failed, works, meaning) in enumerate(AGAIN):
            intent, _, slot = meaning.partition("|")
            name, _, value = slot.partition("=")
            understood = {"intent": intent, "slots": {name: value}}
            who = {"user": f"person {number % 12}", "session": f"{number}-{begun}"}
            time = MONDAY + timedelta(hours=5 * number, minutes=10 * begun)
            asr = [{"text": failed, "score": -0.3 - number / 100}]
            for after, told in (
                (0, {"text": failed, "asr": asr, "status": "error"}),
                (5, {"text": works, "status": "ok", "interpretation": understood}),
                (90, {"text": works, "status": "ok", "interpretation": understood}),
                (200, {"text": works + " 1", "status": "error"}),
                (300, {"text": works + " one", "status": "ok", "interpretation": understood}),
            ):
                yield Turn.model_validate({"time": time + timedelta(seconds=after), **who, **told})


def learned(folder: Path) -> Path:
    """Learn a small bundle that has every file a version may have; return its directory."""
    log = Log.create(folder / "log")
    turns = [turn.model_copy(update={"turn": str(number)}) for number, turn in enumerate(household())]
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    learn(folder / "log", folder / "bundle", Settings(spans=False))
    return folder / "bundle"


def files(version: Path) -> list[Path]:
    """Return the files of a version that its manifest vouches for."""
    checksums = json.loads((version / MANIFEST).read_text(encoding="utf8"))["checksums"]
    return [version / name for name in checksums]


def summed(version: Path) -> None:
    """Write the checksums that the files of a version have now."""
    path = version / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf8"))
    for name in manifest["checksums"]:
        manifest["checksums"][name] = hashlib.sha256((version / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf8")


def cut(data: bytes, draw: Random) -> bytes:
    return data[: draw.randrange(len(data))] if data else data


def emptied(data: bytes, draw: Random) -> bytes:
    return b""


def lengthened(data: bytes, draw: Random) -> bytes:
    return data + draw.randbytes(draw.randint(1, 64))


def flipped(data: bytes, draw: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 4, 16])):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def enlarged(data: bytes, draw: Random) -> bytes:
    """Put a number that is too large, negative or NaN where eight bytes were."""
    numbers = [b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\xff" * 4, struct.pack("<d", float("nan")), b"\0" * 8]
    number = draw.choice([*numbers, struct.pack("<I", 1 << 24), struct.pack(">f", float("inf"))])
    at = draw.randrange(max(1, len(data) - len(number)))
    return data[:at] + number + data[at + len(number) :]


OF_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (cut, emptied, lengthened, flipped, enlarged)

STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 2.5, 10**400, 1e308, float("nan"), float("-inf"), "", "x", "\ud800", [], {}, [[]], [-1],
    {"a": 1},
)  # fmt: skip


def json_of(data: bytes, draw: Random) -> bytes:
    """Put a strange value somewhere into JSON, or bury it."""
    value = json.loads(data)
    if draw.random() < 0.15:
        return b"[" * 100_000 + b"]" * 100_000
    places = list(_places(value))
    if not places:
        return json.dumps(draw.choice(STRANGE)).encode()
    holder, key = draw.choice(places)
    if draw.random() < 0.3:
        del holder[key]
    else:
        holder[key] = draw.choice(STRANGE)
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def parquet_of(data: bytes, draw: Random) -> bytes:
    """Change a column of a table: its type, its values, its name; or the rows."""
    table = pq.read_table(pa.BufferReader(data))
    at = draw.randrange(len(table.column_names))
    field, column = table.schema.field(at), table.column(at)
    way = draw.randrange(6)
    if way == 0:
        table = table.drop_columns([field.name])
    elif way == 1:
        table = table.set_column(at, field.name, pa.array([None] * len(table), field.type))
    elif way == 2:
        table = table.set_column(at, field.name, pa.array([[1]] * len(table), pa.list_(pa.int64())))
    elif way == 3:
        table = draw.choice([table.slice(0, 0), pa.concat_tables([table] * 50)])
    elif pa.types.is_floating(column.type):
        wrong = draw.choice([float("nan"), float("inf"), -1.0, 1e30])
        table = table.set_column(at, field, pa.array([wrong] * len(table), field.type))
    elif pa.types.is_integer(column.type):
        wrong = draw.choice([-1, -(1 << 31), (1 << 31) - 1])
        table = table.set_column(at, field, pa.array([wrong] * len(table), field.type))
    elif pa.types.is_string(column.type):
        wrong = draw.choice(["", "\0", "a" * 100_000, "|||;;;===\\", "nothing that is indexed"])
        table = table.set_column(at, field, pa.array([wrong] * len(table), field.type))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def npy_of(data: bytes, draw: Random) -> bytes:
    """Write keys of another type or shape, in another order, or fewer than the file says."""
    header = b"{'descr': '<u8', 'fortran_order': False, 'shape': (%d,), }" % draw.choice([1 << 40, 1 << 62, 10**30])
    if draw.random() < 0.3:
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n"
    keys = draw.choice([
        np.arange(9, dtype="f8"), np.arange(8, dtype="u8").reshape(2, 4), np.arange(9, dtype="u8")[::-1],
        np.zeros(9, "u8"), np.array([{}, None], object), np.array("x"), np.arange(9, dtype=">u8"),
    ])  # fmt: skip
    sink = io.BytesIO()
    np.save(sink, keys, allow_pickle=True)
    return sink.getvalue()


OF_KIND: Mapping[str, Callable[[bytes, Random], bytes]] = {
    ".json": json_of, ".parquet": parquet_of, ".npy": npy_of,
}  # fmt: skip
"""What is changed in a file by what it means, by its suffix."""


def mutate(version: Path, draw: Random) -> str:
    """Damage one file of a version, with right checksums; return which, and how."""
    path = draw.choice(files(version))
    data = path.read_bytes()
    if draw.random() < 0.1:
        other = draw.choice(files(version))
        path.write_bytes(other.read_bytes())
        how = f"with what {other.name} holds"
    else:
        kind = OF_KIND.get(path.suffix)
        way = kind if kind is not None and draw.random() < 0.5 else draw.choice(OF_BYTES)
        path.write_bytes(way(data, draw))
        how = way.__name__
    summed(version)
    return f"{path.relative_to(version)} {how}"
