"""Simulated days of homes through a service over HTTP, hostile users among them, with time compressed.

Homes live their days beforehand; here their turns are asked about and observed in the order of time, by eight
connections of which each has its own people. A week before is in the log and was learned from. Beside them: feedback,
people who are erased, bundles learned again from the log and loaded, malformed bodies, a flood of one user, text that
no database takes, slow connections, invented people who teach dangerous pairs. The service is stopped at the end, and
everything that was acknowledged must be in the log once. It stops by itself, and nothing leaves loopback.

The bars: nothing lost, nothing twice, nobody half erased; no status 500; memory and the 99th percentile of ``rewrite``
at the end at most 1.2 times what they were at the beginning; no dangerous pair is served.

    python benchmarks/soak.py --homes 100 --days 10 --minutes 60 --json out.json
    scripts/with_postgres.sh sh -c 'python benchmarks/soak.py --minutes 60 --state "$SAYAGAIN_POSTGRES"'
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import numpy as np
import psutil
import pyarrow as pa
from databases import SQLITE, databases
from hostile import BURSTS, DANGEROUS, slow
from ledger import Ledger, settle
from lives import PATIENCE, Life, command, service
from rich.console import Console
from rich.table import Table
from talkers import Ask, Gone, asking, client, erase

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import SIMULATION_START, Means, live
from sayagain.log.store import Log
from sayagain.schema import Turn

MOST_GROWTH = 1.2
"""Memory, and the 99th percentile of rewrites, at the end over the beginning."""
PARTS = 10
"""Parts of the run that are reported apart."""
CONNECTIONS = 8
"""Of the assistants: as many people may ask at a time."""
HISTORY_DAYS = 7
"""Days before the first that are in the log already, and were learned from."""
AGO = timedelta(days=11)
"""How long ago the first day was: turns of the future are refused."""
WINDOW, EVERY = 20.0, 15.0
"""Seconds in which feedback is taken, and between two moves into the log: an hour is some seconds here."""
FEEDBACK = 0.05
"""Share of the turns about which somebody says whether they helped."""
LEARNED_AGAIN = (0.3, 0.6)
"""When, as shares of the run, a bundle is learned again and loaded."""
BURST_EVERY = 5.0
"""Seconds between two bursts of each hostile client."""
LATER = frozenset({0, 503, 504, 507})
"""No answer, and statuses after which the same request may be sent again."""
TRIES = 20
"""Times that an assistant sends again, a second later each, what was not taken."""
LEARNING = 600.0
"""Seconds that learning may take."""
REQUEST = {"turn", "user", "device", "time", "text", "asr", "context", "trace", "audio"}
"""What is known of a turn before it is answered."""


@dataclass
class Run:
    """One run: its clock, what was acknowledged, and what was measured."""

    days: int
    seconds: float
    first: datetime
    """Simulated time of the beginning."""
    ledger: Ledger = field(default_factory=Ledger)
    took: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """Part and address → milliseconds of the answers to assistants."""
    statuses: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Part → how often assistants were answered with each status; 0 for no answer."""
    over: Event = field(default_factory=Event)
    began: float = field(default_factory=time.monotonic)

    @property
    def share(self) -> float:
        """How much of the run is over, between 0 and 1."""
        return min((time.monotonic() - self.began) / self.seconds, 1.0)

    @property
    def part(self) -> int:
        """The part that it is in."""
        return min(int(self.share * PARTS), PARTS - 1)

    def now(self) -> datetime:
        """Return the simulated time."""
        return self.first + self.share * timedelta(days=self.days)

    def wait_for(self, moment: datetime) -> None:
        """Wait until a simulated time."""
        due = self.began + self.seconds * ((moment - self.first) / timedelta(days=self.days))
        self.over.wait(max(0.0, due - time.monotonic()))

    def asked(self, ask: Ask, path: str, body: bytes) -> tuple[int, Any]:
        """Ask, and measure."""
        part, began = self.part, time.perf_counter()
        try:
            status, told = ask(path, body)
        except Gone:
            status, told = 0, None
        self.took[part, path].append(1000 * (time.perf_counter() - began))
        self.statuses[part][f"{path} {status}"] += 1
        self.ledger.answered(path, status)
        return status, told


