"""Learning from a generated log: seconds over one scan of the columns it reads, peak memory, growth from N / 10 to N.

The baseline is a warm DuckDB that reads every value of those columns once and does nothing with it. Learning is
measured with the pairwise scorer alone and with the span model, which reads a part of the log. Generation, learning and
scan each run in a process of their own, so that each peak is its own.

    python benchmarks/learn.py --turns 10000000 --folder generated --json out.json
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generated_log import write
from rich.console import Console
from rich.table import Table

READ = {
    "turn": "turn", "session": "session", "user": '"user"', "time": "epoch_us(time)", "text": "text",
    "asr": "list_transform(asr, lambda heard: heard.score)",
    "interpretation": "interpretation.domain, interpretation.intent, interpretation.slots, interpretation.confidence",
    "status": "status", "response": "response", "barge_in": "barge_in", "layer": "layer.rewrite",
    "feedback": "feedback.helpful", "sequence": "sequence", "undone_after": "undone_after",
    "engaged_for": "engaged_for", "engaged_share": "engaged_share",
}  # fmt: skip
"""What learning reads of each column (``log.tables``, ``log.requests``); ``device`` too where sessions are cut."""

SCANS = 3
"""The first warms the caches; of the others the fastest counts."""
MOST_SCANS, MOST_GB, MOST_GROWTH, MOST_READING = 20, 4.0, 11.0, 10.0
"""The bars: seconds of learning without the span model over seconds of a scan, peak memory, seconds at N over seconds
at N / 10; and with the span model over without it."""

Figures = dict[str, Any]


def generate(log: Path, turns: int, seed: int, sessions: bool) -> Figures:
    draft = log.with_name("draft")
    said = write(draft, turns, seed, sessions)
    draft.rename(log)
    return {"distinct_texts": said}


def learn(log: Path, spans: bool) -> Figures:
    from sayagain.learning.pipeline import learn as learn_from  # noqa: PLC0415
    from sayagain.learning.settings import Settings  # noqa: PLC0415

    stages: dict[str, float] = {}
    last = ""

    def stage(told: str) -> None:
        nonlocal last
        name = told.partition(":")[0]
        if name == last:
            return
        now = time.perf_counter()
        stages[last] = now - stages.get(last, now)
        stages[name] = now
        last = name
        Console().log(name)

    with tempfile.TemporaryDirectory(dir=log.parent) as out:
        began = time.perf_counter()
        learned = learn_from(log, Path(out) / "bundle", Settings(spans=spans), stage)
        seconds = time.perf_counter() - began
        stage("end")
    del stages[""], stages["end"]
    return {"seconds": seconds, "stages": stages, **learned.figures.model_dump(include={"states", "moves", "rewrites"})}


def scan(log: Path) -> Figures:
    """Read every value that learning reads, once, in one query.

    Each value goes through a hash, for that treats all types alike and must see every byte; counts and extremes could
    be answered from the statistics of the files, and sums or comparisons fit some types only.
    """
    import duckdb  # noqa: PLC0415 - each child loads only what it measures

    from sayagain.log.engine import connect  # noqa: PLC0415
    from sayagain.log.store import Log  # noqa: PLC0415
    from sayagain.log.tables import exchanges  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=log.parent) as spill:
        turns = Log.open(log).turns(connect(Path(spill)))
        cut = bool(turns.session.isnull().any().to_pyarrow().as_py())
        read = {**READ, "device": "device"} if cut else READ
        exchanges(turns.select(*READ, "device"))  # fails where learning reads a column that is not named here
    query = f"SELECT bit_xor(hash({', '.join(read.values())})) FROM read_parquet('{log}/*/*.parquet')"
    engine = duckdb.connect()
    seconds = []
    for _ in range(SCANS):
        began, busy = time.perf_counter(), time.process_time()
        engine.execute(query).fetchall()
        seconds.append((time.perf_counter() - began, time.process_time() - busy))
    best, busy = min(seconds[1:])
    return {"seconds": best, "cpu_seconds": busy}


def _child(work: Callable[..., Figures], given: tuple[Any, ...], results: multiprocessing.Queue[Figures]) -> None:
    figures = work(*given)
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    results.put({"cpu_seconds": used.ru_utime + used.ru_stime, "peak_gb": peak / 1e9, **figures})


def alone(work: Callable[..., Figures], *given: Any) -> Figures:
    """Return the figures of one piece of work, done in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Figures] = spawn.Queue()
    child = spawn.Process(target=_child, args=(work, given, results))
    child.start()
    child.join()
    if child.exitcode != 0:
        raise SystemExit(f"{work.__name__} failed")
    return results.get()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-sessions", action="store_true", help="a log that names no sessions")
    parser.add_argument("--folder", type=Path, help="where generated logs are kept and found again")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    rows = []
    with tempfile.TemporaryDirectory() as passing:
        for turns in (given.turns // 10, given.turns):
            name = f"{turns}-{given.seed}{'-no-sessions' if given.no_sessions else ''}"
            log = (given.folder or Path(passing)) / name / "log"
            if not log.exists():
                alone(generate, log, turns, given.seed, not given.no_sessions)
            learned = {"learn": alone(learn, log, False), "with_spans": alone(learn, log, True)}
            rows.append({"turns": turns, **learned, "scan": alone(scan, log)})
    report(rows, given.json)


def report(rows: list[dict[str, Any]], out: Path | None) -> None:
    table = Table(title="Learning", title_justify="left")
    table.add_column("")
    for row in rows:
        table.add_column(f"{row['turns']:,} turns", justify="right")
    ratios = [row["learn"]["seconds"] / row["scan"]["seconds"] for row in rows]
    busy = [row["learn"]["cpu_seconds"] / row["scan"]["cpu_seconds"] for row in rows]
    peaks = [max(row["learn"]["peak_gb"], row["with_spans"]["peak_gb"]) for row in rows]
    reading = [row["with_spans"]["seconds"] / row["learn"]["seconds"] for row in rows]
    table.add_row("distinct requests", *(f"{row['learn']['states']:,}" for row in rows))
    table.add_row("rewrites", *(f"{row['learn']['rewrites']:,}" for row in rows))
    table.add_row("scan, s", *(f"{row['scan']['seconds']:.2f}" for row in rows))
    table.add_row("learn, s", *(f"{row['learn']['seconds']:.1f}" for row in rows))
    table.add_row("with the span model, s", *(f"{row['with_spans']['seconds']:.1f}" for row in rows))
    for stage in rows[0]["with_spans"]["stages"]:
        table.add_row(f"  {stage}", *(f"{row['with_spans']['stages'].get(stage, 0):.1f}" for row in rows))
    table.add_row("learn / scan", *(f"{ratio:.1f}" for ratio in ratios))
    table.add_row("learn / scan, processor seconds", *(f"{ratio:.1f}" for ratio in busy))
    table.add_row("peak memory, GB", *(f"{peak:.2f}" for peak in peaks))
    growth = rows[1]["learn"]["seconds"] / rows[0]["learn"]["seconds"]
    figures = {
        "learn / scan": (ratios[-1], MOST_SCANS),
        "peak GB": (max(peaks), MOST_GB),
        "seconds at N over N / 10": (growth, MOST_GROWTH),
        "with the span model / without, at N / 10": (reading[0], MOST_READING),
    }
    console = Console()
    console.print(table)
    for name, (found, most) in figures.items():
        console.print(f"{name}: {found:.2f}, at most {most:g}: {found <= most}")
    if out is not None:
        bars = {
            name: {"found": found, "at_most": most, "met": found <= most} for name, (found, most) in figures.items()
        }
        out.write_text(json.dumps({"rows": rows, "bars": bars}, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
