"""Which action comes next in real routines: hit rate of our choice, beside baselines on the same routines.

``hit_rate@1`` is the share of routines whose last action was named first; ``gain_over_…`` is our hit rate less that of
a baseline, or of ours without something, on the same routines. Intervals resample households, since windows of one
overlap. The sets that end in ``-unseen`` and ``-strangers`` learn without the routines that hold what is asked for, and
without all routines of the households that are judged (``overlap``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayagain.errors import FormatError
from sayagain.evaluation.choices.methods import METHODS, Floats, Method, Said
from sayagain.evaluation.choices.overlap import households, without_the_asked, without_the_households
from sayagain.evaluation.choices.smartthings import GIVEN, Routine, read
from sayagain.evaluation.report import OURS, Row
from sayagain.evaluation.statistics import Draws, interval, resampled

SET = "smartthings"
TO_LEARN = "_trn"
"""End of the name of a file to learn from; in a directory all others are judged."""

LEAST_KNOWN = 0.5
"""Least share of a file's actions that a file to learn from must know for the two to be of one set."""

SPLITS: Mapping[str, Callable[[Sequence[Routine], Sequence[Routine]], Sequence[Routine]]] = {
    "": lambda learned, judged: learned,
    "-unseen": without_the_asked,
    "-strangers": without_the_households,
}
"""End of a set's name → which of the routines are learned from."""


LEAST_LEARNED = 20
"""Fewer routines than these teach nothing."""

CALIBRATION_BINS = 10

COMPARED = ("baseline", "ablation")
"""Roles of the methods that ours is compared with, routine by routine."""


@dataclass(frozen=True)
class Part:
    """A file that is judged, with what is learned from."""

    name: str
    """That of the file that is judged, such as ``fr_vld``."""
    learned: Sequence[Routine]
    judged: Sequence[Routine]


def evaluate(train: Path, data: Path, seed: int, stage: Callable[[str], None] = lambda stage: None) -> list[Row]:
    """Learn from the files of ``train`` and judge those of ``data``, each by the one that knows its actions best.

    Each may be one file, or a directory: what is learned from ends in ``_trn``, what is judged does not. Several files
    are judged together, and apart.

    Raises:
        FormatError: a file is missing or holds no routines, or none to learn from is of the set of one.
    """
    asked = list(parts(_files(train, learned=True), _files(data, learned=False)))
    rows = list[Row]()
    for end, kept in SPLITS.items():
        split = [Part(part.name, kept(part.learned, part.judged), part.judged) for part in asked]
        if min(len(part.learned) for part in split) < LEAST_LEARNED:
            continue
        methods = {name: method for name, (role, method) in METHODS.items() if not end or role != "ablation"}
        said = [
            {name: _told(stage, f"{part.name}{end}: {name}", method, part) for name, method in methods.items()}
            for part in split
        ]
        folds = [np.array([f"{part.name}/{each}" for each in households(part.judged)]) for part in split]
        together = {name: _joined([each[name] for each in said]) for name in methods}
        rows += _rows(f"{SET}{end}", together, Draws.of(np.concatenate(folds), seed))
        if len(split) > 1:
            for part, each, fold in zip(split, said, folds, strict=True):
                rows += _rows(f"{SET}-{part.name}{end}", each, Draws.of(fold, seed))
    return rows


def _told(stage: Callable[[str], None], words: str, method: Method, part: Part) -> Said:
    stage(words)
    return method(part.learned, part.judged)


def _files(where: Path, learned: bool) -> dict[str, list[Routine]]:
    """Return the routines of each file, by its name; of a directory, those to learn from or the others."""
    paths = {path.name.split(".")[0]: path for path in (sorted(where.glob("*.jsonl*")) if where.is_dir() else [where])}
    asked = {name: path for name, path in paths.items() if not where.is_dir() or name.endswith(TO_LEARN) == learned}
    if not asked:
        raise FormatError(f"{where} holds no file to {'learn from' if learned else 'judge'}", GIVEN)
    return {name: read(path) for name, path in asked.items()}


def parts(learned: Mapping[str, Sequence[Routine]], judged: Mapping[str, Sequence[Routine]]) -> Iterator[Part]:
    """Yield each file that is judged with the one to learn from that knows most of its actions.

    Raises:
        FormatError: none knows them, or it is too small.
    """
    actions = {name: _actions(routines) for name, routines in learned.items()}
    for name, routines in judged.items():
        asked = _actions(routines)
        known = {each: len(asked & actions[each]) / len(asked) for each in learned}
        best = max(known, key=lambda each: known[each])
        if known[best] < LEAST_KNOWN:
            raise FormatError(f"Nothing to learn from knows the actions of {name}", GIVEN)
        if len(learned[best]) < LEAST_LEARNED:
            raise FormatError(f"{best} holds only {len(learned[best])} routines to learn from", GIVEN)
        yield Part(name, learned[best], routines)


def _actions(routines: Sequence[Routine]) -> set[tuple[int, int]]:
    return {(entry.device, entry.control) for routine in routines for entry in routine}


def _joined(said: Sequence[Said]) -> Said:
    sure = [each.sure for each in said if each.sure is not None]
    return Said(np.concatenate([each.hits for each in said]), np.concatenate(sure) if sure else None)


def _rows(name: str, said: Mapping[str, Said], draws: Draws) -> list[Row]:
    count = len(said[OURS].hits)
    rows = [
        Row(name, method, METHODS[method][0], "hit_rate@1", *_mean(each.hits, draws), n=count)
        for method, each in said.items()
    ]
    rows += [
        Row(name, OURS, "ours", f"gain_over_{method}", *_mean(said[OURS].hits - each.hits, draws), n=count)
        for method, each in said.items()
        if METHODS[method][0] in COMPARED
    ]
    rows += [
        Row(name, method, METHODS[method][0], "calibration_error", calibration_error(each.sure, each.hits), n=count)
        for method, each in said.items()
        if each.sure is not None
    ]
    return rows


def _mean(values: Floats, draws: Draws) -> tuple[float, float, float]:
    totals = resampled(np.column_stack([values, np.ones(len(values))]), draws)
    return interval(totals[:, 0] / totals[:, 1])


def calibration_error(sure: Floats, hits: Floats) -> float:
    """Return how far the mean probability is from the share of hits, over tenths of the routines by probability."""
    bins = np.array_split(np.argsort(sure, kind="stable"), CALIBRATION_BINS)
    return float(sum(len(part) * abs(sure[part].mean() - hits[part].mean()) for part in bins if len(part)) / len(sure))
