"""Mutated inputs: readers must reject what is broken, and never fail on it.

Samples of each format, as the tests of readers have them, are spoilt and read: with hints, packed, in another encoding.
Each must end in turns and rejections, or in one message. Prints what became of how many; ends
with 1 when a reader failed.

    python benchmarks/mutated_inputs.py --count 10000
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
import traceback
from collections import Counter
from datetime import timedelta, timezone
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from mutated_inputs import mutated
from test_log_readers import SAMPLES

from sayagain.errors import FormatError
from sayagain.log.preview import look
from sayagain.log.readers import READERS, Hints, Read

TEXTS = ["stop", "play", "turn it off", "go", "what time is it", "louder"]


def tried(format: str, path: Path, hints: Hints) -> str:
    """Return what became of one file; whatever else is raised is a fault."""
    try:
        found = list(READERS[format](path, hints))
    except FormatError:
        return "refused"
    if not found:
        return "nothing"
    return "all read" if all(isinstance(each, Read) for each in found) else "some rejected"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=1000, help="mutated files of each format")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--format", choices=sorted(READERS), nargs="*", help="by default all")
    asked = arguments.parse_args()
    table, failed = Table("format", "refused", "some rejected", "all read", "nothing", "failed"), 0
    with tempfile.TemporaryDirectory() as folder:
        for format in asked.format or sorted(READERS):
            draw, ends = Random(f"{asked.seed} {format}"), Counter[str]()
            name, write = SAMPLES[format]
            whole = write([*TEXTS, None])
            for number in range(asked.count):
                spoilt = mutated(whole, draw)
                path = Path(folder) / name
                path.write_bytes(gzip.compress(spoilt, 1) if number % 10 == 0 and format != "parquet" else spoilt)
                zone = timezone(timedelta(hours=2)) if number % 3 == 0 else None
                hints = Hints(timezone=zone, encoding="cp1252" if number % 7 == 0 and format != "parquet" else None)
                try:
                    ends[tried(format, path, hints)] += 1
                    if number % 5 == 0:
                        look([path], None, Hints())
                except FormatError:
                    continue
                except Exception:
                    failed += 1
                    ends["failed"] += 1
                    if ends["failed"] <= 2:
                        traceback.print_exc()
                        (Path(tempfile.gettempdir()) / f"failed-{format}-{number}").write_bytes(path.read_bytes())
            table.add_row(
                format, *(f"{ends[end]:,}" for end in ("refused", "some rejected", "all read", "nothing", "failed"))
            )
    Console().print(table)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
