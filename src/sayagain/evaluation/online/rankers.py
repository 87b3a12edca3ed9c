"""``sayagain evaluate ranking``: which model should rank candidates, and what each kind of evidence is worth.

From one log, without labels: examples are gathered as ``learn`` gathers them (candidates of the moment, from the
person's profile so far and from what *other* people say); models learn from four fifths of the people and rank what the
others said. What was meant is derived from the log: what people said next that worked. All methods are compared at one
rate of harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from zlib import crc32

import numpy as np
import numpy.typing as npt
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sayagain.errors import SayAgainError
from sayagain.evaluation.report import FOLDS, Role, Row
from sayagain.evaluation.statistics import bootstrap
from sayagain.learning.global_tables import scale_of
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.learning.training_examples import examples_from_log
from sayagain.log.store import Log
from sayagain.rephrases.excerpt import Said
from sayagain.rephrases.span_model import SpanReader
from sayagain.retrieval.feature_vectors import OF_CANDIDATE, OF_REQUEST, kinds_of_evidence
from sayagain.retrieval.fit import LOSS_RATE, Example, TrainingSet, boosted, enough, least_gain, meant_set, works_set
from sayagain.retrieval.rank import best_gains, predict
from sayagain.retrieval.views import Floats

CROSS = "cross_encoder"
"""The column of the span model's log-odds that a candidate says the request again."""

Predict = Callable[[Floats], Floats]
Learner = Callable[[TrainingSet], Predict]


@dataclass(frozen=True)
class Method:
    """A way to rank."""

    role: Role
    learner: Learner
    hidden: tuple[str, ...] = ()
    """Features that it does not see."""
    cross: bool = False
    """Whether it sees the cross-encoder."""


def _boosted(training_set: TrainingSet) -> Predict:
    return partial(predict, boosted(training_set))


def _logistic(training_set: TrainingSet) -> Predict:
    model = make_pipeline(
        SimpleImputer(add_indicator=True, keep_empty_features=True), StandardScaler(), LogisticRegression(max_iter=500)
    )
    model.fit(training_set.rows, training_set.labels >= 0.5, logisticregression__sample_weight=training_set.weights)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float32)


RANKER_METHODS: dict[str, Method] = {
    "sayagain": Method("ours", _boosted),
    "logistic": Method("baseline", _logistic),
    CROSS: Method("baseline", _boosted, OF_CANDIDATE, cross=True),
    f"sayagain and {CROSS}": Method("ablation", _boosted, cross=True),
    **{
        f"without {name}": Method("ablation", _boosted, hidden)
        for name, hidden in kinds_of_evidence().items()
        if name != "length"
    },
}


@dataclass(frozen=True)
class Ranked:
    """A method's ranking of the judged examples; shape of each array (examples,)."""

    failed: npt.NDArray[np.bool_]
    """Whether the request failed, and one of its candidates is what was meant."""
    fine: npt.NDArray[np.bool_]
    """Whether it worked."""
    right: npt.NDArray[np.bool_]
    """Whether the best candidate is what was meant."""
    gain: Floats
    """Of the best candidate; -1 where there is none."""
    weight: npt.NDArray[np.float64]
    """Turns that an example stands for."""

    def threshold(self) -> float:
        """Return the least gain at which no more than ``LOSS_RATE`` of the requests that work are harmed."""
        harmed = self.fine & ~self.right & (self.gain > -1)
        allowed = LOSS_RATE * float(self.weight[self.fine].sum())
        return least_gain(self.gain[harmed], self.weight[harmed], allowed)

    def figures(self, least: float, at: npt.NDArray[np.intp] | slice = slice(None)) -> dict[str, float]:
        """Return the figures of the examples ``at`` some places (with repetition, for resampling).

        ``top1``: of failed requests, those whose best candidate is right; ``mended``: those of them that are rewritten;
        ``traded``: failed requests rewritten to something else.
        """
        failed, right, made = self.failed[at], self.right[at], self.gain[at] >= least
        count = max(int(failed.sum()), 1)
        return {
            "top1": float((failed & right).sum() / count),
            "mended": float((failed & right & made).sum() / count),
            "traded": float((failed & ~right & made).sum() / count),
        }


