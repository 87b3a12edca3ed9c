"""Which later turn says the request again? Every method on every set, beside the baselines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayagain.errors import FormatError
from sayagain.evaluation.defects.discrimination import Floats
from sayagain.evaluation.rephrases.kinds import cross_validated
from sayagain.evaluation.rephrases.measure import Answers, Candidates, Thresholds, measure
from sayagain.evaluation.rephrases.method import Learner, Method
from sayagain.evaluation.rephrases.tune import tune
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import Draws, interval
from sayagain.rephrases.excerpt import Marked, read_set


@dataclass(frozen=True)
class Split:
    """Excerpts to learn and tune on, and the sets that are judged with what was learned."""

    train: list[Marked]
    valid: list[Marked]
    tests: dict[str, list[Marked]]


def evaluate(
    sets: Path,
    names: Sequence[str] | None,
    methods: Mapping[str, Method],
    baselines: Mapping[str, Learner],
    seed: int,
) -> list[Row]:
    """Return the figures of methods and baselines.

    Args:
        sets: directory of sets, each a directory with ``test.parquet`` and, where it has them, ``train.parquet`` and
            ``valid.parquet``; a set without one takes that of all the others.
        names: of the sets to judge; None for all.
        methods: trained ones: ``OURS``, and ablations of it.
        baselines: what makes them of each set's splits.
        seed: of the bootstrap.

    Raises:
        FormatError: there are no sets, or none of a name, or one is empty or cannot be read.
    """
    rows: list[Row] = []
    for split in _with_training(sets, names):
        learned = {name: learner(split.train, split.valid) for name, learner in baselines.items()}
        rows.extend(_figures(split, learned, methods, seed))
    return rows


def _with_training(sets: Path, names: Sequence[str] | None) -> Iterator[Split]:
    """Yield each set with validation excerpts of its own, then all others together."""
    found = sorted(path.parent.name for path in sets.glob("*/test.parquet"))
    if not found:
        raise FormatError(
            f"There are no sets in {sets}",
            "Make them with: sayagain rephrases build, and name their directory with --data",
        )
    if missing := [name for name in names or () if name not in found]:
        raise FormatError(f"There is no set {missing[0]} in {sets}", f"Sets there: {', '.join(found)}")
    trains, valids = (
        {name: marked for name, marked in _splits(sets, found, split).items() if marked} for split in ("train", "valid")
    )
    tests = _splits(sets, names or found, "test")
    if empty := [name for name, marked in tests.items() if not marked]:
        raise FormatError(
            f"{sets / empty[0] / 'test.parquet'} holds no excerpts", "Make the set again with: sayagain rephrases build"
        )
    every_train, every_valid = ([each for marked in splits.values() for each in marked] for splits in (trains, valids))
    for name in (name for name in tests if name in valids):
        yield Split(trains.get(name, every_train), valids[name], {name: tests[name]})
    if others := {name: marked for name, marked in tests.items() if name not in valids}:
        yield Split(every_train, every_valid, others)


def _splits(sets: Path, names: Sequence[str], split: str) -> dict[str, list[Marked]]:
    """Read this split of each set that has it."""
    paths = {name: sets / name / f"{split}.parquet" for name in names}
    return {name: read_set(path) for name, path in paths.items() if path.exists()}


def _figures(split: Split, baselines: Mapping[str, Method], methods: Mapping[str, Method], seed: int) -> Iterator[Row]:
    every = {**baselines, **methods}
    thresholds = {name: tune(*_answered(method, split.valid)) for name, method in every.items()}
    for set_name, marked in split.tests.items():
        groups = np.array([each.group for each in marked], dtype=np.str_)
        draws = Draws.of(groups, seed)
        answered = {name: _answered(method, marked) for name, method in every.items()}
        found = {name: measure(*answered[name], thresholds[name], draws) for name in every}
        for name, figures in found.items():
            kinds = cross_validated(*answered[name], groups, draws)
            if kinds is not None:
                figures["macro_f1_cross_validated"] = kinds
        shown: list[tuple[str, Role, Mapping[str, Floats]]] = [
            *((name, "baseline", found[name]) for name in baselines),
            *((name, "ours" if name == OURS else "ablation", found[name]) for name in methods),
        ]
        if OURS in methods:
            gains = {f"f1_over_{name}": found[OURS]["f1"] - found[name]["f1"] for name in baselines}
            one = measure(*answered[OURS], Thresholds(), draws)
            shown += [(OURS, "ours", gains), ("one_threshold", "ablation", one)]
        for name, role, metrics in shown:
            for metric, values in metrics.items():
                yield Row(set_name, name, role, metric, *interval(values), n=len(marked))


def _answered(method: Method, marked: Sequence[Marked]) -> tuple[Answers, Candidates]:
    """Return the truth of excerpts and what a method makes of them; the method sees no answers."""
    return Answers.true(marked), Candidates.of(method.read([each.excerpt for each in marked]))
