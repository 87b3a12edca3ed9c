"""Untrained baselines, each in the variant and at the threshold that are best on the validation excerpts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jellyfish import metaphone
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from sayagain.evaluation.defects.discrimination import Floats
from sayagain.evaluation.rephrases import cheap, encoder
from sayagain.evaluation.rephrases.method import Learner, Method, Reading
from sayagain.evaluation.rephrases.pairs import Likeness, Pairwise, look_or_sound, readings
from sayagain.evaluation.rephrases.tune import best
from sayagain.rephrases.excerpt import Excerpt, Marked, Said, within
from sayagain.text.normalise import normalise
from sayagain.text.phonetics import sound
from sayagain.text.phrasebook import AT_A_LOSS, SORRY

BM25_K1, BM25_B = 1.2, 0.75
"""Saturation of a word's count and weight of a text's length: the customary values (Robertson and Zaragoza 2009)."""


def edit_phonetic(train: Sequence[Marked], valid: Sequence[Marked]) -> Method:
    """Return the best likeness of letters or sounds; learns nothing from ``train``."""
    ratios: dict[str, Callable[..., float]] = {
        "ratio": fuzz.ratio,
        "token_sort": fuzz.token_sort_ratio,
        "token_set": fuzz.token_set_ratio,
        "partial": fuzz.partial_ratio,
        "weighted": fuzz.WRatio,
        "jaro_winkler": JaroWinkler.normalized_similarity,
    }
    seen: dict[str, Likeness] = {name: partial(_alike, ratio, normalise) for name, ratio in ratios.items()}
    heard: dict[str, Likeness] = {
        "metaphone": partial(_alike, fuzz.ratio, _sound),
        "metaphone_words": partial(_alike, fuzz.token_set_ratio, _sounds),
    }
    variants: dict[str, Likeness] = {"look_or_sound": look_or_sound, **seen, **heard}
    return best({name: Pairwise(likeness) for name, likeness in variants.items()}, valid)


def _alike(
    ratio: Callable[..., float], view: Callable[[str], str], first: Sequence[str], later: Sequence[str]
) -> Floats:
    """Return the ratio of the views of two texts; 0 where nothing is left of one of them."""
    left, right = ([view(text) for text in side] for side in (first, later))
    filled = [bool(one and other) for one, other in zip(left, right, strict=True)]
    return np.where(filled, process.cpdist(left, right, scorer=ratio, dtype=np.float64, workers=-1), 0.0)


def _sound(text: str) -> str:
    return sound(normalise(text))


def _sounds(text: str) -> str:
    return " ".join(metaphone(word) or word for word in normalise(text).split())


def tfidf(train: Sequence[Marked], valid: Sequence[Marked]) -> Method:
    """Return the best of TF-IDF cosines (words, pairs of words, characters) and BM25, weighted as ``train`` tells.

    Words are hashed, so that one that ``train`` does not hold counts as the rarest instead of not at all.
    """
    known = list(dict.fromkeys(normalise(said.text) for each in train for said in each.excerpt)) or [""]
    words = _hashing("word", 1, 1)
    variants: Mapping[str, Likeness] = {
        "words": partial(_cosine, words, _weights(words, known)),
        "word_pairs": partial(_cosine, pairs := _hashing("word", 1, 2), _weights(pairs, known)),
        "characters": partial(_cosine, letters := _hashing("char_wb", 2, 4), _weights(letters, known)),
        "bm25": partial(_bm25, words, known, False),
        "bm25_share": partial(_bm25, words, known, True),
    }
    return best({name: Pairwise(likeness) for name, likeness in variants.items()}, valid)


def _hashing(analyzer: str, shortest: int, longest: int) -> HashingVectorizer:
    return HashingVectorizer(
        analyzer=analyzer,
        ngram_range=(shortest, longest),
        token_pattern=r"\S+",
        preprocessor=normalise,
        alternate_sign=False,
        norm=None,
    )


def _weights(vectors: HashingVectorizer, known: Sequence[str]) -> TfidfTransformer:
    return TfidfTransformer().fit(vectors.transform(known))


def _cosine(
    vectors: HashingVectorizer, weights: TfidfTransformer, first: Sequence[str], later: Sequence[str]
) -> Floats:
    left, right = (weights.transform(vectors.transform(side)) for side in (first, later))
    return _sums(left.multiply(right))


def _bm25(
    vectors: HashingVectorizer, known: Sequence[str], share: bool, first: Sequence[str], later: Sequence[str]
) -> Floats:
    """Return the BM25 of each later text for the first as query; ``share``: of what the query itself would get."""
    counts = vectors.transform(known)
    holding = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log1p((len(known) - holding + 0.5) / (holding + 0.5))
    average = max(counts.sum() / len(known), 1)

    def scores(query: sparse.csr_matrix, found: sparse.csr_matrix) -> Floats:
        length = np.repeat(_sums(found) / average, np.diff(found.indptr))
        saturated = found.copy()
        damped = found.data + BM25_K1 * (1 - BM25_B + BM25_B * length)
        saturated.data = found.data * (BM25_K1 + 1) / damped * idf[found.indices]
        return _sums(query.sign().multiply(saturated))

    query, found = (vectors.transform(side) for side in (first, later))
    plain = scores(query, found)
    return plain / np.maximum(scores(query, query), np.finfo(float).tiny) if share else plain


def _sums(rows: sparse.csr_matrix) -> Floats:
    return np.asarray(rows.sum(axis=1), dtype=np.float64).ravel()


@dataclass(frozen=True)
class NextIfFailed:
    """Takes the next turn wherever the first failed, by its status or by what its response admits; reads no request."""

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        later = [(each[0], place) for each in map(within, excerpts) for place in range(1, len(each))]
        return readings(excerpts, np.array([float(place == 1 and _failed(first)) for first, place in later]))


def _failed(said: Said) -> bool:
    told = (said.response or "").lower()
    return bool(said.failed or re.search(SORRY, told) or re.search(AT_A_LOSS, told))


def next_if_failed(train: Sequence[Marked], valid: Sequence[Marked]) -> Method:
    """Return the shortcut that a set may offer; learns nothing."""
    return NextIfFailed()


REPHRASE_BASELINES: Mapping[str, Learner] = {
    "edit_phonetic": edit_phonetic,
    "tfidf": tfidf,
    "encoder": encoder.learn,
    "cheap": cheap.learn,
    "next_if_failed": next_if_failed,
}
"""Every baseline by its name in the rows."""
