"""What judges the statistics of experiments lets neither a method pass that says too much nor one that says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.errors import SayAgainError
from sayagain.evaluation.experiments.coverage import coverage
from sayagain.evaluation.experiments.gate import gate
from sayagain.evaluation.experiments.ours import sequence
from sayagain.evaluation.experiments.power import power
from sayagain.evaluation.experiments.sample_ratios import sample_ratios
from sayagain.evaluation.experiments.traffic import Case, Floats, Observed, traffic
from sayagain.evaluation.report import OURS, Row


def ours(rows: list[Row], metric: str) -> list[float]:
    """Return our figures of the metrics whose names begin so."""
    return [row.value for row in rows if row.method == OURS and row.metric.startswith(metric)]


def silent(runs: Observed) -> tuple[Floats, Floats]:
    """Say at every look that nothing is known."""
    return np.full(runs.ends.shape, -1.0), np.full(runs.ends.shape, 1.0)


def hasty(runs: Observed) -> tuple[Floats, Floats]:
    """Take each look for the only one: half of our interval."""
    low, high = (np.clip(end, -1, 1) for end in sequence(runs))
    middle, half = (low + high) / 2, (high - low) / 4
    return middle - half, middle + half


def test_a_method_that_says_nothing_has_no_power() -> None:
    rows = list(power(1, 2, silent))
    assert set(ours(rows, "power_")) == {0.0}
    assert set(ours(rows, "kept_")) == {0.0}


def test_a_method_that_says_too_much_misses_the_truth_and_raises_alarms() -> None:
    rows = list(coverage(1, 20, hasty))
    assert max(ours(rows, "coverage_")) < 0.9
    assert min(ours(rows, "alarms_")) > 0.1


def test_our_sequence_holds_the_truth_in_a_few_runs_and_a_z_test_at_every_hour_alarms() -> None:
    rows = list(coverage(2, 15, sequence))
    assert np.mean(ours(rows, "coverage_")) > 0.9
    assert np.mean([row.value for row in rows if row.method == "z_test"]) > 0.2


def test_wrong_shares_are_found_and_right_ones_raise_few_alarms() -> None:
    rows = list(sample_ratios(3, 20))
    assert ours(rows, "found_48_52")[0] > 0.7
    assert np.mean(ours(rows, "alarms_")) < 0.2


def test_simulated_people_differ_and_the_effect_is_what_was_planted() -> None:
    made = traffic(np.random.default_rng(4), Case(effect=0.1, share=0.3), 40, 4000, 4000)
    observed = made.observed
    assert observed.outcomes.shape == observed.in_arm.shape == made.effects.shape == (40, 4000)
    assert abs(observed.in_arm.mean() - 0.3) < 0.01
    rates = [observed.outcomes[observed.in_arm].mean(), observed.outcomes[~observed.in_arm].mean()]
    assert abs(rates[0] - rates[1] - 0.1) < 0.01
    assert (np.diff(observed.ends, axis=1) >= 0).all()
    assert (observed.ends[:, -1] == 4000).all()
    apart = observed.outcomes[:, ::4].mean(axis=1).std() / np.sqrt(rates[1] * (1 - rates[1]) / 1000)
    assert apart > 1.5, "runs differ by more than chance, as their people do"


def test_the_command_prints_and_writes_its_rows(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = CliRunner().invoke(
        app, ["evaluate", "experiments", "--set", "statistics", "--runs", "1", "--json", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 100
    rows = json.loads(out.read_text())
    assert {row["set"] for row in rows} == {
        f"statistics: {part}" for part in ("alarms", "coverage", "power", "sample ratio")
    }
    assert {row["role"] for row in rows} == {"ours", "baseline", "ablation"}


def test_a_set_that_there_is_not_is_named() -> None:
    done = CliRunner().invoke(app, ["evaluate", "experiments", "--set", "luck"])
    assert isinstance(done.exception, SayAgainError)
    assert "There is no set luck. Known sets: statistics" in str(done.exception)


def test_versions_that_are_not_better_are_not_called_so_though_the_plain_means_call_them() -> None:
    rows = gate(4, 6)
    assert max(ours(rows, "wrongly_better")) <= 1 / 6
    (means,) = [row.value for row in rows if (row.method, row.metric) == ("means", "wrongly_better_equal")]
    assert means > 0.5
    assert ours(rows, "found_800")[0] > 0.5
    assert np.mean(ours(rows, "coverage_")) > 0.9
