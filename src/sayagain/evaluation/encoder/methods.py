"""The search methods compared: the sentence encoder, and baselines by shared words, letters and sounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import tantivy
from rapidfuzz import fuzz, process

from sayagain.evaluation.encoder.retrieve import DEPTHS, Floats, Scores, Search, measure
from sayagain.evaluation.report import Row
from sayagain.text.encoder import Encoder, shipped
from sayagain.text.phonetics import sound

ABLATIONS = "encoder-*.onnx"
"""Models beside the sets that are measured as ablations, by what stands for the star."""


def bm25(queries: Sequence[str], corpus: Sequence[str]) -> Floats:
    """Return BM25 over words, with their stems, for as many of the best as are asked for; the rest have 0."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=True)
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for number, text in enumerate(corpus):
        writer.add_document(tantivy.Document(number=number, text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    scores = np.zeros((len(queries), len(corpus)), dtype=np.float32)
    for row, query in zip(scores, queries, strict=True):
        # One more than the deepest: the request itself may be among them. All are ranked, for the mean of ranks.
        for score, address in searcher.search(index.parse_query(query, ["text"]), limit=_DEEP).hits:
            row[searcher.doc(address)["number"][0]] = score
    return scores


_DEEP = 100 * max(DEPTHS)


def ratio(queries: Sequence[str], corpus: Sequence[str]) -> Floats:
    """Return how alike the letters are (rapidfuzz)."""
    return np.asarray(process.cdist(queries, corpus, scorer=fuzz.ratio, dtype=np.float32, workers=-1))


def metaphone(queries: Sequence[str], corpus: Sequence[str]) -> Floats:
    """Return how alike the sounds are."""
    return ratio([sound(text) for text in queries], [sound(text) for text in corpus])


def encoder(model: Encoder) -> Scores:
    """Return the inner products of a model's vectors."""
    return lambda queries, corpus: np.asarray(model.encode(queries) @ model.encode(corpus).T)


RETRIEVAL_BASELINES: Mapping[str, Scores] = {"bm25": bm25, "ratio": ratio, "metaphone": metaphone}


def evaluate(searches: Sequence[Search], models: Path, seed: int) -> Iterator[Row]:
    """Yield the figures of the encoder that ships, of the baselines, and of the ablations in ``models``."""
    ablations = {file.stem.removeprefix("encoder-"): Encoder(file) for file in sorted(models.glob(ABLATIONS))}
    for search in searches:
        yield from measure(search, "sayagain", "ours", encoder(shipped()), seed)
        for name, scores in RETRIEVAL_BASELINES.items():
            yield from measure(search, name, "baseline", scores, seed)
        for name, model in ablations.items():
            yield from measure(search, name, "ablation", encoder(model), seed)
