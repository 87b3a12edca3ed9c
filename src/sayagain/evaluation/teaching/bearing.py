"""Which standing instruction bears on a request, on real instructions: NLSI's dialogues and PrefEval's questions.

Ours is a logistic regression over ``preferences.bearing``; with its threshold it is learned from the other folds, so
that no dialogue is judged by what learned from it. The baselines choose by a threshold learned in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.encoder.methods import bm25
from sayagain.evaluation.failures.records import records
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.statistics import Draws, interval, resampled
from sayagain.preferences.bearing import Floats, features
from sayagain.text.encoder import shipped as encoder

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """A request among the standing instructions of its person."""

    dialogue: str
    request: str
    instructions: list[str]
    bears: Bools


def read_dialogues(path: Path) -> list[Case]:
    """Return the cases of NLSI's dialogues: what was said last counts, with what the person said before.

    Left out are those whose labels name instructions that the person has not given (55 of 396: they are of others).

    Raises:
        FormatError: the file is none of the set.
    """
    found = records(path, ("utterance", "user_profile", "standing_instructions"), "nlsi")
    return [_case(each) for each in found if set(each["standing_instructions"]) <= set(each["user_profile"])]


def _case(record: Mapping[str, Any]) -> Case:
    gold = record["standing_instructions"]
    instructions = list(dict.fromkeys(record["user_profile"]))
    lines = [line for line in record["utterance"].split("\n") if line.startswith("User:")]
    request = "\n".join(line.removeprefix("User:").strip() for line in lines) or record["utterance"]
    return Case(str(record.get("og-id", record["dialogue_id"])), request, instructions, np.isin(instructions, gold))


def folds_of(cases: Sequence[Case], seed: int) -> npt.NDArray[np.intp]:
    """Return the fold of each case; a dialogue is in one."""
    names, number = np.unique([each.dialogue for each in cases], return_inverse=True)
    return np.random.default_rng(seed).permutation(len(names))[number] % FOLDS


def nlsi(path: Path, seed: int, tell: Callable[[str], None]) -> list[Row]:
    """Return F1, exact sets and precision and recall over NLSI's dialogues."""
    cases, fold = (found := read_dialogues(path)), folds_of(found, seed)
    tell("encoding")
    vectors = [encoder().encode([each.request, *each.instructions]).astype(np.float64) for each in cases]
    cosine = [each[1:] @ each[0] for each in vectors]
    chosen: dict[str, tuple[Role, list[Bools]]] = {
        OURS: ("ours", _learned(cases, [_looks(case) for case in cases], fold)),
        "bm25": ("baseline", _threshold(cases, [_lexical([c.request], c.instructions)[0] for c in cases], fold)),
        "nearest_encoder": ("baseline", _threshold(cases, cosine, fold)),
        "nearest_one": ("baseline", [each == each.max() for each in cosine]),
        "all": ("baseline", [np.ones_like(each.bears) for each in cases]),
        "none": ("baseline", [np.zeros_like(each.bears) for each in cases]),
    }
    counts = {method: _counts(cases, picked) for method, (_, picked) in chosen.items()}
    draws = Draws.of(np.array([each.dialogue for each in cases]), seed)
    sums = {method: resampled(count, draws) for method, count in counts.items()}
    rows: list[Row] = []
    for metric, figure in _FIGURES.items():
        values = {method: figure(found) for method, found in sums.items()}
        for method, (role, _) in chosen.items():
            rows.append(Row("nlsi", method, role, metric, *interval(values[method]), len(cases)))
            if metric in ("f1", "exact_set") and role == "baseline":
                better = values[OURS] - values[method]
                rows.append(Row("nlsi", method, role, f"{metric}_behind", *interval(better), len(cases)))
    return rows


_FIGURES: Mapping[str, Callable[[Floats], Floats]] = {
    "f1": lambda sums: 2 * sums[:, 0] / np.maximum(1, 2 * sums[:, 0] + sums[:, 1] + sums[:, 2]),
    "exact_set": lambda sums: sums[:, 3] / sums[:, 4],
    "precision": lambda sums: sums[:, 0] / np.maximum(1, sums[:, 0] + sums[:, 1]),
    "recall": lambda sums: sums[:, 0] / np.maximum(1, sums[:, 0] + sums[:, 2]),
}
"""Metric → what it is of hits, false alarms, misses, exact sets and cases, summed by resample."""


def _lexical(queries: Sequence[str], corpus: Sequence[str]) -> Floats:
    """Return BM25; punctuation would be read as a query language."""
    return np.asarray(
        bm25([" ".join(re.findall(r"[a-z0-9]+", query.lower())) for query in queries], corpus), dtype=np.float64
    )


