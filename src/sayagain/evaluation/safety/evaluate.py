"""``sayagain evaluate safety``: cases as logs of their own, put to the layer in each way of living with it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from sayagain.evaluation.report import Row
from sayagain.evaluation.safety.case import Case
from sayagain.evaluation.safety.figures import rows
from sayagain.evaluation.safety.histories import ALL_EVIDENCE, KEPT_IN_LOG, history
from sayagain.evaluation.safety.lessons import lessons
from sayagain.evaluation.safety.listening import listening
from sayagain.evaluation.safety.mishearings import mishearings
from sayagain.evaluation.safety.pairs import pairs
from sayagain.evaluation.safety.poisoning import poisoning
from sayagain.evaluation.safety.real import real
from sayagain.evaluation.safety.trials import DEPLOYMENT_PEOPLE, LEAST, Open, Trial, alone, bundled, ours

SAFETY_SETS = ("pairs", "real", "mishearings", "listening", "poisoning", "lessons")
"""What is measured; the first three are sets of cases."""

CASES_SAMPLED = 200
"""Cases that are learned from: each takes some seconds, so that all would take an hour."""

Stage = Callable[[str], None]


def evaluate(
    sets: Sequence[str], data: Path | None, seed: int, sample: int = CASES_SAMPLED, stage: Stage = lambda _: None
) -> tuple[list[Row], list[Trial]]:
    """Measure some of ``SAFETY_SETS``; return the figures and all trials.

    Args:
        sets: names of ``SAFETY_SETS``.
        data: directory of public data; None leaves out what needs it.
        seed: of all that is drawn.
        sample: cases, of all sets together, that bundles are learned for.
        stage: is told what is being done.
    """
    found = cases(sets, data, seed)
    trials = list(tried(found, seed, sample, stage=stage))
    figures = rows(trials) if trials else []
    if "listening" in sets:
        figures += listening(data, seed, lambda words: stage(f"listening: {words}"))
    if "poisoning" in sets:
        figures += poisoning(lambda words: stage(f"poisoning: {words}"))
    if "lessons" in sets:
        stage("harmful lessons")
        figures += lessons(seed)
    return figures, trials


def cases(sets: Sequence[str], data: Path | None, seed: int) -> list[Case]:
    """Return the cases of some sets."""
    found = pairs(seed) if "pairs" in sets else []
    if "real" in sets and data is not None:
        found += real(data, seed)
    return found + (mishearings(data, seed) if "mishearings" in sets else [])


def tried(
    found: Sequence[Case], seed: int, sample: int, opened: Open = ours, stage: Stage = lambda _: None
) -> Iterator[Trial]:
    """Yield every case as a person alone would live it in each kind of log, and a sample of them with bundles."""
    for number, case in enumerate(found):
        if number % 20 == 0:
            stage(f"alone: {number:,} of {len(found):,} cases")
        for kept, evidence in product(KEPT_IN_LOG, ALL_EVIDENCE):
            yield alone(history(case, kept, evidence), opened)
    drawn = spread(found, sample, seed)
    logs = list(product(ALL_EVIDENCE, KEPT_IN_LOG))
    for number, case in enumerate(drawn):
        stage(f"with a bundle: {number:,} of {len(drawn):,} cases")
        for offset, deployment in enumerate(LEAST):
            evidence, kept = logs[(number + 5 * offset) % len(logs)]
            yield from bundled(history(case, kept, evidence, DEPLOYMENT_PEOPLE[deployment]), deployment, opened)


def spread(found: Sequence[Case], count: int, seed: int) -> list[Case]:
    """Draw cases, twice as many pairs as of another set; of each set evenly from its kinds and languages."""
    draw = random.Random(seed)
    sets = sorted({case.set for case in found})
    weights = {name: 1 + (name == "pairs") for name in sets}
    drawn: list[Case] = []
    for name in sets:
        groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
        of_set = [case for case in found if case.set == name]
        for case in draw.sample(of_set, len(of_set)):
            groups[case.kind, case.language].append(case)
        waiting, wanted = list(groups.values()), count * weights[name] // sum(weights.values())
        while waiting and wanted > 0:
            waiting = draw.sample(waiting, len(waiting))
            drawn += [group.pop() for group in waiting[:wanted]]
            wanted -= len(waiting)
            waiting = [group for group in waiting if group]
    return drawn


def failures(trials: Sequence[Trial]) -> Iterator[dict[str, Any]]:
    """Yield what should not be, or is not mended, as plain values."""
    for trial in trials:
        if trial.failed:
            case = trial.case
            yield {
                "set": case.set, "kind": case.kind, "language": case.language, "held_out": case.held_out,
                "stakes": case.stakes.name.lower(), "request": case.request, "target": case.target,
                "deployment": trial.deployment, "asked_by": trial.asked_by, "kept": trial.history.kept,
                "evidence": trial.history.evidence, "outcome": trial.outcome, "text": trial.text,
                "source": trial.source, "score": trial.score,
            }  # fmt: skip
