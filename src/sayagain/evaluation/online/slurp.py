"""The global layer on real recordings: traffic replayed over SLURP, judged later and on recordings never learned from.

A recording has one hypothesis and the assistant no matcher, so this is the hardest case: words alone. What a layer does
with each request text is a table of rewrites, judged as ``evaluation.rewrites.evaluate`` does; each baseline has the
threshold that suits it best *on the judged period*.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from sayagain.evaluation.online import peers
from sayagain.evaluation.replay import LEARNING, PEOPLE_PRESETS, REPLAY_WEEKS, Recordings, World, write_log
from sayagain.evaluation.replay.traffic import REPLAY_START
from sayagain.evaluation.report import OURS, Row
from sayagain.evaluation.rewrites.evaluate import LEAST_JUDGED, Bench
from sayagain.evaluation.rewrites.verdicts import Assistant, Period
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.text.normalise import normalise

REWRITES_SCHEMA = pa.schema({"source": pa.string(), "target": pa.string(), "score": pa.float64()})

Does = Callable[[str], tuple[str, float] | None]
"""From a request text to what is worked on in its place, and how sure."""


def evaluate(data: Path, turns: int, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Learn from replayed traffic, judge on a later period of it and on recordings never used in learning.

    Raises:
        FormatError: the recordings cannot be read.
    """
    recordings = Recordings.read(data)
    world = World.create(recordings, PEOPLE_PRESETS["default"], turns, seed)
    known, unseen = recordings.subset(~recordings.held_out), recordings.subset(recordings.held_out)
    stage(f"replaying {turns:,} turns")
    learning = world.traffic(known, LEARNING, turns)
    later = max(LEAST_JUDGED, turns // 4)
    periods = {
        "": world.traffic(known, "later", later, after_weeks=REPLAY_WEEKS),
        "_unseen": world.traffic(unseen, "unseen", later, after_weeks=REPLAY_WEEKS),
    }
    texts = {
        normalise(traffic.recordings.heard[number]): traffic.recordings.heard[number]
        for traffic in periods.values()
        for number in set(traffic.recording.tolist())
    }
    with TemporaryDirectory() as folder:
        place = Path(folder)
        write_log(learning, place / "log")
        learn(place / "log", place / "bundle", Settings(), lambda words: stage(f"learning: {words}"))
        layer = Layer(place / "bundle", f"sqlite:///{place / 'bundle.state.db'}", personal=False).opened()
        methods: dict[str, Does] = {OURS: lambda text: _asked(layer, text)}
        for name in peers.LAYER_PEERS:
            found = peers.find(name, place / "bundle")
            methods[name] = lambda text, found=found: found(normalise(text))  # type: ignore[misc]
        tables = {}
        for name, does in methods.items():
            stage(f"{len(texts):,} requests through {name}")
            tables[name] = _table(does, texts)
    assistant = Assistant(recordings)
    heard = {known.heard[number] for number in set(learning.recording.tolist())}
    rows: list[Row] = []
    for suffix, traffic in periods.items():
        rows += Bench.of(Period.of(traffic, learning), tables, heard, assistant).rows(f"slurp{suffix}", seed)
    return rows


def _asked(layer: Layer, text: str) -> tuple[str, float] | None:
    action = layer.rewrite(Turn(time=REPLAY_START, text=text))
    return None if action is None or action.rewrite is None else (action.rewrite, action.score or 0.0)


def _table(does: Does, texts: dict[str, str]) -> pa.Table:
    rows = [
        {"source": form, "target": found[0], "score": found[1]}
        for form, text in texts.items()
        if form and (found := does(text)) is not None and normalise(found[0]) not in ("", form)
    ]
    return pa.Table.from_pylist(rows, REWRITES_SCHEMA)
