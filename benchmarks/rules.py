"""What each rule of doing no harm costs and saves: the homes of `sayagain evaluate layers` with one rule taken out.

    python benchmarks/rules.py [--homes 4] [--weeks 4] [--seeds 1,2]

For each seed, learning and the judged weeks are run again without the rule. What is printed is a table: defects cut
and wins summed or averaged over the seeds, losses, and rewrites that changed nothing. Two minutes a rule and seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from rich.console import Console

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.evaluation.online.homes import (
    HOME_METHODS,
    LEARNING_HOMES,
    LEARNING_WEEKS,
    OTHER_HOMES,
    Arm,
    Days,
    simulated_weeks,
)
from sayagain.guards import rules
from sayagain.guards.stakes import Stakes
from sayagain.guards.values import changes_a_value
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings

console = Console(stderr=True)


def none(*_: Any) -> None:
    """Refuse nothing."""


@contextmanager
def _words(kept: tuple[Any, ...]) -> Iterator[None]:
    """Keep only some of the rules of words; what they said before is remembered by a cache."""
    with patch.object(rules, "WORD_RULES", kept):
        rules._of_words.cache_clear()
        yield
    rules._of_words.cache_clear()


def _nothing_taken_back(self: object, form: str) -> tuple[set[str], set[str]]:
    return set(), set()


@contextmanager
def _deaf() -> Iterator[None]:
    """Let complaints stop nothing."""
    memory = patch("sayagain.retrieval.user_profile.Memory.taken_back", _nothing_taken_back)
    with memory, patch("sayagain.online.layer.Layer._count", none):
        yield


VALUES = (changes_a_value,)
WITHOUT: Mapping[str, AbstractContextManager[Any]] = {
    "all rules": nullcontext(),
    "evidence": patch.object(rules, "supported", none),
    "far oftener than by chance": patch("sayagain.guards.evidence.FAR_OFTENER", 1e-9),
    "contrasts": _words(VALUES),
    "values": _words(tuple(each for each in rules.WORD_RULES if each not in VALUES)),
    "names of slots": patch.object(rules, "names_another", none),
    "stakes": patch.object(rules.Rules, "stakes", lambda *_: Stakes.REVERSIBLE),
    "listening": _deaf(),
}
"""What is taken out."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=int, default=4)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--seeds", default="1,2")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    means = partial(Means, Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding())
    with TemporaryDirectory() as folder, console.status("other homes live") as status:
        without = {}
        for seed in seeds:
            others = live(means(), LEARNING_HOMES, LEARNING_WEEKS, seed + OTHER_HOMES)
            write(others, Path(folder) / str(seed), means().recordings.features)
            without[seed] = simulated_weeks(means(), asked.homes, asked.weeks, seed)
        print("| without | defects cut | wins | losses | no change |")
        print("|---|---|---|---|---|")
        for name, taken in WITHOUT.items():
            status.update(name)
            with taken:
                arms = [_arm(Path(folder) / str(seed), means, without[seed], seed, asked) for seed in seeds]
            found = [arm.figures(range(asked.homes)) for arm in arms]
            cut = sum(each["defect_cut"] for each in found) / len(found)
            counts = " | ".join(f"{sum(each[count] for each in found):.0f}" for count in ("wins", "losses", "ties"))
            print(f"| {name} | {cut:.3f} | {counts} |", flush=True)


def _arm(others: Path, means: Any, without: list[Days], seed: int, asked: argparse.Namespace) -> Arm:
    """Return the judged weeks with a layer that learned from the other homes, under the rules of now."""
    with TemporaryDirectory() as place:
        bundle = Path(place) / "bundle"
        learn(others / "log", bundle, Settings())
        layer = HOME_METHODS["sayagain"][1](bundle, means().understanding)
        return Arm(without, simulated_weeks(means(layer=layer), asked.homes, asked.weeks, seed))


if __name__ == "__main__":
    main()
