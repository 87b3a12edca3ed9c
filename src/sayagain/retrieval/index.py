"""Finding requests that look, sound or mean alike among a million: words and sounds in tantivy, vectors in usearch.

One interface: an index is asked with normal forms and answers, for each, with numbers of requests and scores, best
first. Scores of different indices are not comparable; ranking looks at the requests themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import onnxruntime  # noqa: F401  (before usearch: the other way round the process crashes as it is loaded)
import tantivy
from usearch.index import BatchMatches
from usearch.index import Index as Vectors

from sayagain.retrieval import vector_file, word_files
from sayagain.text.encoder import DIMENSIONS, Encoder
from sayagain.text.phonetics import sound

Hits = list[tuple[int, float]]
"""Numbers of requests with their scores, best first."""


GRAM = 4
"""Codes of sound that make one term: three are in too many requests of a million to tell them apart quickly."""

RAREST = 8
"""Terms of a form that are looked up, those in the fewest requests: of a million, the best request by all terms is
found in 97 of 100 cases, in a tenth of the time."""

EXPANSION = 32
"""Nodes of the graph that are kept in sight while it is searched: of a million requests, one of the true eight nearest
is found in 97 of 100 cases (99 with 64, in half as much time again)."""

INDEX_MEMORY = 128_000_000
"""Bytes that tantivy may use while it builds an index."""


class Index(Protocol):
    """The protocol of an index: it is searched for requests like a given one."""

    def search(self, forms: Sequence[str], count: int) -> list[Hits]:
        """Return, for each normal form, the ``count`` nearest requests."""
        ...

    def numbers(self) -> list[int]:
        """Return the numbers of all requests that it holds, read from where they lie."""
        ...


def grams(form: str) -> list[str]:
    """Return the terms of a form's sound: runs of ``GRAM`` codes, across words, as speech is.

    >>> grams("call mom") == grams("coal mom")
    True
    """
    codes = sound(form)
    if len(codes) <= GRAM:
        return [codes] if codes else []
    return [codes[at : at + GRAM] for at in range(len(codes) - GRAM + 1)]


class WordIndex:
    """Lexical and phonetic search: BM25 over words and over runs of sound."""

    def __init__(self, index: tantivy.Index) -> None:
        """Search ``index``, which :meth:`build` made."""
        self._searcher, self._schema = index.searcher(), index.schema

    @classmethod
    def build(cls, forms: Sequence[str], numbers: Sequence[int], folder: Path | None = None) -> Self:
        """Index forms under their numbers, in ``folder`` or in memory."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(_schema(), path=str(folder) if folder else None)
        writer = index.writer(INDEX_MEMORY, 1)
        for form, number in zip(forms, numbers, strict=True):
            writer.add_document(tantivy.Document(word=[form], sound=[" ".join(grams(form))], number=number))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        for lock in [] if folder is None else folder.glob(".*.lock"):
            lock.unlink()  # nobody writes to it any more
        return cls(index)

    @classmethod
    def read(cls, folder: Path, requests: int) -> Self:
        """Open what :meth:`build` wrote about some of so many requests.

        Raises:
            BundleError: it is something else.
        """
        return cls(word_files.opened(folder, _schema(), requests))

    def search(self, forms: Sequence[str], count: int) -> list[Hits]:
        """Return, for each form, the requests with the rarest words and sounds in common."""
        return [self._one(form, count) for form in forms]

    def numbers(self) -> list[int]:
        """Return the numbers of all requests, by a walk over all terms, their requests, and what is kept of these."""
        every = [
            (tantivy.Occur.Should, tantivy.Query.regex_query(self._schema, field, ".*")) for field in ("word", "sound")
        ]
        most = max(1, self._searcher.num_docs)
        found = self._searcher.search(tantivy.Query.boolean_query(every), most, count=False).hits
        return [int(self._searcher.doc(place)["number"][0]) for _, place in found]

    def _one(self, form: str, count: int) -> Hits:
        terms = dict.fromkeys([("word", word) for word in form.split()] + [("sound", gram) for gram in grams(form)])
        known = [(often, *term) for term in terms if (often := self._searcher.doc_freq(*term))]
        if not known:
            return []
        should = tantivy.Occur.Should
        parts = [
            (should, tantivy.Query.term_query(self._schema, field, term)) for _, field, term in nsmallest(RAREST, known)
        ]
        found = self._searcher.search(tantivy.Query.boolean_query(parts), count, count=False).hits
        return [(int(self._searcher.doc(place)["number"][0]), float(score)) for score, place in found]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("word", "sound"):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("number", stored=True, indexed=False)
    return builder.build()


class VectorIndex:
    """Dense search: nearest by the cosine of sentence vectors."""

    def __init__(self, vectors: Vectors, encoder: Encoder) -> None:
        """Search ``vectors`` of ``encoder``."""
        self._vectors, self._encoder = vectors, encoder

    @classmethod
    def build(cls, texts: Sequence[str], numbers: Sequence[int], encoder: Encoder, path: Path | None = None) -> Self:
        """Index texts under their numbers, written to ``path`` if it is given."""
        vectors = _vectors()
        if len(texts):
            # One thread: the graph depends on the order in which its nodes come.
            vectors.add(np.asarray(numbers, dtype=np.uint64), encoder.encode(texts), threads=1)
        if path is not None:
            vectors.save(str(path))
        return cls(vectors, encoder)

    @classmethod
    def read(cls, path: Path, encoder: Encoder, requests: int) -> Self:
        """Open what :meth:`build` wrote about some of so many requests, in place: what is not needed stays on the disk.

        Raises:
            BundleError: it is something else.
        """
        vectors = _vectors()
        vector_file.check(path, bytes(vectors.save() or b""), requests)
        vectors.view(str(path))
        return cls(vectors, encoder)

    def search(self, forms: Sequence[str], count: int) -> list[Hits]:
        """Return, for each form, the requests that point the same way; scores are cosines."""
        if not forms or not len(self._vectors):
            return [[] for _ in forms]
        found = self._vectors.search(self._encoder.encode(forms), count, threads=1)
        matches = list(found) if isinstance(found, BatchMatches) else [found]
        return [
            [(int(key), 1.0 - float(distance)) for key, distance in zip(one.keys, one.distances, strict=True)]
            for one in matches
        ]

    def numbers(self) -> list[int]:
        """Return the numbers of all requests, by a search that looks at every vector."""
        if not len(self._vectors):
            return []
        found = self._vectors.search(self._encoder.encode([""]), len(self._vectors), exact=True)
        return [int(key) for key in np.ravel(found.keys)]


def _vectors() -> Vectors:
    """Return an index without vectors."""
    return Vectors(ndim=DIMENSIONS, metric="cos", dtype="i8", expansion_search=EXPANSION)