def assist(run: Run, address: str, turns: Sequence[Turn]) -> None:
    """Ask about the turns of some people and tell of them, each in its time."""
    ask, draw = asking(address), Random(len(turns))
    for turn in turns:
        run.wait_for(turn.time)
        status, action = run.asked(ask, "/rewrite", turn.model_dump_json(include=REQUEST, exclude_none=True).encode())
        happened = turn.model_dump(mode="json", exclude_none=True) | ({"layer": action} if status == 200 else {})
        observed = json.dumps(happened).encode()
        for _ in range(TRIES):
            status, _ = run.asked(ask, "/observe", observed)
            if status not in LATER:
                break
            time.sleep(1)
        if status == 200:
            run.ledger.turns[turn.turn] = turn.user
        else:
            run.ledger.odd.append(f"refused: an assistant's turn, with {status}")
        if status == 200 and draw.random() < FEEDBACK:
            helpful = draw.random() < 0.5
            status, _ = run.asked(ask, "/feedback", json.dumps({"turn": turn.turn, "helpful": helpful}).encode())
            if status == 200:
                run.ledger.helpful[turn.turn] = helpful


def lived(homes: int, days: int, seed: int) -> tuple[list[Turn], list[Turn]]:
    """Return the turns of the history, and those of the days, each in the order of time."""
    weeks = -(-(HISTORY_DAYS + days) // 7)
    means = Means(Recordings.read(SHIPPED_RECORDINGS), understanding())
    first = SIMULATION_START + timedelta(days=HISTORY_DAYS)
    moved = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - AGO - first
    history, later = [], []
    for home in live(means, homes, weeks, seed):
        for turn, _ in home:
            ends = None if turn.end_time is None else turn.end_time + moved
            there = turn.model_copy(update={"time": turn.time + moved, "end_time": ends})
            if turn.time < first:
                history.append(there)
            elif turn.time < first + timedelta(days=days):
                later.append(there)
    return sorted(history, key=lambda turn: turn.time), sorted(later, key=lambda turn: turn.time)


def learn(folder: Path, state: str) -> str | None:
    """Learn from the log; return what went wrong."""
    life = Life(
        folder / "learning", command, "learn", str(folder / "log"), "--out", str(folder / "bundle"), "--state", state
    )
    life.end(LEARNING)
    return life.failure


def health(address: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    try:
        connection.request("GET", "/health")
        told: dict[str, Any] = json.loads(connection.getresponse().read())
        return told
    finally:
        connection.close()


@contextmanager
def beside(run: Run, address: str) -> Iterator[None]:
    """Have hostile clients, and people who are erased, beside the assistants."""

    def paced(path: str, body: Any) -> tuple[int, Any]:
        if run.over.wait(0.5):
            raise Gone
        return erasing(path, body)

    def again(burst: Callable[[int], object]) -> None:
        number = 0
        while not run.over.wait(BURST_EVERY):
            number += 1
            burst(number)

    def hostile(burst: Callable[..., None]) -> Callable[[int], object]:
        ask = asking(address)
        return lambda number: burst(ask, run.ledger, Random(f"{burst.__name__} {number}"), run.now)

    erasing = asking(address)
    works = [partial(again, each) for each in (*map(hostile, BURSTS), lambda _: slow(address))]
    threads = [client(run.ledger, work) for work in (*works, partial(erase, paced, run.ledger, "guest"))]
    yield
    run.over.set()
    for thread in threads:
        thread.join(PATIENCE)


def watched(run: Run, life: Life, address: str, folder: Path, state: str) -> list[dict[str, Any]]:
    """Return the figures of each part, while bundles are learned again and loaded."""
    rows, process = [], psutil.Process(life.process.pid)
    learning = client(run.ledger, partial(renew, run, address, folder, state))
    for part in range(PARTS):
        run.over.wait(max(0.0, run.began + run.seconds * (part + 1) / PARTS - time.monotonic()))
        told = health(address)
        rows.append({
            "part": part + 1, "megabytes": process.memory_info().rss / 1e6, "waiting": told["waiting"],
            "bundle": told["bundle"], "faults": told["faults"], "statuses": dict(run.statuses[part]),
            **{f"{path[1:]} {name}": round(value, 1) for path in ("/rewrite", "/observe")
               for name, value in percentiles(run.took[part, path]).items()},
        })  # fmt: skip
    learning.join(LEARNING)
    return rows


def percentiles(took: Sequence[float]) -> dict[str, float]:
    p50, p99 = np.percentile(took, [50, 99]) if took else (0.0, 0.0)
    return {"p50": float(p50), "p99": float(p99)}


def renew(run: Run, address: str, folder: Path, state: str) -> None:
    """Learn again, and have the bundle loaded, when it is due."""
    for share in LEARNED_AGAIN:
        run.wait_for(run.first + share * timedelta(days=run.days))
        if failure := learn(folder, state):
            run.ledger.odd.append(f"learning failed: {failure}")
        status, _ = asking(address)("/bundle/reload", {})
        run.ledger.answered("/bundle/reload", status)


def dangerous(address: str) -> list[str]:
    """Return what strangers get for a request that invented people taught to mean its opposite."""
    ask, found = asking(address), []
    for number in range(5):
        request = {
            "user": f"new {number}",
            "time": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
            "text": DANGEROUS[0],
        }
        _, action = ask("/rewrite", request)
        if action and action.get("rewrite"):
            found.append(f"dangerous: a stranger's request becomes “{action['rewrite']}”")
    return found


def soaked(homes: int, days: int, minutes: float, seed: int, state: str, folder: Path) -> dict[str, Any]:
    history, later = lived(homes, days, seed)
    rows = pa.Table.from_pylist([turn.to_row() for turn in history], Turn.arrow_schema())
    Log.create(folder / "log").append([rows])
    if failure := learn(folder, state):
        sys.exit(f"learning failed: {failure}")
    life = Life(folder / "errors", service, folder / "bundle", state, folder / "log", WINDOW, EVERY)
    try:
        address = life.told(PATIENCE)
        if address is None:
            sys.exit(f"the service does not start: {life.failure}")
        run = Run(days, 60 * minutes, later[0].time)
        with beside(run, address):
            people = [
                [turn for turn in later if crc32(turn.user.encode()) % CONNECTIONS == i] for i in range(CONNECTIONS)
            ]
            threads = [client(run.ledger, partial(assist, run, address, turns)) for turns in people]
            parts = watched(run, life, address, folder, state)
            for thread in threads:
                thread.join(PATIENCE)
        faults = dangerous(address)
        life.process.terminate()
        life.process.join(PATIENCE)
        faults += [f"stopped badly: {life.failure}"] if life.process.exitcode not in (0, -15) else []
    finally:
        life.kill()
    faults += settle(run.ledger, folder / "bundle", state, folder / "log")
    ledger = run.ledger
    asked = [row["rewrite p99"] for row in parts if row["rewrite p99"]]
    figures = {"memory": parts[-1]["megabytes"] / parts[1]["megabytes"], "p99": asked[-1] / asked[0]}
    counts = {"turns": len(ledger.turns), "feedback": len(ledger.helpful), "erased": len(ledger.erased)}
    statuses = {f"{path} {status}": count for (path, status), count in sorted(ledger.statuses.items())}
    return {"parts": parts, **counts, "growth": figures, "statuses": statuses, "faults": faults}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--homes", type=int, default=100)
    asked.add_argument("--days", type=int, default=10)
    asked.add_argument("--minutes", type=float, default=60.0, help="of the days; before and after it takes a few more")
    asked.add_argument("--state", default=SQLITE, help="sqlite, or the URL of a PostgreSQL to make a database in")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(given.state) as new_state:
        place = Path(folder)
        found = soaked(given.homes, given.days, given.minutes, given.seed, new_state(place), place)
    report(found)
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
    sys.exit(bool(found["faults"]) or max(found["growth"].values()) > MOST_GROWTH)


def report(found: dict[str, Any]) -> None:
    names = ["part", "rewrite p50", "rewrite p99", "observe p50", "observe p99", "megabytes", "waiting", "bundle"]
    table = Table(*names, "statuses", "faults")
    for row in found["parts"]:
        shown = (f"{row[name]:,.1f}" if isinstance(row[name], float) else str(row[name]) for name in names)
        statuses = ", ".join(f"{name}: {count}" for name, count in row["statuses"].items() if not name.endswith(" 200"))
        table.add_row(*shown, statuses, str(row["faults"] or ""))
    console = Console(width=160)
    console.print(table)
    for name in ("turns", "feedback", "erased"):
        console.print(f"{name}: {found[name]:,}")
    console.print("all statuses:", ", ".join(f"{name}: {count:,}" for name, count in found["statuses"].items()))
    for name, growth in found["growth"].items():
        console.print(
            f"{name} at the end over the beginning: {growth:.2f}, at most {MOST_GROWTH}: {growth <= MOST_GROWTH}"
        )
    console.print(f"faults: {len(found['faults']):,}")
    for fault in found["faults"][:20]:
        console.print(fault, markup=False)


if __name__ == "__main__":
    main()