def _counts(cases: Sequence[Case], chosen: Sequence[Bools]) -> Floats:
    pairs = [(case.bears, picked) for case, picked in zip(cases, chosen, strict=True)]
    return np.array([[(b & p).sum(), (~b & p).sum(), (b & ~p).sum(), (b == p).all(), 1] for b, p in pairs], dtype=float)


def _looks(case: Case) -> Floats:
    return features(case.request, case.instructions, lambda texts: encoder().encode(texts).astype(np.float64))


def _learned(cases: Sequence[Case], looks: Sequence[Floats], fold: npt.NDArray[np.intp]) -> list[Bools]:
    """Choose by a model that learned from the other folds; its threshold too."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    scores: list[Floats] = [np.empty(0)] * len(cases)
    for each in range(FOLDS):
        train = [i for i in range(len(cases)) if fold[i] != each]
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, C=0.3))
        model.fit(np.vstack([looks[i] for i in train]), np.concatenate([cases[i].bears for i in train]))
        for i in np.flatnonzero(fold == each).tolist():
            scores[i] = model.predict_proba(looks[i])[:, 1]
    return _threshold(cases, scores, fold)


def _threshold(cases: Sequence[Case], scores: Sequence[Floats], fold: npt.NDArray[np.intp]) -> list[Bools]:
    """Choose what scores above the threshold that has the best F1 on the other folds."""
    chosen: list[Bools] = [np.empty(0, dtype=bool)] * len(cases)
    for each in range(FOLDS):
        train = np.flatnonzero(fold != each).tolist()
        flat, bears = np.concatenate([scores[i] for i in train]), np.concatenate([cases[i].bears for i in train])
        order = np.argsort(-flat, kind="stable")
        hits = np.cumsum(bears[order])
        least = flat[order][np.argmax(2 * hits / (np.arange(1, len(flat) + 1) + bears.sum()))]
        for i in np.flatnonzero(fold == each).tolist():
            chosen[i] = scores[i] >= least
    return chosen


def prefeval(path: Path, seed: int, tell: Callable[[str], None]) -> list[Row]:
    """Return how often the preference that bears on a question comes first, among its topic's and among all."""
    found = records(path, ("topic", "preference", "question"), "prefeval")
    questions, preferences = ([each[name] for each in found] for name in ("question", "preference"))
    topics = np.array([each["topic"] for each in found])
    tell("encoding")
    asked, known = (encoder().encode(texts).astype(np.float64) for texts in (questions, preferences))
    cosine, lexical = asked @ known.T, _lexical(questions, preferences)
    fold = np.random.default_rng(seed).permutation(len(found)) % FOLDS
    methods: dict[str, tuple[Role, Floats]] = {
        OURS: ("ours", _joined(cosine, lexical, fold)),
        "bm25": ("baseline", lexical),
        "nearest_encoder": ("baseline", cosine),
    }
    within = topics[:, None] == topics[None, :]
    draws = Draws.of(np.arange(len(found)).astype(str), seed)
    rows: list[Row] = []
    for metric, among in (("recall_at_1_topic", within), ("recall_at_1_all", np.ones_like(within))):
        hits = {
            name: resampled(_first(scores, among)[:, None], draws)[:, 0] / len(found)
            for name, (_, scores) in methods.items()
        }
        for name, (role, _) in methods.items():
            rows.append(Row("prefeval", name, role, metric, *interval(hits[name]), len(found)))
            if role == "baseline":
                rows.append(
                    Row("prefeval", name, role, f"{metric}_behind", *interval(hits[OURS] - hits[name]), len(found))
                )
    return rows


WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Weights of the words beside the encoder that are tried."""


def _joined(cosine: Floats, lexical: Floats, fold: npt.NDArray[np.intp]) -> Floats:
    """Return both scores together: what many questions are near counts for less, the words by a learned weight."""
    hub = cosine - np.sort(cosine, axis=0)[-10:].mean(axis=0, keepdims=True) / 2
    words = lexical / np.maximum(lexical.max(axis=1, keepdims=True), 1e-9)
    joined = np.empty_like(cosine)
    everywhere = np.ones_like(cosine, dtype=bool)
    for each in range(FOLDS):
        train, test = fold != each, fold == each
        best = max(WEIGHTS, key=lambda weight: _first(hub + weight * words, everywhere)[train].mean())
        joined[test] = (hub + best * words)[test]
    return joined


def _first(scores: Floats, among: Bools) -> Floats:
    """Return whether each question's own preference has the highest score; of several that have it, its share."""
    seen = np.where(among, scores, -np.inf)
    own, most = np.diag(seen), seen.max(axis=1)
    shares: Floats = (own >= most) / np.maximum(1, (seen == most[:, None]).sum(axis=1))
    return shares


BEARING_SETS: Mapping[str, Callable[[Path, int, Callable[[str], None]], list[Row]]] = {
    "nlsi": nlsi,
    "prefeval": prefeval,
}
