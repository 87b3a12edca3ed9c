"""The service under load over loopback: requests a second and how long answers take.

The layer is one that takes 3 ms of CPU for a rewrite and holds the interpreter while it does, or with ``--bundle`` the
real one. The service runs in a process of its own. Two loads: *closed*, each connection asks again when it was answered
(what the service can do); *open*, requests come at a fixed rate whether or not the ones before were answered (what an
assistant feels at that rate). The bar is for the closed load of four connections: at least 200 rewrites a second, 99 in
100 of them answered within 40 ms.

    python benchmarks/serve.py --seconds 10 --json out.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from sayagain.schema import LayerAction, Turn
from sayagain.server.run import serve
from sayagain.server.settings import Settings
from sayagain.state.switch import Switch

MILLISECONDS = 3.0
"""CPU time of a rewrite by the fake layer."""
BAR_RATE, BAR_P99 = 200.0, 40.0
"""Rewrites a second, and the milliseconds within which 99 in 100 must be answered."""
WARM_UP = 1.0
"""Seconds before anything is counted."""


class Busy:
    """A layer that does nothing, and takes its time."""

    version: str | None = "busy"
    held: str | None = None
    fault: str | None = None
    switch = Switch()

    def look(self) -> Switch:
        return self.switch

    def rewrite(self, request: Turn) -> LayerAction | None:
        end = time.thread_time() + MILLISECONDS / 1000
        while time.thread_time() < end:
            pass
        return LayerAction(rewrite="turn on the hall light", source="precomputed 1a2b3c4d", score=0.9)

    def observe(self, turn: Turn) -> None:
        pass

    def flush(self) -> None:
        pass

    def reload(self) -> str | None:
        return self.version

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Load:
    """What is asked, and how."""

    path: str
    connections: int
    rate: float | None
    """Requests a second; None asks again as soon as one was answered."""
    beside: float = 0.0
    """Turns observed a second at the same time."""

    @property
    def name(self) -> str:
        how = "closed" if self.rate is None else f"open, {self.rate:g}/s"
        return f"{self.path} {how}" + (f" + {self.beside:g} observed/s" if self.beside else "")


def serving(folder: Path, bundle: Path | None, threads: int, ready: Connection) -> None:
    def open_layer() -> Busy:
        if bundle is None:
            return Busy()
        from sayagain.online.layer import Layer  # noqa: PLC0415

        return Layer.open(bundle, state)  # type: ignore[return-value,arg-type]

    state = f"sqlite:///{folder / 'state.db'}"
    settings = Settings(port=0, threads=threads, in_flight=256)
    serve(open_layer, state, folder / "log", settings, ready.send)


class Asking:
    """One connection, spoken to in as few words as HTTP allows, so that the client takes little of the machine."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def ask(self, path: str, body: bytes) -> int:
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))
        return int(answer[9:12])


def turn(number: int, text: str) -> bytes:
    said = {"turn": f"t{number}", "user": f"user {number % 500}", "time": 1_767_225_600 + number, "text": text}
    heard = [{"text": text, "score": -0.4}, {"text": f"{text} please", "score": -0.9}]
    return json.dumps(
        {**said, "asr": heard, "interpretation": {"intent": "light_on", "slots": {"light": "wall"}}}
    ).encode()


async def loaded(host: str, port: int, load: Load, seconds: float, first: int, texts: list[str]) -> dict[str, float]:
    """Return answers a second, milliseconds and errors under one load."""
    took: list[float] = []
    errors = 0
    began = time.perf_counter()
    end = began + WARM_UP + seconds
    number = first

    async def asked(asking: Asking, path: str, due: float, counted: bool) -> None:
        nonlocal number, errors
        number += 1
        status = await asking.ask(path, turn(number, texts[number % len(texts)]))
        if counted and due - began >= WARM_UP:
            took.append(1000 * (time.perf_counter() - due))
            errors += status != 200

    async def closed(asking: Asking) -> None:
        await asking.open()
        while (now := time.perf_counter()) < end:
            await asked(asking, load.path, now, True)

    async def opened(path: str, rate: float, counted: bool) -> None:
        free: asyncio.LifoQueue[Asking] = asyncio.LifoQueue()
        at_work: set[asyncio.Task[None]] = set()

        async def one(due: float) -> None:
            asking = Asking(host, port) if free.empty() else free.get_nowait()
            if not hasattr(asking, "_writer"):
                await asking.open()
            await asked(asking, path, due, counted)
            free.put_nowait(asking)

        draw = np.random.default_rng(0)
        due = began
        while (due := due + draw.exponential(1 / rate)) < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(one(due))
            at_work.add(task)
            task.add_done_callback(at_work.discard)
        await asyncio.gather(*at_work)

    jobs = [] if not load.beside else [opened("/observe", load.beside, False)]
    if load.rate is None:
        jobs += [closed(Asking(host, port)) for _ in range(load.connections)]
    else:
        jobs.append(opened(load.path, load.rate, True))
    await asyncio.gather(*jobs)
    p50, p99 = np.percentile(took, [50, 99])
    return {
        "per_second": len(took) / seconds,
        "p50_ms": float(p50),
        "p99_ms": float(p99),
        "errors": errors,
        "last": number,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=10.0, help="of each load")
    asked.add_argument("--connections", type=int, default=4, help="of the closed load")
    asked.add_argument("--threads", type=int, default=Settings.threads, help="that ask the layer")
    asked.add_argument("--bundle", type=Path, help="of the real layer, in place of the fake one")
    asked.add_argument("--texts", type=Path, help="requests to ask for, one a line")
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    texts = given.texts.read_text(encoding="utf8").splitlines() if given.texts else ["turn on the haul light", "stop"]
    loads = [
        Load("/rewrite", given.connections, None),
        Load("/rewrite", 0, BAR_RATE),
        Load("/rewrite", 0, BAR_RATE, beside=50.0),
        Load("/observe", 16, None),
    ]
    spawning = multiprocessing.get_context("spawn")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = spawning.Pipe()
        server = spawning.Process(target=serving, args=(Path(folder), given.bundle, given.threads, theirs), daemon=True)
        server.start()
        host, _, port = ours.recv().removeprefix("http://").rpartition(":")
        first, at_work = 0, psutil.Process(server.pid)
        for load in loads:
            before = sum(at_work.cpu_times()[:2])
            figures = asyncio.run(loaded(host, int(port), load, given.seconds, first, texts))
            last = int(figures.pop("last"))
            figures["cpu_ms"] = 1000 * (sum(at_work.cpu_times()[:2]) - before) / (last - first)
            first = last
            rows.append({"load": load.name, **figures, "machine_load": os.getloadavg()[0]})
        server.terminate()
        server.join()
    names = {"per_second": "answers/s", "p50_ms": "p50 ms", "p99_ms": "p99 ms", "errors": "errors"}
    names |= {"cpu_ms": "service's CPU ms a request", "machine_load": "machine's load"}
    table = Table("asked", *names.values())
    for row in rows:
        table.add_row(row["load"], *(f"{row[name]:.1f}" for name in names))
    Console(width=120).print(table)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf8")
    closed = rows[0]
    sys.exit(not (closed["per_second"] >= BAR_RATE and closed["p99_ms"] <= BAR_P99 and not closed["errors"]))


if __name__ == "__main__":
    main()