def evaluate(log: Path, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Return the figures of each of ``RANKER_METHODS``, all at the threshold that spoils ``LOSS_RATE`` of what works.

    ``ms`` is the time that the models of one request take, of a failed one, on one core.

    Raises:
        SayAgainError: the log is too small to learn from.
    """
    with TemporaryDirectory() as spill:
        log_tables = LogTables(Log.open(log), Path(spill), Settings(), stage)
        examples = examples_from_log(log_tables, scale_of(log_tables.turns, log_tables.settings.min_people))
    if not enough(examples, log_tables.settings.min_people):
        raise SayAgainError(f"{log} has too few failed requests that were said again", "Name a larger log")
    stage("asking the cross-encoder")
    began = perf_counter()
    crossed = _crossed(examples)
    heard = [each for each in examples if not each.synthetic]
    users = np.array([each.ranking_input.request.turn.user for each in heard])
    cross_ms = (perf_counter() - began) / len(examples) * 1e3
    rows: list[Row] = []
    for name, method in RANKER_METHODS.items():
        stage(f"learning and ranking: {name}")
        ranked, ms = _ranked(crossed if method.cross else examples, method)
        least = ranked.threshold()

        def again(metric: str, at: npt.NDArray[np.intp], ranked: Ranked = ranked, least: float = least) -> float:
            return ranked.figures(least, at)[metric]

        for metric, value in ranked.figures(least).items():
            ends = bootstrap(partial(again, metric), users, seed)
            rows.append(Row(log.name, name, method.role, metric, value, *ends, n=int(ranked.failed.sum())))
        spent = ms + (cross_ms if method.cross else 0.0)
        rows.append(Row(log.name, name, method.role, "ms", spent, n=len(heard)))
    return rows


def _crossed(examples: Sequence[Example]) -> list[Example]:
    """Return the examples with the cross-encoder's log-odds as the last feature of each candidate."""
    pairs = [
        (Said(each.ranking_input.request.texts[0]), Said(candidate.text))
        for each in examples
        for candidate in each.ranking_input.candidates
    ]
    found = SpanReader(threads=1).read(pairs)
    p = np.array([each.probability[0] for each in found], dtype=np.float32).clip(1e-6, 1 - 1e-6)
    odds = np.log(p / (1 - p))
    ends = np.cumsum([len(each.ranking_input.candidates) for each in examples])[:-1]
    return [
        replace(
            each,
            ranking_input=replace(each.ranking_input, offered=np.hstack([each.ranking_input.offered, mine[:, None]])),
        )
        if len(mine)
        else each
        for each, mine in zip(examples, np.split(odds, ends), strict=True)
    ]


def _ranked(examples: Sequence[Example], method: Method) -> tuple[Ranked, float]:
    """Return what a method makes of the examples that were heard, and the milliseconds that one takes."""
    fold = np.array([crc32(each.ranking_input.request.turn.user.encode()) % FOLDS for each in examples])
    heard = np.array([not each.synthetic for each in examples])
    gains, places = np.full(len(examples), -1.0, dtype=np.float32), np.full(len(examples), -1)
    seconds = 0.0
    for number in range(FOLDS):
        learn = [each for each, its in zip(examples, fold, strict=True) if its != number]
        draw = np.random.default_rng(1)
        works = method.learner(_seen(works_set(learn, draw), method))
        meant = method.learner(_seen(meant_set(learn, draw), method))
        judged = np.flatnonzero((fold == number) & heard).tolist()
        began = perf_counter()
        gains[judged], places[judged] = best_gains(
            [examples[i].ranking_input for i in judged],
            lambda rows, works=works: works(_visible(rows, method)),  # type: ignore[misc]
            lambda rows, meant=meant: meant(_visible(rows, method)),  # type: ignore[misc]
        )
        seconds += perf_counter() - began
    judged = np.flatnonzero(heard).tolist()
    right = np.array([_right(examples[i], places[i]) for i in judged])
    p_defect = np.array([examples[i].p_defect for i in judged])
    known = np.array([_reachable(examples[i]) for i in judged])
    ranked = Ranked(
        failed=(p_defect >= 0.5) & known,
        fine=p_defect < 0.5,
        right=right,
        gain=gains[judged],
        weight=np.array([examples[i].weight for i in judged]),
    )
    return ranked, seconds / len(judged) * 1e3


def _seen(training_set: TrainingSet, method: Method) -> TrainingSet:
    return replace(training_set, rows=_visible(training_set.rows, method))


def _visible(rows: Floats, method: Method) -> Floats:
    """Return rows without what a method does not see; the columns are those of requests, or of candidates besides."""
    names = (*OF_REQUEST, *OF_CANDIDATE, CROSS)[: rows.shape[1]]
    seen = rows.copy()
    seen[:, [names.index(name) for name in method.hidden if name in names]] = np.nan
    return seen


def _right(example: Example, place: int) -> bool:
    return place >= 0 and example.right is not None and bool(example.right[place])


def _reachable(example: Example) -> bool:
    return example.right is not None and bool(example.right.any())
