"""Are defects found without labels? P(defect) against truth on real calls (DSTC2) and real corrections (SAIF).

The log is imported through the readers and judged without truth; truth joins afterwards. The baselines are the share
of defect votes and the best single signal (chosen *with* truth); the ceiling is a logistic regression on the same
votes, trained on truth and cross-fitted by caller or day.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic_core import from_json
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from sayagain.defects.label_model import Floats, Votes, fit
from sayagain.defects.signals import ALL_SIGNALS
from sayagain.defects.votes import decode, judge
from sayagain.errors import FormatError
from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.report import FOLDS, Role, Row
from sayagain.evaluation.statistics import Draws, interval
from sayagain.learning.log_tables import likened
from sayagain.log import truth as truth_table
from sayagain.log.engine import connect
from sayagain.log.ingest import ingest
from sayagain.log.readers.lines import lines
from sayagain.log.store import Log
from sayagain.rephrases.apply import read
from sayagain.rephrases.span_model import shipped

LABELLED_FILES = {"dstc2": "dstc2/train.jsonl.gz", "saif": "saif/pairs.jsonl.gz"}
"""The sets, and where they are in the directory of public data."""
_KEYS = {"dstc2": "turns", "saif": "first_asr"}


@dataclass(frozen=True)
class Judged:
    """A judged log beside its truth. Arrays have one entry a turn, scored or not."""

    probability: Floats
    votes: Votes
    truth: npt.NDArray[np.bool_]
    folds: npt.NDArray[np.str_]
    scored: npt.NDArray[np.bool_]
    """Turns whose truth is known."""
    answered: npt.NDArray[np.bool_]
    """Turns whose answer is in the log."""

    def only(self, keep: npt.NDArray[np.bool_]) -> Judged:
        """Return some of the turns."""
        return Judged(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def evaluate(set_name: str | None, data: Path | None, seed: int) -> list[Row]:
    """Return the figures of one set, or of both.

    Args:
        set_name: ``dstc2`` or ``saif``; None for all that ``data`` holds.
        data: a file of one of the formats, or a directory of public data; None for ``SAYAGAIN_DATA`` or
            ``../shared/data``.
        seed: of the bootstrap.

    Raises:
        FormatError: the data are missing or of another format.
    """
    rows: list[Row] = []
    for name, path in _found(set_name, data):
        judged = judge_file(name, path)
        for part, keep in _parts(name, judged):
            rows.extend(_figures(part, judged, keep & judged.scored, seed))
    return rows


def _found(set_name: str | None, data: Path | None) -> Iterator[tuple[str, Path]]:
    if set_name is not None and set_name not in LABELLED_FILES:
        raise FormatError(f"There is no set {set_name}", f"Known sets: {', '.join(LABELLED_FILES)}")
    place = data or Path(os.environ.get("SAYAGAIN_DATA", "../shared/data"))
    if not place.exists():
        raise FormatError(f"There are no data at {place}", "Name a file or directory with --data")
    if place.is_file():
        yield set_name or _sniff(place), place
        return
    for name in [set_name] if set_name else LABELLED_FILES:
        yield name, place / LABELLED_FILES[name]


def _sniff(path: Path) -> str:
    """Tell the format of a file by the keys of its first line."""
    _, first = next(lines(path), (0, b"{}"))
    try:
        keys = from_json(first or b"{}")
    except ValueError:
        keys = {}
    for name, key in _KEYS.items():
        if key in keys:
            return name
    raise FormatError(f"{path} is of no known set", f"Say which with --set: {', '.join(LABELLED_FILES)}")


def _parts(name: str, judged: Judged) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield the sets of turns to be scored.

    DSTC2 is scored twice: every input of a call, and those whose answer is in the log. The last input of a call
    has none; it is nearly always a goodbye, and nearly always a "defect" by the letter, because people annotated
    thanks and goodbye where the live system has an act for goodbye alone (docs/defects.md).
    """
    yield name, np.ones_like(judged.scored)
    if name == "dstc2":
        yield "dstc2_answered", judged.answered


def judge_file(name: str, path: Path) -> Judged:
    """Import a file into a log of its own, judge it without truth, and put truth beside the judgement."""
    with TemporaryDirectory() as folder:
        log_path = Path(folder) / "log"
        ingest([path], name, log_path)
        engine = connect(Path(folder) / "spill")
        turns = Log.open(log_path).turns(engine)
        lines, requests, _ = likened(turns, carry=["turn"])
        judged, _ = judge(read(lines, turns, requests, shipped(), min_people=1).cache())
        answered = turns.select("turn", answered=turns.response.notnull())
        table = judged.join(answered, "turn").select("turn", "pattern", "p_defect", "answered").to_pyarrow()
        known = truth_table.read(log_path).select(["turn", "defect", "fold"])
    joined = table.join(known, "turn", join_type="left outer").sort_by("turn")
    defect = joined["defect"]
    return Judged(
        probability=joined["p_defect"].to_numpy(),
        votes=decode(joined["pattern"].to_numpy()),
        truth=defect.fill_null(False).to_numpy(),
        folds=_texts(joined["fold"]),
        scored=defect.is_valid().to_numpy(),
        answered=joined["answered"].to_numpy(),
    )


