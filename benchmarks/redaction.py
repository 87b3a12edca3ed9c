"""Redaction: what it finds of a list of formats, and what it takes from real texts that hold nothing personal.

The formats are those of ``tests/redaction_formats.toml``; the texts what people said to assistants in SLURP, HWU64 and
DSTC2, and what DSTC2's system answered (with restaurants' telephone numbers). What was taken is written to a file:
whether it was personal, a person must see.

    python benchmarks/redaction.py --data ../shared/data --json rows.json --found found.txt
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sayagain.log.redaction import Redaction

FORMATS = Path(__file__).parent.parent / "tests" / "redaction_formats.toml"


def texts(data: Path) -> Iterator[tuple[str, set[str]]]:
    with gzip.open(data / "slurp" / "asr_nlu_a.jsonl.gz", "rt", encoding="utf8") as file:
        rows = [json.loads(line) for line in file]
    yield "slurp", {row[name] for row in rows for name in ("gold_text", "asr_text")}
    with (data / "hwu64" / "hwu64_kfold1.csv").open(encoding="utf8") as file:
        yield "hwu64", {row["answer_from_user"] for row in csv.DictReader(file)}
    with gzip.open(data / "dstc2" / "train.jsonl.gz", "rt", encoding="utf8") as file:
        turns = [turn for line in file for turn in json.loads(line)["turns"]]
    yield "dstc2 requests", {heard["asr-hyp"] for turn in turns for heard in turn["input"]["live"]["asr-hyps"]}
    yield "dstc2 answers", {turn["output"]["transcript"] for turn in turns}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--found", type=Path, help="File to write what was taken to, with the text around it.")
    asked = parser.parse_args()
    rows, taken = [], []
    for kind, places in tomllib.loads(FORMATS.read_text(encoding="utf8")).items():
        written = [f"please use {each} now" for every in places.values() for each in every]
        changed = sum(Redaction().text(each) != each for each in written)
        rows.append({"set": f"format: {kind}", "texts": len(written), "redacted": changed, "us": None})
    for name, said in texts(asked.data):
        redaction, changed, began = Redaction(), 0, time.perf_counter()
        for each in sorted(said):
            found = dict[str, str]()
            redaction.text(each, found)
            changed += bool(found)
            taken += [f"{name}\t{kind}\t{value}\t{each}" for value, kind in found.items()]
        us = round((time.perf_counter() - began) / len(said) * 1e6)
        rows.append({"set": name, "texts": len(said), "redacted": changed, "us": us})
    table = Table("set", "texts", "redacted", "µs a text", box=None)
    for row in rows:
        table.add_row(*(str("" if each is None else each) for each in row.values()))
    Console(width=100).print(table)
    if asked.json:
        asked.json.write_text(json.dumps(rows), encoding="utf8")
    if asked.found:
        asked.found.write_text("\n".join(taken), encoding="utf8")


if __name__ == "__main__":
    main()
