"""Three bundles, learned from simulated homes, from replayed recordings and from real calls."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS
from sayagain.assistant.recordings import Recordings as Voices
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.evaluation.replay import LEARNING, PEOPLE_PRESETS, Recordings, World, write_log
from sayagain.evaluation.rewrites.calls import Calls
from sayagain.evaluation.safety.real import SLURP
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.store import Log

BUNDLE_HOMES, BUNDLE_WEEKS = 12, 6
BUNDLE_TURNS = 20_000
PROBED = 600
"""Texts of failed turns that the layer is asked about, to find what it rewrites online."""

DSTC2 = Path("dstc2/train.jsonl.gz")

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Learned:
    """A bundle, and texts of its log that went wrong."""

    name: str
    bundle: Path
    texts: list[str]


def bundles(data: Path | None, folder: Path, seed: int, stage: Stage = lambda _: None) -> Iterator[Learned]:
    """Yield the bundles, each in a place of its own in ``folder``; of public data only where these are."""
    makers: dict[str, Callable[[Path, int], None]] = {"homes": _homes}
    if data is not None and (data / SLURP).exists():
        makers["slurp"] = lambda place, seed: _replayed(data / SLURP, place, seed)
    if data is not None and (data / DSTC2).exists():
        makers["dstc2"] = lambda place, _: _called(data / DSTC2, place)
    for name, make in makers.items():
        stage(f"{name}: making the log")
        place = folder / name
        make(place, seed)
        learn(place / "log", place / "bundle", Settings(), lambda words, name=name: stage(f"{name}: {words}"))  # type: ignore[misc]
        yield Learned(name, place / "bundle", _failed(place / "log", seed))


def _homes(place: Path, seed: int) -> None:
    voices = Voices.read(SHIPPED_RECORDINGS, held_out=True)
    write(live(Means(voices, understanding()), BUNDLE_HOMES, BUNDLE_WEEKS, seed), place, voices.features)


def _replayed(file: Path, place: Path, seed: int) -> None:
    recordings = Recordings.read(file)
    world = World.create(recordings, PEOPLE_PRESETS["default"], BUNDLE_TURNS, seed)
    write_log(world.traffic(recordings.subset(~recordings.held_out), LEARNING, BUNDLE_TURNS), place / "log")


def _called(file: Path, place: Path) -> None:
    others, _ = Calls.read(file, place / "calls").split(0)
    Log.create(place / "log").append([others])


def _failed(log: Path, seed: int) -> list[str]:
    """Return texts of the log, those whose turns failed first."""
    texts: dict[str, bool] = {}
    for file in Log.open(log).files():
        table = pq.read_table(file, columns=["text", "status"])
        failed = pc.fill_null(pc.not_equal(table["status"], "ok"), False)
        for text, wrong in zip(table["text"].to_pylist(), failed.to_pylist(), strict=True):
            texts[text] = texts.get(text, False) or bool(wrong)
    drawn = random.Random(seed).sample(sorted(texts), len(texts))
    return sorted(drawn, key=lambda text: not texts[text])[:PROBED]
