"""Fitting the small model of understanding on labels, and writing it as ONNX (extra ``train``)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy import sparse
from scipy.optimize import minimize

from sayagain.labels.understander import (
    BUCKETS,
    MODEL,
    MOST_WORDS,
    NAMES,
    OUTSIDE,
    request_features,
    word_features,
)
from sayagain.schema.meaning import Meaning
from sayagain.text.normalise import normalise

Floats = npt.NDArray[np.float64]

RIDGE = 0.05
"""Penalty of the weights, a turn's worth: labels of a home are few, and each says much."""

STEPS = 80
"""Steps of L-BFGS; the loss hardly changes after."""


@dataclass(frozen=True)
class Taught:
    """A text with its meaning, and how much it counts."""

    text: str
    meaning: Meaning
    weight: float


def fit(taught: Iterable[Taught], to: Path) -> int:
    """Fit the model and write it into a folder; return how many different examples taught it.

    Raises:
        ValueError: there are no examples.
    """
    weights: dict[tuple[str, Meaning], float] = defaultdict(float)
    for each in taught:
        words = normalise(each.text).split()[:MOST_WORDS]
        if words:
            weights[" ".join(words), each.meaning] += each.weight
    if not weights:
        raise ValueError("no examples")
    said = [text.split() for text, _ in weights]
    heavy = np.sqrt(np.array(list(weights.values()), dtype=np.float64))  # what is said daily counts more, not for all
    tags, classes, values = [], [], Counter[tuple[str, str, str]]()
    for words, (_, meaning) in zip(said, weights, strict=True):
        tagged, unsaid, found = placed(words, meaning)
        tags.append(tagged)
        classes.append(Meaning(meaning.intent, unsaid).text)
        values.update(found)
    class_names, tag_names = sorted(set(classes)), sorted({tag for row in tags for tag in row} | {OUTSIDE})
    requests = [request_features(words) for words in said]
    words_rows = [row for words in said for row in word_features(words)]
    repeats = [weight for weight, words in zip(heavy, said, strict=True) for _ in words]
    about = _regression(requests, [class_names.index(each) for each in classes], heavy, len(class_names))
    tagger = _regression(
        words_rows, [tag_names.index(tag) for row in tags for tag in row], np.array(repeats), len(tag_names)
    )
    to.mkdir(parents=True, exist_ok=True)
    onnx.save(_graph(about, tagger), str(to / MODEL))
    best: dict[tuple[str, str], str] = {}
    for (name, words_of, value), _ in values.most_common():
        best.setdefault((name, words_of), value)
    names = {
        "classes": class_names,
        "tags": tag_names,
        "values": [[name, words_of, value] for (name, words_of), value in best.items()],
    }
    (to / NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf8")
    return len(weights)


def placed(
    words: Sequence[str], meaning: Meaning
) -> tuple[list[str], tuple[tuple[str, str], ...], list[tuple[str, str, str]]]:
    """Return the tag of each word, the slots that are not said, and of those that are: name, words, value.

    >>> placed("play queen".split(), Meaning("play", (("artist", "queen"), ("room", "hall"))))
    (['O', 'B-artist'], (('room', 'hall'),), [('artist', 'queen', 'queen')])
    """
    tags, unsaid, found = [OUTSIDE] * len(words), [], []
    for name, value in sorted(meaning.slots, key=lambda slot: -len(slot[1])):
        of_value = normalise(value).split()
        many = len(of_value)
        start = next(
            (
                at
                for at in range(len(words) - many + 1)
                if many and list(words[at : at + many]) == of_value and set(tags[at : at + many]) == {OUTSIDE}
            ),
            None,
        )
        if start is None:
            unsaid.append((name, value))
            continue
        tags[start : start + many] = [f"B-{name}", *[f"I-{name}"] * (many - 1)]
        found.append((name, " ".join(of_value), value))
    return tags, tuple(sorted(unsaid)), found


def _regression(features: Sequence[Sequence[int]], aims: Sequence[int], weight: Floats, many: int) -> Floats:
    """Return the weights of a multinomial logistic regression, shape (``BUCKETS``, classes); row 0 is zeros."""
    rows = np.repeat(np.arange(len(features)), [len(each) for each in features])
    columns = np.concatenate([np.array(each) for each in features])
    held = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(features), BUCKETS))
    used = np.unique(columns)
    held = held[:, used].tocsr()
    by_column = held.T.tocsr()
    wanted = np.array(aims)

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(len(used), many)
        scores = np.asarray(held @ table)
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        slope = np.exp(logs)
        slope[np.arange(len(wanted)), wanted] -= 1
        total = -(weight * logs[np.arange(len(wanted)), wanted]).sum() + RIDGE * (flat @ flat) / 2
        return float(total), (by_column @ (slope * weight[:, None]) + RIDGE * table).ravel()

    found = minimize(loss, np.zeros(len(used) * many), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    table = np.zeros((BUCKETS, many))
    table[used] = found.x.reshape(len(used), many)
    table[0] = 0
    return table


def _graph(about: Floats, tagger: Floats) -> onnx.ModelProto:
    """Return the network: rows of a table, summed."""
    tables = [("about_table", about), ("tag_table", tagger)]
    nodes = []
    for table, source, target in (("about_table", "request", "about"), ("tag_table", "words", "tags")):
        nodes += [
            helper.make_node("Gather", [table, source], [f"{target}_rows"], axis=0),
            helper.make_node("ReduceSum", [f"{target}_rows", "axis"], [target], keepdims=0),
        ]
    kept = [numpy_helper.from_array(table.astype(np.float32), name) for name, table in tables]
    kept.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, [None, None]) for name in ("request", "words")]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, None]) for name in ("about", "tags")]
    graph = helper.make_graph(nodes, "understander", inputs, outputs, kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def by_label(labels: Iterable[tuple[str, str, Meaning, float]]) -> Iterable[Taught]:
    """Yield what labels teach: heard, said, meaning and confidence of each; the text as heard, and as it was said."""
    for heard, said, meaning, confidence in labels:
        yield Taught(heard, meaning, confidence)
        if normalise(said) != normalise(heard):
            yield Taught(said, meaning, confidence)
