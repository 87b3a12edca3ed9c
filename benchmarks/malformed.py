"""Malformed bodies: the service must refuse them, never fail on one, and go on answering meanwhile.

Bodies that are right are spoilt (cut short, bytes changed, values of the wrong kind put in, text that no database
takes, nested without end …) and sent over loopback to every address that takes one. Some come out right after all: it
goes on until so many were not. Between every thousand of them a request that is right is made. Prints how often each
status was answered, and how long the slowest of the right ones took; ends with 1 where a status is 500 (503: come
again), an answer is missing, or a right one is not answered.

    python benchmarks/malformed.py --bodies 100000 --json out.json
    python benchmarks/malformed.py --state postgresql+psycopg://…
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from copy import deepcopy
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from serve import Asking, Busy, turn

from sayagain.log.store import Log
from sayagain.online.erasure.memory import Remembered
from sayagain.schema import LayerAction, Turn
from sayagain.server.inbox_to_log import compact
from sayagain.server.run import serve
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

CONNECTIONS = 4
EVERY = 1000
"""Spoilt bodies between two that are right."""
PATIENCE = 10.0
"""Seconds without an answer that are a stall."""


class Idle(Busy):
    """A layer that is not what is tried here."""

    def rewrite(self, request: Turn) -> LayerAction | None:
        return None

    def forget(self, user: str) -> Remembered:
        return Remembered(frozenset(), 0)


PATHS = {"/rewrite": 25, "/observe": 25, "/observe/batch": 24, "/feedback": 25, "/forget": 1}
"""Addresses, with their shares in 100: an erasure that is right reads all that is in the inbox."""

TAKEN = (200, 404)
"""Statuses of a body that was right after all; of feedback, about a turn that is not there."""

STRANGE: list[Any] = [
    *(None, True, 0, -1, 1e308, 10**400, "", "\x00", "🛑", "la " * 5000, [], {}, [[]], {"": ""}, [None], {"text": {}}),
    *(
        "a\x00b",
        "\ud800",
        "\udc00\ud800",
        "\ufdd0\U0010ffff",
        "\u202eecho\u200b\ufeff",
        "e\u0301\u0327" * 200,
        "ﷺ" * 99,
        "\x1b[2J",
    ),
    *(2**63, -(2**63) - 1, 1.5, -0.0, "=1+1", "'; DROP TABLE inbox; --", "tenant:acme:ann", "../../etc", "\r\nX: y"),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", 10**18, -(10**18), 253402300800, "24:00"),
]
"""Values that no field, or not every field, can hold."""

LONG = ["x" * 900_000, "🛑" * 200_000, "x" * (1 << 20), [0] * 300_000]
"""Values as long as a body may be, or longer."""

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
    if path == "/forget":
        return {"user": one["user"], "x": [one]}
    if path == "/feedback":
        return {"turn": one["turn"], "helpful": draw.random() < 0.5, "comment": "no"}
    return one


def spoilt(draw: Random, path: str) -> bytes:
    body = right(draw, path)
    for _ in range(draw.randint(0, 3)):
        _put(draw, body, draw.choice(STRANGE if draw.random() < 0.995 else LONG))
    raw = json.dumps(body, ensure_ascii=draw.random() < 0.5).encode(errors="surrogatepass")
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


def serving(folder: Path, state: str, ready: Connection) -> None:
    serve(Idle, state, folder / "log", Settings(port=0), ready.send)


async def tried(
    host: str, port: int, bodies: int, until: float, seed: int
) -> tuple[Counter[tuple[str, int]], list[float]]:
    """Return how often each address answered each status (0: not at all), and the seconds of right requests."""
    draw = Random(seed)
    found: Counter[tuple[str, int]] = Counter()
    took: list[float] = []
    refused = 0

    async def asked(asking: Asking, path: str, body: bytes) -> int:
        try:
            async with asyncio.timeout(PATIENCE):
                return await asking.ask(path, body)
        except (OSError, EOFError, TimeoutError):
            await asking.open()
            return 0

    async def send() -> None:
        nonlocal refused
        asking = Asking(host, port)
        await asking.open()
        while refused < bodies and time.perf_counter() < until:
            (path,) = draw.choices(list(PATHS), PATHS.values())
            status = await asked(asking, path, spoilt(draw, path))
            found[path, status] += 1
            refused += status not in TAKEN
            shown.update(task, completed=refused)
            if sum(found.values()) % EVERY == 0:
                began = time.perf_counter()
                if await asked(asking, "/rewrite", turn(0, "stop")) != 200:
                    sys.exit("a request that is right was not answered")
                took.append(time.perf_counter() - began)

    with Progress() as shown:
        task = shown.add_task("spoilt bodies", total=bodies)
        await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return found, took


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
    asked.add_argument("--seconds", type=float, default=math.inf, help="end after so long with what was sent till then")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--state", help="URL of the state database, which is to be empty; by default a SQLite file")
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = given.state or f"sqlite:///{folder / 'state.db'}"
        ours, theirs = spawning.Pipe()
        server = spawning.Process(target=serving, args=(folder, state, theirs), daemon=True)
        server.start()
        host, _, port = ours.recv().removeprefix("http://").rpartition(":")
        began = time.perf_counter()
        found, took = asyncio.run(tried(host, int(port), given.bodies, began + given.seconds, given.seed))
        seconds = time.perf_counter() - began
        server.terminate()
        server.join()
        _settled(Inbox(state), Log.create(folder / "log"))
    table = Table("address", "status", "bodies")
    for (path, status), count in sorted(found.items()):
        table.add_row(path, str(status), f"{count:,}")
    Console().print(table)
    if given.json:
        rows = [{"path": path, "status": status, "bodies": count} for (path, status), count in sorted(found.items())]
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf8")
    failed = sum(count for (_, status), count in found.items() if status in (0, 500))
    print(f"{failed} of {found.total():,} made the service fail, in {seconds:.0f} s")
    print(
        f"{len(took)} requests that are right were answered meanwhile, the slowest within {max(took, default=0):.2f} s"
    )
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
