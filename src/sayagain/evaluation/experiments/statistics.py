"""Set ``statistics``, simulated: false alarms under hourly looks, coverage, power, and the sample-ratio check.

What a method is given is what an experiment knows: outcomes, who was in which arm and how likely that was, the looks,
and the planned number of units. The truth stays with what counts. A method that never says anything holds every truth
and raises no alarm, and has no power; one that always says something has all power, and alarms.
"""

from __future__ import annotations

from collections.abc import Callable

from sayagain.evaluation.experiments.coverage import coverage
from sayagain.evaluation.experiments.ours import Intervals, sequence
from sayagain.evaluation.experiments.power import power
from sayagain.evaluation.experiments.sample_ratios import sample_ratios
from sayagain.evaluation.report import Row


def statistics(
    seed: int, runs: int, stage: Callable[[str], None] = lambda _: None, method: Intervals = sequence
) -> list[Row]:
    """Measure a confidence sequence, by default ours, and our sample-ratio check.

    Rows: ``alarms_…``, share of the runs with equal arms in which some hour says that they differ; ``coverage_…``,
    share of the runs in which all hours' intervals hold the truth; ``power_…``, share of the runs in which some hour
    up to the planned end says that they differ, where they do; ``kept_…``, that as a share of the fixed-horizon
    test's; of the sample ratio ``alarms_…``, ``found_…``, and ``units_to_find_…``.
    """
    stage("false alarms and coverage")
    rows = list(coverage(seed, runs, method))
    stage("power")
    rows += power(seed, runs, method)
    stage("sample ratio")
    return rows + list(sample_ratios(seed, runs))
