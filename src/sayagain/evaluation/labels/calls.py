"""Success on DSTC2: whether callers said themselves that they got what they wanted, from what the system could see.

Read live: hypotheses and scores of the recogniser and the parser, the system's acts and words, interruptions and
times. Transcripts, semantics, goals and the questionnaire are never read; the caller's verdict is the truth. Scored is
the rare class, failure (7 % of calls). Twice: the whole call, and the call before its last turn, where nothing is
known yet of how it ended. Folds part callers, not calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from sayagain.errors import FormatError
from sayagain.evaluation.labels.call_counts import Exchange, counted
from sayagain.evaluation.labels.call_tracking import tracked
from sayagain.evaluation.labels.figures import score_rows
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.statistics import Floats
from sayagain.log.readers.lines import BROKEN, json_records, object_of, reason

Model = Callable[[], Any]
Tell = Callable[[str], None]

FEWEST_TURNS = 2
"""Shorter calls have no call before their last turn; they are left out of both sets."""


@dataclass(frozen=True)
class Call:
    """What the system could see of a call, and the caller's verdict."""

    exchanges: list[Exchange]
    caller: str
    failed: bool


def read(path: Path) -> list[Call]:
    """Read the calls of a file, without anything that people annotated but the verdict.

    Raises:
        FormatError: a line is no call, or all calls ended alike.
    """
    found = list[Call]()
    for number, record in json_records(path):
        try:
            call = object_of(record)
            exchanges = [Exchange.of(each) for each in call["turns"]]
            success = call["task-information"]["feedback"]["success"]
        except BROKEN as error:
            raise FormatError(
                f"{path}, line {number} is no call: {reason(error)}", "Give calls in DSTC2's format"
            ) from error
        if success is not None and len(exchanges) >= FEWEST_TURNS:
            found.append(Call(exchanges, str(call["caller-id"]), not success))
    if len({each.failed for each in found}) < len((True, False)) or len({each.caller for each in found}) < FOLDS:
        raise FormatError(
            f"{path} does not tell success from failure", f"It must hold calls that failed, others, and {FOLDS} callers"
        )
    return found


def evaluate(path: Path, seed: int, tell: Tell) -> list[Row]:
    """Return the figures of whole calls (``dstc2``) and of calls before their last turn (``dstc2_before_last``).

    Raises:
        FormatError: the file is not in the format.
    """
    calls = read(path)
    truth = np.array([each.failed for each in calls])
    callers = np.array([each.caller for each in calls], dtype=np.str_)
    rows = list[Row]()
    for name, seen in (
        ("dstc2", [each.exchanges for each in calls]),
        ("dstc2_before_last", [each.exchanges[:-1] for each in calls]),
    ):
        tell(name)
        rows.extend(score_rows(name, _scores(seen, truth, callers, seed, tell), truth, callers, seed))
    return rows


def _scores(
    seen: Sequence[Sequence[Exchange]],
    truth: npt.NDArray[np.bool_],
    callers: npt.NDArray[np.str_],
    seed: int,
    tell: Tell,
) -> dict[tuple[str, Role], Floats]:
    """Return the cross-fitted probability of failure of each method."""
    counts = _matrix([counted(each) for each in seen])
    tracks = np.hstack([counts, _matrix([tracked(each) for each in seen])])
    words = np.array([_words(each) for each in seen], dtype=np.object_)

    def fitted(name: str, columns: npt.NDArray[Any], model: Model) -> Floats:
        tell(name)
        found = np.zeros(len(truth))
        for learned, unseen in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(columns, truth, callers):
            found[unseen] = model().fit(columns[learned], truth[learned]).predict_proba(columns[unseen])[:, 1]
        return found

    forest = fitted("forest", tracks, lambda: _forest(seed))
    regression = fitted("regression", tracks, _regression)
    return {
        (OURS, "ours"): (forest + regression) / 2,
        ("gradient_boosting", "baseline"): fitted("gradient boosting", counts, lambda: _boosting(seed)),
        ("tfidf", "baseline"): fitted("words", words, _word_model),
        ("boosting_on_tracking", "ablation"): fitted("boosting on tracking", tracks, lambda: _boosting(seed)),
        ("without_tracking", "ablation"): (
            fitted("forest without tracking", counts, lambda: _forest(seed))
            + fitted("regression without tracking", counts, _regression)
        )
        / 2,
        ("forest_alone", "ablation"): forest,
        ("regression_alone", "ablation"): regression,
    }


def _matrix(rows: Sequence[dict[str, float]]) -> Floats:
    return np.array([list(each.values()) for each in rows], dtype=np.float64)


def _words(exchanges: Sequence[Exchange]) -> str:
    """Return what was said and heard; words of the system are marked, so that the two are told apart."""
    return " ".join(_of_both(exchanges))


def _of_both(exchanges: Sequence[Exchange]) -> Iterator[str]:
    for each in exchanges:
        yield from (f"system_{word}" for word in each.said.lower().split())
        yield from each.heard[0].split()


def _forest(seed: int) -> Any:
    """Return a forest of extremely randomised trees: with a hundred failures, it varies less than boosting does."""
    return ExtraTreesClassifier(500, min_samples_leaf=3, max_features=0.3, class_weight="balanced", random_state=seed)


def _regression() -> Any:
    ranks = QuantileTransformer(n_quantiles=50)
    return make_pipeline(ranks, StandardScaler(), LogisticRegression(C=0.03, class_weight="balanced", max_iter=500))


def _boosting(seed: int) -> Any:
    return GradientBoostingClassifier(
        n_estimators=100, max_depth=3, learning_rate=0.05, subsample=0.7, random_state=seed
    )


def _word_model() -> Any:
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return make_pipeline(words, LogisticRegression(C=3, class_weight="balanced", max_iter=500))
