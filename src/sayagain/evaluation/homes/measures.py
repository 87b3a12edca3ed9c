"""How people in a log react, counted: shares, distributions and a word error rate, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from sayagain.evaluation.homes.seen import Crowd, Seen
from sayagain.evaluation.statistics import bootstrap, wilson
from sayagain.log.tables import SESSION_GAP
from sayagain.text.normalise import normalise
from sayagain.text.similarity import alike

INTERVAL_RESAMPLES = 500
"""Bootstrap resamples: enough that the ends of an interval do not move in the second digit."""

Reals = npt.NDArray[np.float64]
Kind = Literal["share", "distribution", "count", "ratio"]


@dataclass(frozen=True)
class Measure:
    """One measure of one set; without values when the set cannot give it."""

    name: str
    kind: Kind
    values: Reals
    """One number a case: 0 or 1 (share), a quantity (distribution, count), errors of a turn (ratio)."""
    weights: Reals
    """What ``values`` are summed against: ones, or the spoken words of a turn (ratio)."""
    value: float = float("nan")
    """The share, the median (distribution), the mean (count) or the ratio."""
    low: float = float("nan")
    high: float = float("nan")
    absent: str | None = None
    """Why there is none."""

    @property
    def n(self) -> int:
        """Return the number of cases."""
        return len(self.values)

    def quartiles(self) -> tuple[float, float, float]:
        """Return the lower quartile, the median and the upper quartile."""
        low, middle, high = np.quantile(self.values, [0.25, 0.5, 0.75])
        return float(low), float(middle), float(high)


@dataclass(frozen=True)
class _Pursuit:
    """One goal from its first failure until it was met or given up."""

    person: str
    attempts: int
    met: bool


def measure(crowd: Crowd, seed: int = 1) -> list[Measure]:
    """Count what the people of a set do; a measure that it cannot give is absent, with the reason.

    Shares have Wilson intervals, which take turns as independent; medians and ratios are bootstrapped over people.
    """
    turns = crowd.turns
    by_turn = {each.turn: each for each in turns}
    pairs = [(by_turn[each.again_of], each) for each in turns if each.again_of in by_turn]
    again = [(first, after) for first, after in pairs if first.session == after.session]  # "try later" is not at once
    next_turns = [(a, b) for a, b in pairwise(turns) if a.session == b.session]
    repeated = {first.turn for first, _ in again}
    rephrased = [(first, after) for first, after in again if first.failed is not False]
    judged = [each for each in turns if each.failed is not None]
    pursuits = _pursuits(turns, {first.turn: after for first, after in again})
    written = [each for each in turns if each.said is not None and each.said.split()]
    no_truth, untimed, unwritten = "no word of which turns failed", "no times", "no human transcripts"

    def share(name: str, cases: Iterable[tuple[str, bool]], reason: str) -> Measure:
        return _measure(name, "share", [(person, float(flag), 1.0) for person, flag in cases], reason, crowd, seed)

    def spread(name: str, cases: Iterable[tuple[str, float]], reason: str) -> Measure:
        return _measure(name, "distribution", [(who, value, 1.0) for who, value in cases], reason, crowd, seed)

    def count(name: str, cases: Iterable[tuple[str, float]], reason: str) -> Measure:
        return _measure(name, "count", [(who, value, 1.0) for who, value in cases], reason, crowd, seed)

    said_twice = [(a, b) for a, b in rephrased if a.said and b.said]
    return [
        share("again_after_failure", [(a.person, a.turn in repeated) for a in judged if a.failed], no_truth),
        share("again_after_success", [(a.person, a.turn in repeated) for a in judged if not a.failed], no_truth),
        share("same_words", [(a.person, normalise(a.said or "") == normalise(b.said or "")) for a, b in said_twice],
              unwritten),
        spread("similarity_heard", _similar(rephrased, lambda each: each.text), "nothing is said again"),
        spread("similarity_said", _similar(said_twice, lambda each: each.said or ""), unwritten),
        count("attempts", [(each.person, each.attempts) for each in pursuits], no_truth),
        share("recovered", [(each.person, each.met) for each in pursuits], no_truth),
        spread("gap_again", _gaps(rephrased), untimed),
        spread("gap_next", _gaps([(a, b) for a, b in next_turns if b.again_of is None]), untimed),
        share("barge_in_after_good", _barged(turns, False), "no word of interruptions"),
        share("barge_in_after_bad", _barged(turns, True), "no word of interruptions"),
        count("turns_a_session", _lengths(turns), "no sessions"),
        _measure("word_error_rate", "ratio", [_errors(each) for each in written], unwritten, crowd, seed),
    ]  # fmt: skip


def _pursuits(turns: Sequence[Seen], after: dict[str, Seen]) -> Iterable[_Pursuit]:
    """Follow each goal from its first failed attempt; what comes after a success is another goal."""
    failed = {each.turn for each in turns if each.failed}
    found = []
    for first in turns:
        if not first.failed or first.again_of in failed:
            continue
        last, attempts, walked = first, 1, {first.turn}
        while last.failed and last.turn in after and after[last.turn].turn not in walked:
            last, attempts = after[last.turn], attempts + 1
            walked.add(last.turn)
        found.append(_Pursuit(first.person, attempts, last.failed is False))
    return found


def _similar(pairs: Sequence[tuple[Seen, Seen]], words: Callable[[Seen], str]) -> list[tuple[str, float]]:
    if not pairs:
        return []
    forms = [normalise(words(each)) for pair in pairs for each in pair]
    numbers = np.arange(len(forms))
    return list(zip((a.person for a, _ in pairs), alike(forms, numbers[::2], numbers[1::2]).tolist(), strict=True))


def _gaps(pairs: Iterable[tuple[Seen, Seen]]) -> list[tuple[str, float]]:
    """Return seconds from request to request, where both belong to one session."""
    gaps = [(a.person, b.second - a.second) for a, b in pairs if a.second is not None and b.second is not None]
    return [(person, gap) for person, gap in gaps if 0 < gap < SESSION_GAP]


def _barged(turns: Iterable[Seen], failed: bool) -> list[tuple[str, bool]]:
    return [(t.person, t.barge_in) for t in turns if t.barge_in is not None and t.failed is failed]


def _lengths(turns: Iterable[Seen]) -> list[tuple[str, float]]:
    lengths: dict[tuple[str, str], int] = {}
    for each in turns:
        lengths[each.person, each.session] = lengths.get((each.person, each.session), 0) + 1
    return [(person, count) for (person, _), count in lengths.items()]


def _errors(turn: Seen) -> tuple[str, float, float]:
    """Return person, wrong words (edits) and spoken words of a turn, both texts in normal form."""
    spoken = normalise(turn.said or "").split()
    return turn.person, float(Levenshtein.distance(spoken, normalise(turn.text).split())), float(len(spoken))


def _measure(
    name: str, kind: Kind, cases: Sequence[tuple[str, float, float]], reason: str, crowd: Crowd, seed: int
) -> Measure:
    nothing = np.zeros(0)
    if name in crowd.cannot or not cases:
        return Measure(name, kind, nothing, nothing, absent=crowd.cannot.get(name, reason))
    people = np.array([person for person, _, _ in cases])
    values, weights = np.array([[value, weight] for _, value, weight in cases]).T
    if kind == "share":
        value = float(values.mean())
        low, high = wilson(value, len(values))
        return Measure(name, kind, values, weights, value, low, high)
    if kind == "ratio":
        value = float(values.sum() / weights.sum())
        low, high = bootstrap(
            lambda rows: float(values[rows].sum() / weights[rows].sum()), people, seed, INTERVAL_RESAMPLES
        )
        return Measure(name, kind, values, weights, value, low, high)
    middle = np.mean if kind == "count" else np.median
    low, high = bootstrap(lambda rows: float(middle(values[rows])), people, seed, INTERVAL_RESAMPLES)
    return Measure(name, kind, values, weights, float(middle(values)), low, high)
