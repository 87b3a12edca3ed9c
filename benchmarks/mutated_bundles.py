"""Mutated bundles: a running service must refuse them or serve them, and never end by one.

A small bundle is learned. Again and again one file of a copy is damaged (cut short, bytes changed, values of the wrong
kind put in, the contents of another …: ``tests/mutated.py``), its checksums are made right, and a service that runs as
a process of its own is told to load it; then it is asked for rewrites. Prints how often it refused and served, and how
often it ended; ends with 1 where it did, or answered anything else. A version takes about two seconds of CPU. Stopped
by Ctrl-C, it reports what it did until then.

    python benchmarks/mutated_bundles.py --count 1000 --json out.json
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import mutated

WHOLE = "000001"
SERVE = "from sayagain.cli.app import main; main()"
PATIENCE = 200.0
"""Seconds that a client waits: longer than a service gives a reload."""


@dataclass
class Attack:
    """A service under attack, where its bundle, log and state database are, and what came of it so far."""

    folder: Path
    draw: Random
    count: int
    came: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """The mutations that were neither refused nor served, and what came of each."""

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def use(self, version: str) -> None:
        (self.bundle / "current").write_text(version)

    @contextmanager
    def served(self) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
        """Run a service; yield its process and who asks it."""
        more = ["--log", self.folder / "served", "--state", self.folder / "served.db", "--port", "0"]
        command = [sys.executable, "-c", SERVE, "serve", self.bundle, *more]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            address = line.rpartition(" ")[2].strip()
            try:
                with httpx.Client(base_url=address, timeout=PATIENCE) as client:
                    yield process, client
            finally:
                process.terminate()

    def mutations(self) -> Iterator[tuple[Path, str]]:
        """Put mutated versions in use, one after the other; yield the directory of each, and what was done to it."""
        for number in track(range(self.count), "mutated bundles", console=Console(stderr=True)):
            version = Path(shutil.copytree(self.bundle / WHOLE, self.bundle / f"{number + 2:06d}"))
            how = mutated.mutate(version, self.draw)
            self.use(version.name)
            yield version, how

    def run(self) -> None:
        """Have a service load them; where it ends by one, another one goes on."""
        left = self.mutations()
        while sum(self.came.values()) < self.count:
            self.use(WHOLE)
            with self.served() as (process, client):
                for version, how in left:
                    what = asked(process, client)
                    self.came[what] += 1
                    if what == "refused":
                        shutil.rmtree(version)  # one that is served may be read again when it is asked why
                    elif what != "served":
                        self.failed.append(f"{how}: {what}")
                        break


def asked(process: subprocess.Popen[str], client: httpx.Client) -> str:
    """Return what came of having the version in use loaded."""
    try:
        return load(client)
    except httpx.HTTPError:
        return "no answer" if process.poll() is None else f"ended the service ({process.returncode})"


def load(client: httpx.Client) -> str:
    """Have the version in use loaded, and ask for rewrites; return what came of it."""
    reload = client.post("/bundle/reload")
    if reload.status_code not in (200, 409):
        return f"reload answered with {reload.status_code}"
    if reload.status_code == 409 and not {"error", "remedy"} <= reload.json().keys():
        return "refused without a remedy"
    for text in (text for failed, works, _ in mutated.AGAIN for text in (failed, works)):
        turn = {"time": "2026-01-31T21:04:11+01:00", "user": "mira", "text": text}
        for path in ("/rewrite", "/explain"):
            asked = client.post(path, json=turn)
            if asked.status_code != 200:
                return f"{path} answered with {asked.status_code}"
    return "refused" if reload.status_code == 409 else "served"


def main() -> int:
    """Attack a service; return 1 where a mutated bundle was neither refused nor served."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        attack = Attack(Path(folder), Random(options.seed), options.count)
        mutated.learned(attack.folder)
        with suppress(KeyboardInterrupt):
            attack.run()
    table = Table("what came of it", "bundles", box=None)
    for what, often in attack.came.most_common():
        table.add_row(what, str(often))
    Console().print(table)
    if options.json is not None:
        found = {"seed": options.seed, "came": dict(attack.came), "failed": attack.failed}
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")
    for each in attack.failed:
        print(each)
    return int(bool(attack.failed))


if __name__ == "__main__":
    sys.exit(main())
