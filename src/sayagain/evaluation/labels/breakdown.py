"""Dialogue breakdown on DBDC3: does a reply of the system break the dialogue off? Thirty annotators a reply.

Ours is a regression on words and counts, cross-fitted by dialogue, that learns from how the annotators divide; it is
put against one annotator, both against the label that the other annotators give most often.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from sayagain.errors import FormatError
from sayagain.evaluation.labels.figures import class_rows, confusion, f1_of
from sayagain.evaluation.labels.raters import against_others, left_out
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.statistics import Draws, Floats, interval
from sayagain.log.readers.lines import BROKEN, json_records, object_of, reason

LABELS = "OTX"
"""No breakdown, possible breakdown, breakdown."""
BREAKDOWN = LABELS.index("X")
REGULARISATION = 0.5
_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True)
class Reply:
    """One reply of the system, what came before it, and the annotators' votes."""

    text: str
    asked: str
    """What the person had said."""
    earlier: tuple[str, ...]
    """All replies before."""
    votes: tuple[int, ...]
    """Numbers in ``LABELS``, one an annotator."""
    dialogue: str


def commonest(votes: Sequence[int]) -> int:
    """Return the label that most annotators gave; of equals, the one in the middle, else the milder.

    >>> [LABELS[commonest(each)] for each in ([0, 0, 2], [0, 1, 2], [0, 2])]
    ['O', 'T', 'O']
    """
    counts = Counter(votes)
    return max((1, 0, 2), key=lambda label: counts[label])


def read(path: Path) -> list[Reply]:
    """Read the annotated replies of a file.

    Raises:
        FormatError: a line is no dialogue, or there are too few.
    """
    found = list[Reply]()
    for number, record in json_records(path):
        try:
            dialogue = object_of(record)
            replies, asked = list[str](), ""
            for turn in dialogue["turns"]:
                if turn["speaker"] == "U":
                    asked = turn["utterance"]
                    continue
                votes = tuple(LABELS.index(each["breakdown"]) for each in turn["annotations"])
                if votes:
                    found.append(Reply(turn["utterance"], asked, tuple(replies), votes, str(dialogue["dialogue-id"])))
                replies.append(turn["utterance"])
        except BROKEN as error:
            raise FormatError(
                f"{path}, line {number} is no dialogue: {reason(error)}", "Give DBDC3's format"
            ) from error
    if len({each.dialogue for each in found}) < FOLDS:
        raise FormatError(f"{path} has fewer than {FOLDS} annotated dialogues", "Give more: each fold needs one")
    return found


def evaluate(path: Path, seed: int) -> list[Row]:
    """Return the figures of a file of annotated dialogues.

    Raises:
        FormatError: the file is not in the format.
    """
    replies = read(path)
    votes = [each.votes for each in replies]
    truth = np.array([commonest(each) for each in votes], dtype=np.intp)
    groups = np.array([each.dialogue for each in replies], dtype=np.str_)
    ours = _cross_fitted(replies, groups, seed)
    methods: dict[tuple[str, Role], npt.NDArray[np.intp]] = {
        (OURS, "ours"): ours,
        ("majority", "baseline"): np.full(len(truth), np.bincount(truth).argmax()),
    }
    rows = list(class_rows("dbdc3", methods, truth, groups, seed))
    rows.extend(against_others("dbdc3", votes, commonest, ours, groups, seed))
    pairs = left_out(votes, commonest)
    draws = Draws.of(groups[pairs.turn], seed)
    for method, role, given in (("one_rater", "ceiling", pairs.own), (OURS, "ours", ours[pairs.turn])):
        values = f1_of(confusion(pairs.others, given, len(LABELS), draws))[:, BREAKDOWN]
        rows.append(Row("dbdc3", method, role, "f1_by_others", *interval(values), n=len(pairs.turn)))  # type: ignore[arg-type]
    return rows


def _cross_fitted(replies: Sequence[Reply], groups: npt.NDArray[np.str_], seed: int) -> npt.NDArray[np.intp]:
    """Return the likeliest label of each reply, from what did not learn from its dialogue."""
    shares = np.array([np.bincount(each.votes, minlength=len(LABELS)) / len(each.votes) for each in replies])
    counts = np.array([_counts(each) for each in replies])
    found = np.empty(len(replies), dtype=np.intp)
    for learned, unseen in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(counts, groups=groups):
        columns, unseen_columns = _columns(replies, counts, learned, unseen)
        # Each reply stands once for each label, as heavy as the share of annotators who gave it.
        many = len(learned)
        model = LogisticRegression(C=REGULARISATION, max_iter=300, tol=1e-3).fit(
            sparse.vstack([columns] * len(LABELS)).tocsr(),
            np.repeat(np.arange(len(LABELS)), many),
            sample_weight=shares[learned].T.ravel(),
        )
        found[unseen] = model.predict(unseen_columns)
    return found


def _columns(
    replies: Sequence[Reply], counts: Floats, learned: npt.NDArray[np.intp], unseen: npt.NDArray[np.intp]
) -> tuple[Any, Any]:
    """Return the columns of the replies that are learned from, and of the others."""
    scale = counts[learned].std(axis=0) + 1e-9
    parts = [[counts[rows] / scale for rows in (learned, unseen)]]
    for texts in ([each.text for each in replies], [each.asked for each in replies]):
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        parts.append(
            [
                words.fit_transform([texts[i] for i in learned]),
                words.transform([texts[i] for i in unseen]),
            ]
        )
    first, second = (sparse.hstack([sparse.csr_array(part[side]) for part in parts]).tocsr() for side in (0, 1))
    return first, second


def _counts(reply: Reply) -> list[float]:
    """Return lengths, what the reply shares with the request, and how far the system has said it before."""
    words, asked = (set(_WORD.findall(text.lower())) for text in (reply.text, reply.asked))
    before = [set(_WORD.findall(text.lower())) for text in reply.earlier]
    likeness = [len(words & each) / (len(words | each) or 1) for each in before]
    return [
        np.log1p(len(words)),
        np.log1p(len(asked)),
        len(words & asked) / (len(words) + 1),
        max(likeness, default=0.0),
        likeness[-1] if likeness else 0.0,
        float("?" in reply.text),
        float("?" in reply.asked),
        float("?" in reply.asked and "?" in reply.text),
        float(not reply.asked),
        len(before) / 10,
    ]
