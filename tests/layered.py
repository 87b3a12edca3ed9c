"""A bundle made by hand, for the tests of what reads one: requests that everyone makes, one of them in vain."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.bundle.bundle import publish
from sayagain.bundle.layout import REQUESTS_FILE, WAYS_FILE
from sayagain.bundle.manifest import Figures, LearnedFrom, RecordedSettings
from sayagain.learning.global_tables import indices
from sayagain.retrieval.global_index import REQUESTS_SCHEMA, WAYS_SCHEMA, GlobalIndex
from sayagain.retrieval.rank import SHARED_RANKER, shipped
from sayagain.text.encoder import shipped as encoder
from sayagain.text.normalise import form_of

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
LEARNED: dict[str, Any] = {
    "created": MONDAY, "learned_from": LearnedFrom(), "settings": RecordedSettings(), "figures": Figures(),
}  # fmt: skip
NOTHING = {"prevalence": 0.25, "families": {"outcome": [
    {"signals": ["error"], "weight": 3.7}, {"signals": ["ok"], "weight": -0.9},
]}}  # fmt: skip

Said = tuple[str, str, int, float]
"""Text, meaning, visits and share of good ends; what has no meaning is never understood."""

SAID: list[Said] = [
    ("What's the weather in Wilkerson, Washington?", "get_weather|city=wilkerson washington", 400, 0.97),
    ("What's the weather in Wilkerson, California?", "get_weather|city=wilkerson california", 40, 0.97),
    ("What is the time?", "get_time|", 300, 0.98),
    ("Play We Don't Talk Anymore", "play|song=we dont talk anymore", 200, 0.96),
    ("Play We Don't Talk About Bruno", "play|song=we dont talk about bruno", 150, 0.96),
    ("Set a timer for 10 minutes", "set_timer|minutes=10", 150, 0.97),
    ("Turn on the kitchen lights", "turn_on|area=kitchen;group=light", 300, 0.97),
    ("Turn off the kitchen lights", "turn_off|area=kitchen;group=light", 300, 0.97),
    ("turn on the kitchen flights", "", 60, 0.05),
]


def bundle(folder: Path, said: list[Said] = SAID) -> Path:
    """Publish a bundle of requests that everyone makes; those without meaning are not understood.

    A first version of the usual ones is made once, and copied.
    """
    if said is not SAID or folder.exists():
        return _published(folder, said)
    return Path(shutil.copytree(Path(_first().name, "bundle"), folder))


@cache
def _first() -> TemporaryDirectory[str]:
    made = TemporaryDirectory()
    _published(Path(made.name, "bundle"), SAID)
    return made


def _published(folder: Path, said: list[Said]) -> Path:
    rows = [
        {"form": form_of(text), "text": text, "meaning": meaning or None, "people": 20, "visits": visits,
         "success": ok, "lost": 0.0 if meaning else 1.0}
        for text, meaning, visits, ok in said
    ]  # fmt: skip
    ways = [{"form": "turn on the kitchen flights", "meaning": "turn_on|area=kitchen;group=light", "share": 0.6,
             "people": 9, "days": 5, "oftener": 20.0}]  # fmt: skip
    requests, going = pa.Table.from_pylist(rows, REQUESTS_SCHEMA), pa.Table.from_pylist(ways, WAYS_SCHEMA)

    def online(place: Path) -> None:
        pq.write_table(requests, place / REQUESTS_FILE)
        pq.write_table(going, place / WAYS_FILE)
        indices(GlobalIndex.of(requests, going), encoder(), place)
        shipped(SHARED_RANKER).write(place)

    publish(folder, [], NOTHING, online=online, **LEARNED)
    return folder


def understands(texts: list[str]) -> list[bool]:
    known = {form_of(text) for text, meaning, _, _ in SAID if meaning}
    return [form_of(text) in known for text in texts]