def _texts(column: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    return np.array(column.fill_null("").to_pylist(), dtype=np.str_)


def _figures(part: str, judged: Judged, keep: npt.NDArray[np.bool_], seed: int) -> Iterator[Row]:
    """Yield all rows of one set: methods and their metrics, gains, the share of the ceiling, ablations."""
    scored = judged.only(keep)
    draws = Draws.of(scored.folds, seed)

    def ranked(scores: Floats) -> Ranking:
        return Ranking.of(scores, scored.truth, draws)

    def row(method: str, role: Role, metric: str, values: Floats) -> Row:
        return Row(part, method, role, metric, *interval(values), n=len(scored.truth))

    ours = ranked(scored.probability)
    alone = {name: ranked(_alone(scored.votes, place)) for place, name in enumerate(ALL_SIGNALS)}
    best = max(alone, key=lambda name: float(alone[name].roc_auc()[0]))
    baselines = {
        "majority": ranked(_majority(scored.votes)),
        "majority_margin": ranked(_margin(scored.votes)),
        "best_signal": alone[best],
    }
    ceiling = ranked(_supervised(scored))
    methods: list[tuple[str, Role, Ranking]] = [
        ("sayagain", "ours", ours),
        *((name, "baseline", each) for name, each in baselines.items()),
        ("supervised", "ceiling", ceiling),
    ]
    for name, role, each in methods:
        for metric in ("roc_auc", "average_precision", "f1", "calibration_error", "brier"):
            yield row(name, role, metric, getattr(each, metric)())
    for name, each in baselines.items():
        yield row("sayagain", "ours", f"roc_auc_gain_over_{name}", ours.roc_auc() - each.roc_auc())
    yield row("sayagain", "ours", "auc_share", (ours.roc_auc() - 0.5) / (ceiling.roc_auc() - 0.5))
    for place, name in enumerate(ALL_SIGNALS):
        if not np.any(judged.votes[:, place] >= 0):
            continue
        without = ranked(_without(judged.votes, place)[keep])
        yield row(f"without_{name}", "ablation", "roc_auc", without.roc_auc())
        yield row(f"without_{name}", "ablation", "roc_auc_loss", ours.roc_auc() - without.roc_auc())
        yield row(f"only_{name}", "ablation", "roc_auc", alone[name].roc_auc())


def _alone(votes: Votes, place: int) -> Floats:
    """Return 1 where one signal, taken alone, calls a defect: it spoke for one, or did not speak against one."""
    against = list(ALL_SIGNALS.values())[place].vote == 0
    return np.where((votes[:, place] >= 0) != against, 1.0, 0.0)


def _majority(votes: Votes) -> Floats:
    """Return the share of defect votes among those cast; a half where none was."""
    cast = (votes >= 0).sum(axis=1)
    return np.where(cast > 0, (votes == 1).sum(axis=1) / np.maximum(cast, 1), 0.5)


def _margin(votes: Votes) -> Floats:
    """Return defect votes minus fine votes, squashed to a probability: eight to none says more than one to none."""
    margin = (votes == 1).sum(axis=1) - (votes == 0).sum(axis=1)
    return np.asarray(1 / (1 + np.exp(-margin.astype(np.float64))))


def _supervised(scored: Judged) -> Floats:
    """Return cross-fitted probabilities of a logistic regression on the votes, one column for each signal and vote."""
    values = [scored.votes == value for value in (1, 0)]
    columns = np.concatenate(values, axis=1).astype(np.float64)
    fitted = cross_val_predict(
        LogisticRegression(max_iter=2000),
        columns,
        scored.truth,
        groups=scored.folds,
        cv=GroupKFold(min(FOLDS, len(np.unique(scored.folds)))),
        method="predict_proba",
    )
    return np.asarray(fitted[:, 1])


def _without(votes: Votes, place: int) -> Floats:
    """Return the probabilities of a model learned without one signal."""
    names = [name for i, name in enumerate(ALL_SIGNALS) if i != place]
    seen, which, counts = np.unique(np.delete(votes, place, axis=1), axis=0, return_inverse=True, return_counts=True)
    model = fit(seen, counts.astype(np.float64), names, [ALL_SIGNALS[name].family for name in names])
    return model.probability(seen)[which.ravel()]
