"""Malformed bodies: the service must refuse them, and never fail on one.

Bodies that are right are spoilt (cut short, bytes changed, values of the wrong kind put in, nested without end …) and
sent to every address that takes one, inside this process. Some come out right after all: it goes on until so many were
not. Prints how often each status was answered; ends with 1 when any of them is 500 or more.

    python benchmarks/malformed.py --bodies 100000 --json out.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
from collections import Counter
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from serve import Busy, turn

from sayagain.log.store import Log
from sayagain.server.app import create
from sayagain.server.compact import compact
from sayagain.state.inbox import Inbox

Busy.rewrite = lambda self, request: None  # type: ignore[method-assign]  # the layer is not what is tried here

PATHS = ("/rewrite", "/observe", "/observe/batch", "/feedback")

TAKEN = (200, 404)
"""Statuses of a body that was right after all; of feedback, about a turn that is not there."""

STRANGE: list[Any] = [
    *(None, True, 0, -1, 1e308, 10**400, "", "\x00", "🛑", "la " * 5000, [], {}, [[]], {"": ""}, [None], {"text": {}}),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", 10**18, -(10**18), 253402300800, "24:00"),
]
"""Values that no field, or not every field, can hold."""

PIECES = [
    *(b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x00", b"\\ud800", b"\\u0000", b"NaN", b"Infinity", b"1e999", b"-"),
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"[" * 3000, b'{"a":' * 3000, b"9" * 5000, b'"turn": "x",', b"\\"),
]
"""Bytes that break JSON, or its strings, or a reader of either."""


def right(draw: Random, path: str) -> Any:
    """Return a body that the address takes."""
    one = json.loads(turn(draw.randrange(1000), draw.choice(["stop", "turn on the haul light", "naïve 🛑"])))
    more = {"trace": [{"stage": "asr", "milliseconds": 3}], "context": {"sensors": {"lux": 3.5}}, "mood": {"calm": [1]}}
    one |= {name: value for name, value in more.items() if draw.random() < 0.5}
    if path == "/observe/batch":
        return [one, {"time": 0, "text": ""}]
    if path == "/feedback":
        return {"turn": one["turn"], "helpful": draw.random() < 0.5, "comment": "no"}
    return one


def spoilt(draw: Random, path: str) -> bytes:
    body = right(draw, path)
    for _ in range(draw.randint(0, 3)):
        _put(draw, body, draw.choice(STRANGE))
    raw = json.dumps(body, ensure_ascii=draw.random() < 0.5).encode()
    for _ in range(draw.randint(0, 3)):
        at = draw.randrange(len(raw) + 1)
        kind = draw.randrange(5)
        if kind == 0:
            raw = raw[:at]
        elif kind == 1:
            raw = raw[:at] + draw.choice(PIECES) + raw[at:]
        elif kind == 2:
            raw = raw[:at] + bytes([draw.randrange(256)]) + raw[at + 1 :]
        elif kind == 3:
            raw = raw[:at] + raw[at + draw.randint(1, 20) :]
        else:
            raw = raw + raw[at:]
    return raw if draw.random() < 0.98 else draw.randbytes(draw.randrange(200))


def _put(draw: Random, body: Any, value: Any) -> None:
    """Put a value, or lose one, somewhere in a body."""
    while True:
        keys = list(body) if isinstance(body, dict) else list(range(len(body)))
        if not keys:
            return
        key = draw.choice(keys)
        if isinstance(body[key], (dict, list)) and body[key] and draw.random() < 0.6:
            body = body[key]
            continue
        if draw.random() < 0.2:
            del body[key]
        else:
            body[key] = deepcopy(value)
        return


async def answered(app: Any, path: str, body: bytes) -> int:
    """Return the status of the answer; an exception is a failure of the worst kind."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8377),
    }
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


async def tried(bodies: int, seed: int, folder: Path) -> Counter[tuple[str, int]]:
    draw = Random(seed)
    log = Log.create(folder / "log")
    state = f"sqlite:///{folder / 'state.db'}"
    app = create(Busy(), Inbox(state), log)
    found: Counter[tuple[str, int]] = Counter()
    async with app.router.lifespan_context(app):
        for _ in track(range(bodies), "spoilt bodies"):
            status = TAKEN[0]
            while status in TAKEN:
                path = draw.choice(PATHS)
                status = await answered(app, path, spoilt(draw, path))
                found[path, status] += 1
    _settled(Inbox(state), log)
    return found


def _settled(inbox: Inbox, log: Log) -> None:
    """Make sure that what was taken, however strange, can be read again and moves into the log."""
    while kept := inbox.next(1000):
        inbox.handed(kept).result()
    compact(inbox, log, math.inf)
    left = len(inbox.close_turns(math.inf, 1))
    inbox.close()
    if left:
        sys.exit("a turn that was taken cannot move into the log")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--bodies", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(tried(given.bodies, given.seed, Path(folder)))
    table = Table("address", "status", "bodies")
    for (path, status), count in sorted(found.items()):
        table.add_row(path, str(status), f"{count:,}")
    Console().print(table)
    if given.json:
        rows = [{"path": path, "status": status, "bodies": count} for (path, status), count in sorted(found.items())]
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf8")
    failed = sum(count for (_, status), count in found.items() if status >= 500)
    print(f"{failed} of {given.bodies:,} made the service fail")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
