"""Set ``homes`` of ``evaluate experiments``: two arms that are the same, in simulated homes, and no alarm.

The homes live the same days twice, each time with a layer of its own that learns from them as they live: the same
layer, so the two lives are the same. Requests with their retries are drawn into two arms by a hash, as the layer draws
them, and each has what came of it in the life of its arm. A thousand experiments of another name each draw anew from
the same lives: what a method says of them, hour by hour, is by chance alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import SIMULATION_START, Means, lives
from sayagain.evaluation.experiments.beside import Hits, z_test
from sayagain.evaluation.experiments.ours import RUNS_AT_ONCE, says, sequence
from sayagain.evaluation.experiments.traffic import DAYS, HOURS, Counts, Floats, Observed
from sayagain.evaluation.online.peers import matcher
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import wilson
from sayagain.experiments.assignment import RETRY_WINDOW, draw, unit_of_request
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.truth import Truth

SHARE = 0.5

METHODS: Mapping[str, tuple[Role, Callable[[Observed], Hits]]] = {
    OURS: ("ours", lambda runs: says(sequence(runs))),
    "z_test": ("baseline", z_test),
}

Unit = list[tuple[Turn, Truth]]
"""The turns of a request with its retries, in the order of time."""

METRICS: Mapping[str, Callable[[Unit], float]] = {
    "failed": lambda unit: float(bool(unit[0][1].defect)),
    "said_again": lambda unit: float(len(unit) > 1),
}
"""Name → what came of a unit: whether the request failed (truth), whether something was said again within two minutes
(as a log tells it)."""


def equal_arms(homes: int, runs: int, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Draw ``runs`` experiments from four weeks of ``homes``; return how many give an alarm at an hour's look.

    Metrics: ``alarms_…``, and ``alike``, the share of units that came out the same in both lives: 1, or the arms were
    not equal.
    """
    means = Means(Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding())

    def lived() -> dict[str, Unit]:
        layer = Layer.open(None, matcher=matcher(means.understanding))
        found = dict(_units(row for life in lives(means, homes, seed) for row in life.on(DAYS, layer)))
        layer.close()
        return found

    stage("homes live for the first time")
    one = lived()
    stage("homes live for the second time")
    other = lived()
    stage("drawing arms")
    return [*_alike(one, other), *(row for metric in METRICS for row in _alarms(one, other, metric, runs))]


def _units(lived: Iterator[tuple[Turn, Truth]]) -> Iterator[tuple[str, Unit]]:
    """Yield the units of some lives by their names, in the order of time."""
    last: dict[str, Unit] = {}
    units: list[Unit] = []
    for turn, truth in sorted(lived, key=lambda row: row[0].time):
        unit = last.get(turn.user)
        if unit is None or (turn.time - unit[-1][0].time).total_seconds() > RETRY_WINDOW:
            units.append(unit := [])
            last[turn.user] = unit
        unit.append((turn, truth))
    for unit in units:
        yield unit_of_request(unit[0][0].user, unit[0][0].time), unit


def _alike(one: Mapping[str, Unit], other: Mapping[str, Unit]) -> Iterator[Row]:
    names = one.keys() | other.keys()
    same = sum(
        name in one and name in other and all(of(one[name]) == of(other[name]) for of in METRICS.values())
        for name in names
    )
    yield Row("homes", OURS, "ours", "alike", same / len(names), n=len(names))


def _alarms(one: Mapping[str, Unit], other: Mapping[str, Unit], metric: str, runs: int) -> Iterator[Row]:
    """Yield the share of experiments with an alarm, by each method; units of both lives are those of ``one``."""
    names = [name for name in one if name in other]
    hours = [int((one[name][0][0].time - SIMULATION_START).total_seconds() // 3600) for name in names]
    ends = np.searchsorted(np.array(hours), np.arange(1, HOURS + 1))
    came = [np.array([METRICS[metric](life[name]) for name in names]) for life in (one, other)]
    alarms = dict.fromkeys(METHODS, 0)
    for begin in range(0, runs, RUNS_AT_ONCE):
        made = _drawn(names, came, ends, range(begin, min(begin + RUNS_AT_ONCE, runs)))
        for name, (_, says_so) in METHODS.items():
            alarms[name] += int(says_so(made).any(axis=1).sum())
    for name, count in alarms.items():
        share = count / runs
        yield Row("homes", name, METHODS[name][0], f"alarms_{metric}", share, *wilson(share, runs), n=runs)


def _drawn(names: Sequence[str], came: Sequence[Floats], ends: Counts, experiments: range) -> Observed:
    shares = {"one": SHARE, "other": 1 - SHARE}
    in_arm = np.array([[draw(f"equal {each}", name, shares)[0] == "one" for name in names] for each in experiments])
    outcomes = np.where(in_arm, *came)
    return Observed(outcomes, in_arm, SHARE, np.tile(ends, (len(experiments), 1)), len(names))
