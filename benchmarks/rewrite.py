"""How long a layer takes to rewrite a request, among a million requests of everyone and five thousand of one person.

    python benchmarks/rewrite.py [--everyone 1000000] [--own 5000] [--requests 2000] [--folder DIR]

One core. Three requests of four are what everyone says, as often as they say it; one of four is misheard, its five
hypotheses with a letter or two wrong, as in the simulated homes. Both kinds are timed apart, too.

Ratio: against what sentence-transformers does, the encoder's vector and an exact search over all of them (a matrix
product), in the same run. Requests are generated from words; a tenth of the vectors come from the encoder, the others
are these with noise, because encoding a million texts takes longer than the benchmark should.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from usearch.index import Index as Vectors

from sayagain.bundle.bundle import publish
from sayagain.bundle.layout import REQUESTS_FILE, VECTORS_FILE, WAYS_FILE, WORDS_FOLDER
from sayagain.bundle.manifest import Figures, LearnedFrom, RecordedSettings
from sayagain.online.layer import Layer
from sayagain.retrieval.global_index import REQUESTS_SCHEMA, WAYS_SCHEMA
from sayagain.retrieval.index import WordIndex
from sayagain.retrieval.rank import SHARED_RANKER
from sayagain.retrieval.rank import shipped as ranker
from sayagain.schema import Turn
from sayagain.text.encoder import DIMENSIONS
from sayagain.text.encoder import shipped as encoder
from sayagain.text.normalise import form_of

ONSETS, RHYMES = "b d f g k l m n p r s t v w ch sh th".split(), "a e i o u ar en il on ee".split()  # noqa: SIM905
SYLLABLES = [onset + rhyme for onset in ONSETS for rhyme in RHYMES]
VERBS = "play,turn on,turn off,call,what is,set,add,read,open,close,find,start".split(",")  # noqa: SIM905
PLACES = ",in the kitchen,in the hall,upstairs,for tomorrow,at seven,please,on the tv,by five".split(",")  # noqa: SIM905
MISHEARD = 0.25
"""Share of requests that are misheard; in the simulated homes 21 to 25 in 100 turns fail."""

NOISE = 0.05
"""Standard deviation of what is added to each number of a vector."""
console = Console(stderr=True)


def forms(count: int, draw: random.Random) -> list[str]:
    """Return distinct requests: a verb, a name of one to three made-up words (a Zipf law over them), a place."""
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 3))) for _ in range(60_000)]
    weights = [1 / (rank + 20) for rank in range(len(words))]
    found: dict[str, None] = {}
    while len(found) < count:
        names = draw.choices(words, weights, k=300_000)
        for at in range(0, len(names) - 3, 3):
            name = " ".join(names[at : at + draw.randint(1, 3)])
            found[f"{draw.choice(VERBS)} {name} {draw.choice(PLACES)}".strip()] = None
            if len(found) == count:
                break
    return list(found)


def make(folder: Path, said: list[str], draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Publish a bundle in which everyone says ``said``, unless it is there.

    Returns:
        Vectors, shape (requests, dimensions), and how often each request was made.
    """
    tenth = encoder().encode(said[: max(1, len(said) // 10)])
    vectors = np.tile(tenth, (len(said) // len(tenth) + 1, 1))[: len(said)]
    vectors = vectors + draw.normal(0, NOISE, vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    visits = (draw.pareto(1.1, len(said)) * 5 + 5).clip(max=1e6).astype(np.int32)
    if folder.exists():
        return vectors, visits
    success = draw.beta(9, 1, len(said)).astype(np.float32)
    meanings, lost = [f"ask|text={form}" for form in said], np.zeros(len(said), dtype=np.float32)
    columns = [said, said, meanings, visits, visits, success, lost]
    requests = pa.table(columns, names=REQUESTS_SCHEMA.names).cast(REQUESTS_SCHEMA)

    def online(place: Path) -> None:
        pq.write_table(requests, place / REQUESTS_FILE)
        pq.write_table(WAYS_SCHEMA.empty_table(), place / WAYS_FILE)
        WordIndex.build(said, range(len(said)), place / WORDS_FOLDER)
        index: Vectors = Vectors(ndim=DIMENSIONS, metric="cos", dtype="i8")
        index.add(np.arange(len(said), dtype=np.uint64), vectors, threads=0)
        index.save(str(place / VECTORS_FILE))
        ranker(SHARED_RANKER).write(place)

    nothing = {"prevalence": 0.25, "families": {}}
    facts = {"learned_from": LearnedFrom(), "settings": RecordedSettings(), "figures": Figures()}
    publish(folder, [], nothing, created=datetime.now(UTC), online=online, **facts)
    return vectors, visits


def misheard(form: str, draw: random.Random) -> str:
    """Return a request with a letter or two wrong."""
    letters = list(form)
    for _ in range(draw.randint(1, 2)):
        letters[draw.randrange(len(letters))] = draw.choice("aeioubdgkmnprst")
    return "".join(letters)


def main() -> None:
    """Build, ask, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--everyone", type=int, default=1_000_000)
    parser.add_argument("--own", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--folder", type=Path, help="Keep the bundle here, and use it where it is kept.")
    options = parser.parse_args()
    draw = random.Random(1)
    with TemporaryDirectory() as folder:
        place = (options.folder or Path(folder)) / "bundle"
        console.print(f"opening or building a bundle of {options.everyone:,} requests")
        said = forms(options.everyone, draw)
        vectors, visits = make(place, said, np.random.default_rng(1))
        often = np.cumsum(visits).tolist()
        process = psutil.Process()
        process.cpu_affinity([0])
        before = process.memory_info().rss
        layer = Layer.open(place)
        time_ = datetime(2026, 1, 1, tzinfo=UTC)
        for at in range(options.own):
            text = draw.choice(said)
            turn = Turn(
                user="someone", time=time_ + timedelta(hours=at), text=text, status="ok",
                interpretation={"intent": "ask", "slots": {"text": text}},
            )  # fmt: skip
            layer.observe(turn)
        console.print("asking")
        later = time_ + timedelta(hours=options.own + 1)
        asked = []
        for _ in range(options.requests):
            if wrong := draw.random() < MISHEARD:
                heard = [misheard(draw.choice(said), draw) for _ in range(5)]
            else:
                (first,) = draw.choices(said, cum_weights=often)
                heard = [first, *(misheard(first, draw) for _ in range(4))]
            asr = [{"text": text, "score": -0.1 * rank} for rank, text in enumerate(heard)]
            asked.append((wrong, Turn(user="someone", time=later, text=heard[0], asr=asr)))
        seconds = []
        for _, turn in asked:
            began = time.perf_counter()
            layer.rewrite(turn)
            seconds.append(time.perf_counter() - began)
        memory = process.memory_info().rss - before
        exact = []
        for _, turn in asked[:100]:
            began = time.perf_counter()
            int(np.argmax(vectors @ encoder().encode([form_of(turn.text)])[0]))
            exact.append(time.perf_counter() - began)
    ours, theirs = np.array(seconds) * 1e3, np.array(exact) * 1e3
    kinds = np.array([wrong for wrong, _ in asked])
    report: dict[str, float] = {"everyone": options.everyone, "own": options.own, "requests": options.requests}
    for name, part in {"": ours, "right_": ours[~kinds], "misheard_": ours[kinds]}.items():
        report[f"{name}p50_ms"] = round(float(np.median(part)), 2)
        report[f"{name}p99_ms"] = round(float(np.quantile(part, 0.99)), 2)
    report["exact_search_p50_ms"] = round(float(np.median(theirs)), 2)
    report["ratio_p50"] = round(float(np.median(ours) / np.median(theirs)), 3)
    report["layer_gb"] = round(memory / 1e9, 3)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
