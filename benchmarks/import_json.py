"""Import of JSON lines: turns a second beside DuckDB's own reader in the same run, and peak memory at N and N / 10.

The baseline reads the same file with ``duckdb.read_json``, sorts it by time and writes it as Parquet by day: what one
would do without validation, known ids, rejects and crash safety. Both run in child processes of their own, so that
each peak is its own.

    python benchmarks/import_json.py --turns 1000000 --json out.json

With ``--alone`` the import of N alone, from a file that is packed as it is generated, so that ten million lines need
little disk; what is held in memory at a time does not grow with N, in the generator neither.

    python benchmarks/import_json.py --turns 10000000 --alone --json out.json
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from rich.console import Console
from rich.table import Table

START = 1_735_689_600
"""The first turn's Unix time, 2025-01-01; turns then follow 3 seconds apart, about 29 thousand a day: ten million of
them end 347 days later, and turns of the future are set apart."""
DISTINCT = 250_000
"""Distinct requests at 10 million turns, as the issue asks; fewer turns meet fewer of them."""
CEILING_MB = 1200
"""Peak memory an import may reach at any N: what DuckDB may hold (``addition.IMPORT_MEMORY``, 512 MB) and the rest of
the process (about 400 MB). Below a million turns all fits in memory and the peak grows with N; from there to 10
million staging and sorting grew by 17 %."""


def generate(path: Path, turns: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    with _writing(path) as file:
        for first in range(0, turns, 100_000):
            number = np.arange(first, min(first + 100_000, turns))
            request = (draw.zipf(1.3, len(number)) % DISTINCT).tolist()
            user = draw.integers(0, max(turns // 1000, 1), len(number)).tolist()
            sure = draw.random(len(number)).round(3).tolist()
            for i, said, who, confidence in zip(number.tolist(), request, user, sure, strict=True):
                text = f"turn on the light number {said} please"
                turn = {
                    "turn": f"t{i:09d}",
                    "session": f"s{i // 4}",
                    "user": f"user-{who}",
                    "device": f"device-{who}",
                    "time": START + 3 * i,
                    "end_time": START + 3 * i + 2,
                    "text": text,
                    "asr": [{"text": text, "score": -confidence}, {"text": text[:-7], "score": -2.5}],
                    "interpretation": {
                        "domain": "light",
                        "intent": "turn_on",
                        "slots": [{"name": "light", "value": str(said)}],
                        "confidence": confidence,
                    },
                    "status": "ok",
                    "response": "Done.",
                    "barge_in": False,
                }
                file.write(json.dumps(turn) + "\n")


def _writing(path: Path) -> IO[str]:
    packed = path.suffix == ".gz"
    return gzip.open(path, "wt", compresslevel=1, encoding="utf8") if packed else path.open("w", encoding="utf8")


def ours(source: Path, out: Path) -> int:
    from sayagain.log.ingest import ingest  # noqa: PLC0415 - each child loads only what it measures

    return ingest([source], "jsonl", out / "log").added


def baseline(source: Path, out: Path) -> int:
    import duckdb  # noqa: PLC0415 - each child loads only what it measures

    connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(out / "spill")})
    connection.execute(
        f"COPY (SELECT *, time // 86400 AS day FROM read_json('{source}', format='newline_delimited') ORDER BY time) "
        f"TO '{out / 'parquet'}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))"
    )
    (count,) = connection.execute(f"SELECT count(*) FROM '{out / 'parquet'}/*/*.parquet'").fetchone() or (0,)
    return int(count)


Work = Callable[[Path, Path], int]


def _measure(work: Work, source: Path, results: multiprocessing.Queue[tuple[float, ...]]) -> None:
    with tempfile.TemporaryDirectory(dir=source.parent) as out:
        began = time.perf_counter()
        turns = work(source, Path(out))
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    results.put((turns, seconds, peak))


def measure(work: Work, source: Path) -> tuple[float, ...]:
    """Return turns, seconds and peak bytes of one run in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[float, ...]] = spawn.Queue()
    child = spawn.Process(target=_measure, args=(work, source, results))
    child.start()
    measured = results.get()
    child.join()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work; the temporary directory by default")
    parser.add_argument("--alone", action="store_true", help="only our import, of --turns from a packed file")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    rows = []
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        works = {"sayagain": ours} if given.alone else {"sayagain": ours, "duckdb_read_json": baseline}
        for turns in (given.turns,) if given.alone else (given.turns // 10, given.turns):
            source = Path(folder) / (f"{turns}.jsonl.gz" if given.alone else f"{turns}.jsonl")
            generate(source, turns, given.seed)
            for name, work in works.items():
                done, seconds, peak = measure(work, source)
                if done != turns:
                    raise SystemExit(f"{name} wrote {done:,} of {turns:,} turns")
                rows.append({"method": name, "turns": turns, "seconds": seconds, "peak_mb": peak / 1e6})
            source.unlink()
    report(rows, given.json)


Row = dict[str, float]


def _ratios(small: Row, _: Row, large: Row, base: Row) -> dict[str, float]:
    return {
        "seconds over duckdb_read_json": large["seconds"] / base["seconds"],
        "seconds at N over N / 10": large["seconds"] / small["seconds"],
        "peak memory at N over N / 10": large["peak_mb"] / small["peak_mb"],
    }


def report(rows: list[dict[str, float]], out: Path | None) -> None:
    table = Table(title="Import of JSON lines", title_justify="left")
    for heading in ("method", "turns", "seconds", "turns a second", "peak MB"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    for row in rows:
        rate = row["turns"] / row["seconds"]
        cells = (f"{row['turns']:,}", f"{row['seconds']:.1f}", f"{rate:,.0f}", f"{row['peak_mb']:,.0f}")
        table.add_row(str(row["method"]), *cells)
    ratios = _ratios(*rows) if len(rows) > 1 else {}
    console = Console()
    console.print(table)
    for name, ratio in ratios.items():
        console.print(f"{name}: {ratio:.2f}")
    bounded = max(row["peak_mb"] for row in rows if row["method"] == "sayagain") <= CEILING_MB
    console.print(f"peak memory at most {CEILING_MB:,} MB: {bounded}")
    if out is not None:
        out.write_text(
            json.dumps({"rows": rows, "ratios": ratios, "bounded": bounded}, indent=1) + "\n", encoding="utf8"
        )


if __name__ == "__main__":
    main()
