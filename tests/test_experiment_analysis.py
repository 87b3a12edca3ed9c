"""An experiment's units become comparisons of its arms, looks that may be acted on, and the usual test beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sayagain.errors import ExperimentError
from sayagain.experiments.analysis import Analysis, Comparison, analyse
from sayagain.experiments.fixed_horizon import fixed_horizon

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
ARMS = {"none": (0.5, 0.25), "better": (0.3, 0.15), "same": (0.2, 0.25)}
"""Arm → share, failure rate."""


def experiment(units: int = 4000, seed: int = 1, arms: Mapping[str, tuple[float, float]] = ARMS) -> pa.Table:
    """Return units of an experiment, ten minutes apart; three in four have no feedback, the past tells a little."""
    draw = np.random.default_rng(seed)
    arm = draw.choice(list(arms), size=units, p=[share for share, _ in arms.values()])
    person = draw.normal(0, 0.1, units)
    failed = draw.random(units) < np.clip([arms[each][1] for each in arm] + person, 0, 1)
    said = draw.random(units) < 0.25
    return pa.table(
        {
            "unit": [f"u{number:05}" for number in range(units)],
            "arm": arm,
            "propensity": [arms[each][0] for each in arm],
            "time": [BEGIN + timedelta(minutes=10 * number) for number in range(units)],
            "defect": failed.astype(float),
            "defect_before": np.clip(0.25 + person, 0, 1),
            "helpful": pa.array(np.where(failed, 0.0, 1.0), mask=~said),
        }
    )


def of(analysis: Analysis, metric: str, arm: str) -> Comparison:
    """Return one comparison."""
    return next(each for each in analysis.comparisons if (each.metric, each.arm) == (metric, arm))


def changed(table: pa.Table, **columns: Any) -> pa.Table:
    """Return a table with other values in some columns."""
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def test_an_arm_that_fails_less_is_found_and_one_that_does_not_is_not() -> None:
    found = analyse(experiment(), "none", ["defect", "helpful"], looks=20)
    better, same = of(found, "defect", "better"), of(found, "defect", "same")
    assert better.looks[-1].high < 0
    assert better.looks[-1].low < -0.1 < better.looks[-1].high
    assert better.looks[-1].e_value > 20
    assert not any(look.differs for look in same.looks)
    assert of(found, "helpful", "better").looks[-1].estimate > 0
    assert not found.sample_ratio.differs


def test_looks_go_evenly_from_the_first_unit_to_the_last_and_keep_what_they_said_when_more_units_come() -> None:
    table = experiment()
    found = of(analyse(table, "none", ["defect"], looks=8), "defect", "better").looks
    assert found[-1].time == table.column("time")[-1].as_py()
    gaps = {later.time - sooner.time for sooner, later in pairwise(found)}
    assert max(gaps) - min(gaps) <= timedelta(microseconds=1)
    half = table.slice(0, 2000)
    last = of(analyse(half, "none", ["defect"], looks=1), "defect", "better").looks[-1]
    whole = of(analyse(table, "none", ["defect"], looks=3999), "defect", "better").looks[1998]
    assert (whole.time, whole.units) == (last.time, last.units)
    assert (whole.low, whole.high) == pytest.approx((last.low, last.high))


def test_the_order_of_the_rows_does_not_matter() -> None:
    table = experiment()
    shuffled = table.take(np.random.default_rng(3).permutation(table.num_rows))
    assert analyse(shuffled, "none", ["defect"], 5) == analyse(table, "none", ["defect"], 5)


def test_a_metric_that_nobody_knows_yet_says_nothing() -> None:
    table = changed(experiment(), helpful=pa.nulls(4000, pa.float64()))
    comparison = of(analyse(table, "none", ["helpful"], looks=2), "helpful", "better")
    assert (comparison.mean, comparison.units, comparison.control_units) == (None, 0, 0)
    assert [(look.low, look.high, look.e_value) for look in comparison.looks] == [(-1.0, 1.0, 1.0)] * 2


def test_means_and_counts_are_those_of_the_units() -> None:
    table = experiment()
    comparison = of(analyse(table, "none", ["defect"], looks=1), "defect", "better")
    rows = [row for row in table.to_pylist() if row["arm"] == "better"]
    assert comparison.units == len(rows)
    assert comparison.mean == pytest.approx(np.mean([row["defect"] for row in rows]))
    assert comparison.looks[-1].units == comparison.units + comparison.control_units


def test_units_that_get_lost_in_one_arm_are_noticed() -> None:
    table = experiment(8000)
    lost = np.random.default_rng(4).random(8000) < 0.15
    kept = table.filter(pa.array(~(lost & (np.array(table.column("arm").to_pylist()) == "better"))))
    ratio = analyse(kept, "none", ["defect"], looks=1).sample_ratio
    assert ratio.differs
    assert ratio.counts["better"] < 0.27 * sum(ratio.counts.values())


def test_an_arm_that_gets_no_unit_at_all_is_noticed() -> None:
    table = experiment()
    kept = table.filter(pa.array(np.array(table.column("arm").to_pylist()) != "same"))
    ratio = analyse(kept, "none", ["defect"], looks=1).sample_ratio
    assert ratio.differs
    assert set(ratio.counts) == {"none", "better"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda table: table.drop_columns("propensity"), "no column 'propensity'"),
        (lambda table: table.slice(0, 0), "No unit is in the control arm 'none'"),
        (lambda table: changed(table, defect=[2.0] * 4000), "A value of 'defect' is below 0 or above 1"),
        (lambda table: changed(table, propensity=[0.0] * 4000), "A propensity is not above 0"),
        (lambda table: changed(table, propensity=[0.9] * 4000), "add up to 2.7"),
        (lambda table: changed(table, propensity=[0.2] * 2000 + [0.3] * 2000), "The share of arm 'better' changed"),
        (lambda table: changed(table, unit=["u"] * 4000), "A unit is there twice"),
        (lambda table: changed(table, arm=pa.nulls(4000, pa.string())), "Some units have no arm"),
        (lambda table: changed(table, time=["today"] * 4000), "holds no timestamps"),
    ],
)
def test_a_table_that_cannot_be_judged_says_why(wrong: Any, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        analyse(wrong(experiment()), "none", ["defect"], looks=1)


def test_the_usual_test_is_welchs() -> None:
    table = experiment().drop_columns("defect_before")
    arms, defects = np.array(table.column("arm").to_pylist()), np.array(table.column("defect").to_pylist())
    better, same = fixed_horizon(table, "none", ["defect"])
    assert (better.arm, same.arm, better.reduced) == ("better", "same", False)
    welch = stats.ttest_ind(defects[arms == "better"], defects[arms == "none"], equal_var=False)
    assert better.p_value == pytest.approx(welch.pvalue)
    assert better.estimate == pytest.approx(defects[arms == "better"].mean() - defects[arms == "none"].mean())
    assert (better.low, better.high) == pytest.approx(tuple(welch.confidence_interval()))


def test_what_people_did_before_takes_variance_away_also_where_it_is_not_known_of_all() -> None:
    table = experiment(seed=5)
    plain = fixed_horizon(table.drop_columns("defect_before"), "none", ["defect"])[0]
    before = [None if number % 3 == 0 else value for number, value in enumerate(table["defect_before"].to_pylist())]
    for known in (table, changed(table, defect_before=before)):
        reduced = fixed_horizon(known, "none", ["defect"])[0]
        assert reduced.reduced
        assert reduced.high - reduced.low < plain.high - plain.low


def test_the_usual_test_leaves_out_what_there_is_too_little_of() -> None:
    table = experiment().slice(0, 1)
    assert fixed_horizon(table, "none", ["defect", "helpful"]) == []
