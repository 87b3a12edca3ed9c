"""How good labels are, against the truth: right, labelled at a precision, calibrated; word errors of transcripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.statistics import Draws, bootstrap, interval, resampled
from sayagain.labels.confidence import Tally

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WANTED = 0.95
"""Precision at which throughput is told."""

RESAMPLES = 200
"""Resamples of what must be sorted anew in each."""

BINS = 10
"""Bins of equal width that calibration error is taken over."""


@dataclass(frozen=True)
class Given:
    """What a method says of each turn; arrays have one entry a turn."""

    confidence: Floats
    """0 where there is no label."""
    intent: Flags
    """Whether it is the true one; the same below."""
    slots: Flags
    values: Flags
    """Intent, slots and values."""
    read_failed: Flags
    """Whether the method takes the turn for one that failed."""


@dataclass(frozen=True)
class Truth:
    """What is known of the turns that are judged."""

    failed: Flags
    """Whether the turn did not do what was wanted, and something was."""
    groups: npt.NDArray[np.str_]
    """What is resampled: a home, a person, a caller."""


def label_rows(
    name: str, truth: Truth, methods: Mapping[tuple[str, Role], Given], seed: int, calibrated: Sequence[str]
) -> Iterator[Row]:
    """Yield the figures of each method, of all turns and of those that failed.

    ``throughput_at_95_found`` counts a failed turn as labelled only where the method takes it for one that failed: a
    failure that nobody notices has the label of a turn that worked, and is among the errors of all turns.

    Args:
        name: of the set.
        truth: what is known.
        methods: what each says.
        seed: of the bootstrap.
        calibrated: methods whose confidences are probabilities.
    """
    for suffix, chosen in (("", np.ones(len(truth.failed), dtype=bool)), ("_failed", truth.failed)):
        groups = truth.groups[chosen]
        draws = Draws.of(groups, seed)
        ones = resampled(np.ones(len(groups)), draws)
        for (method, role), given in methods.items():
            for part in ("intent", "slots", "values"):
                share = resampled(getattr(given, part)[chosen].astype(np.float64), draws) / ones
                yield Row(name + suffix, method, role, f"{part}_accuracy", *interval(share), n=len(groups))
            confidence, right = given.confidence[chosen], given.values[chosen]
            reached = throughput(confidence, right)
            low, high = bootstrap(_throughput_of(confidence, right), groups, seed, RESAMPLES)
            yield Row(name + suffix, method, role, "throughput_at_95", reached, low, high, len(groups))
            if suffix:
                found = np.where(given.read_failed[chosen], confidence, 0.0)
                low, high = bootstrap(_throughput_of(found, right), groups, seed, RESAMPLES)
                yield Row(
                    name + suffix,
                    method,
                    role,
                    "throughput_at_95_found",
                    throughput(found, right),
                    low,
                    high,
                    len(groups),
                )
            if role != "ablation":
                yield from _curve_rows(name + suffix, method, role, confidence, right)
            if method in calibrated:
                yield Row(name + suffix, method, role, "calibration_error", calibration_error(confidence, right))


PRECISION_AT = "precision_at_"
"""What the metrics of the curve begin with; a share of turns follows, in percent."""


def _curve_rows(name: str, method: str, role: Role, confidence: Floats, right: Flags) -> Iterator[Row]:
    """Yield the share that is right of each tenth of turns and all that are surer."""
    ordered = right[np.argsort(-confidence, kind="stable")]
    for tenth in range(1, 11):
        many = max(1, len(ordered) * tenth // 10)
        yield Row(name, method, role, f"{PRECISION_AT}{10 * tenth}", float(ordered[:many].mean()), n=many)


def estimated_rows(name: str, truth: Truth, given: Given, read_failed: Flags, method: str, role: Role) -> Iterator[Row]:
    """Yield what the threshold comes to that is set without labels, beside the truth.

    Args:
        name: of the set.
        truth: what is known.
        given: what the method says.
        read_failed: which turns count as failed, by what is read of them.
        method: its name.
        role: of the method.
    """
    taken = np.zeros(len(read_failed), dtype=bool)
    for group in (read_failed, ~read_failed):
        tally = Tally()
        tally.add(given.confidence[group], int(group.sum()))
        taken[group] = given.confidence[group] >= tally.point(WANTED).threshold
    for suffix, chosen in (
        ("", np.ones(len(taken), dtype=bool)),
        ("_failed", truth.failed),
        ("_read_failed", read_failed),
    ):
        labelled = taken & chosen
        if not labelled.any():
            continue
        right, said = given.values[labelled], given.confidence[labelled]
        row = (name + suffix, method, role)
        yield Row(*row, "labelled", float(labelled.sum() / chosen.sum()), n=int(chosen.sum()))
        yield Row(*row, "precision", float(right.mean()), n=len(right))
        yield Row(*row, "precision_estimated", float(said.mean()), n=len(right))


def throughput(confidence: Floats, right: Flags) -> float:
    """Return the largest share of turns, the surest first, of which ``WANTED`` are right.

    >>> throughput(np.array([0.9, 0.8, 0.1, 0.0]), np.array([True, True, False, False]))
    0.5
    """
    order = np.argsort(-confidence, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(np.diff(confidence[order]) < 0, True) & (confidence[order] > 0)  # of equal ones all or none
    enough = np.flatnonzero((precision >= WANTED) & ends)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0


def _throughput_of(confidence: Floats, right: Flags) -> Callable[[npt.NDArray[np.intp]], float]:
    return lambda rows: throughput(confidence[rows], right[rows])


def calibration_error(confidence: Floats, right: Flags) -> float:
    """Return the mean distance of confidence from the share that is right, over bins of equal width.

    >>> calibration_error(np.array([0.8] * 5), np.array([True] * 4 + [False]))
    0.0
    """
    bins = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    total = sum(
        abs(float(confidence[bins == each].mean()) - float(right[bins == each].mean())) * int((bins == each).sum())
        for each in np.unique(bins)
    )
    return round(total / len(confidence), 6)


def word_error_rows(
    name: str,
    said: Sequence[str],
    texts: Mapping[tuple[str, Role], Sequence[str]],
    first: str,
    groups: npt.NDArray[np.str_],
    seed: int,
) -> Iterator[Row]:
    """Yield word error rates, and how much each method's is below that of the first hypothesis.

    Args:
        name: of the set.
        said: what was said, in normal form.
        texts: what each method takes it for, in normal form.
        first: the method that is the first hypothesis.
        groups: what is resampled.
        seed: of the bootstrap.
    """
    draws = Draws.of(groups, seed)
    words = resampled(np.array([len(each.split()) for each in said], dtype=np.float64), draws)
    rates = {
        key: resampled(
            np.array([Levenshtein.distance(a.split(), b.split()) for a, b in zip(said, given, strict=True)], float),
            draws,
        )
        / words
        for key, given in texts.items()
    }
    of_first = next(rate for (method, _), rate in rates.items() if method == first)
    for (method, role), rate in rates.items():
        yield Row(name, method, role, "word_error_rate", *interval(rate), n=len(said))
        if method != first:
            yield Row(name, method, role, "word_errors_saved", *interval(1 - rate / of_first), n=len(said))
