"""Are defects found without labels? P(defect) against truth on calls (DSTC2), corrections (SAIF) and simulated homes.

The log is imported through the readers and judged without truth; truth joins afterwards (``judged.py``). The baselines
are the share of defect votes, defect votes minus fine votes, the best single signal (chosen *with* truth) and the
signals of another system (``trajectory.py``); the ceiling is a logistic regression on the same votes, trained on truth
and cross-fitted by caller, day or home. Ablations: the label model alone (``label_model``), and the label model without
each signal, beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic_core import from_json
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from sayagain.defects.label_model import Floats, Votes, fit
from sayagain.defects.signals import ALL_SIGNALS
from sayagain.errors import FormatError
from sayagain.evaluation.defects.discrimination import Ranking
from sayagain.evaluation.defects.judged import Judged, judge_file, judge_homes
from sayagain.evaluation.report import FOLDS, Role, Row
from sayagain.evaluation.statistics import Draws, interval
from sayagain.log.readers.lines import lines

LABELLED_FILES = {"dstc2": "dstc2/train.jsonl.gz", "saif": "saif/pairs.jsonl.gz"}
"""The sets that are files, and where they are in the directory of public data."""
SIMULATED = "homes"
SETS = (*LABELLED_FILES, SIMULATED)
_KEYS = {"dstc2": "turns", "saif": "first_asr"}


def evaluate(set_name: str | None, data: Path | None, seed: int) -> list[Row]:
    """Return the figures of one set, or of all.

    Args:
        set_name: one of ``SETS``; None for all of them, or for what the file ``data`` is.
        data: a file of one of the formats, or a directory of public data; None for ``SAYAGAIN_DATA`` or
            ``../shared/data``.
        seed: of the bootstrap, and of simulated homes.

    Raises:
        FormatError: the data are missing or of another format.
    """
    rows: list[Row] = []
    for name, path in _found(set_name, data):
        judged = judge_homes(seed) if path is None else judge_file(name, path)
        without = dict(_left_out(judged))
        for part, keep in _parts(name, judged):
            rows.extend(_figures(part, judged, keep & judged.scored, without, seed))
    return rows


def _found(set_name: str | None, data: Path | None) -> Iterator[tuple[str, Path | None]]:
    """Yield the sets with their files; simulated homes have none."""
    if set_name is not None and set_name not in SETS:
        raise FormatError(f"There is no set {set_name}", f"Known sets: {', '.join(SETS)}")
    if set_name == SIMULATED:
        yield SIMULATED, None
        return
    place = data or Path(os.environ.get("SAYAGAIN_DATA", "../shared/data"))
    if not place.exists():
        raise FormatError(f"There are no data at {place}", "Name a file or directory with --data")
    if place.is_file():
        yield set_name or _sniff(place), place
        return
    for name in [set_name] if set_name else LABELLED_FILES:
        yield name, place / LABELLED_FILES[name]
    if set_name is None:
        yield SIMULATED, None


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

    DSTC2 is scored in four forms: every input of a call, and those whose answer is in the log (the last input of a call
    has none), each with and without what the live system took for a goodbye or for thanks. By the letter nearly every
    goodbye is a "defect": people annotated thanks and goodbye where the live system understood goodbye alone
    (docs/defects.md).
    """
    parts = {name: np.ones_like(judged.scored)}
    if name == "dstc2":
        parts["dstc2_answered"] = judged.answered
        parts |= {f"{part}_without_goodbyes": keep & ~judged.goodbye for part, keep in parts.items()}
    yield from parts.items()


def _figures(
    part: str, judged: Judged, keep: npt.NDArray[np.bool_], left_out: Mapping[str, Floats], seed: int
) -> Iterator[Row]:
    """Yield all rows of one set: methods and their metrics, gains, the share of the ceiling, ablations."""
    scored = judged.only(keep)
    draws = Draws.of(scored.folds, seed)

    def ranked(scores: Floats) -> Ranking:
        return Ranking.of(scores, scored.truth, draws)

    def row(method: str, role: Role, metric: str, values: Floats) -> Row:
        return Row(part, method, role, metric, *interval(values), n=len(scored.truth))

    ours, label_model = ranked(scored.probability), ranked(scored.label_model)
    alone = {name: ranked(_alone(scored.votes, place)) for place, name in enumerate(ALL_SIGNALS)}
    best = max(alone, key=lambda name: float(alone[name].roc_auc()[0]))
    baselines = {
        "majority": ranked(_majority(scored.votes)),
        "majority_margin": ranked(_margin(scored.votes)),
        "best_signal": alone[best],
        "trajectory_signals": ranked(scored.trajectory),
    }
    ceiling = ranked(_supervised(scored))
    methods: list[tuple[str, Role, Ranking]] = [
        ("sayagain", "ours", ours),
        *((name, "baseline", each) for name, each in baselines.items()),
        ("supervised", "ceiling", ceiling),
        ("label_model", "ablation", label_model),
    ]
    for name, role, each in methods:
        for metric in ("roc_auc", "average_precision", "f1", "calibration_error", "brier"):
            yield row(name, role, metric, getattr(each, metric)())
    for name, each in baselines.items():
        yield row("sayagain", "ours", f"roc_auc_gain_over_{name}", ours.roc_auc() - each.roc_auc())
    yield row("sayagain", "ours", "roc_auc_gain_over_label_model", ours.roc_auc() - label_model.roc_auc())
    yield row("sayagain", "ours", "auc_share", (ours.roc_auc() - 0.5) / (ceiling.roc_auc() - 0.5))
    for name, probability in left_out.items():
        without = ranked(probability[keep])
        yield row(f"without_{name}", "ablation", "roc_auc", without.roc_auc())
        yield row(f"without_{name}", "ablation", "roc_auc_loss", label_model.roc_auc() - without.roc_auc())
        if name in alone:
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


def _left_out(judged: Judged) -> Iterator[tuple[str, Floats]]:
    """Yield P(defect) of models learned without each signal that speaks, and without each family of several."""
    families = [signal.family for signal in ALL_SIGNALS.values()]
    spoke = np.any(judged.votes >= 0, axis=0)
    for place, name in enumerate(ALL_SIGNALS):
        if spoke[place]:
            yield name, _without(judged, [place])
    for family in dict.fromkeys(families):
        members = [place for place, each in enumerate(families) if each == family and spoke[place]]
        if len(members) > 1:
            yield family, _without(judged, members)


def _without(judged: Judged, places: list[int]) -> Floats:
    """Return the probabilities of models, one for each log, that are learned without some signals."""
    declared = [each for place, each in enumerate(ALL_SIGNALS.values()) if place not in places]
    columns = [[getattr(each, of) for each in declared] for of in ("name", "family", "accuracy", "least")]
    votes, found = np.delete(judged.votes, places, axis=1), np.empty(len(judged.votes))
    for log in np.unique(judged.log):
        mine = judged.log == log
        seen, which, counts = np.unique(votes[mine], axis=0, return_inverse=True, return_counts=True)
        found[mine] = fit(seen, counts.astype(np.float64), *columns).probability(seen)[which.ravel()]
    return found
